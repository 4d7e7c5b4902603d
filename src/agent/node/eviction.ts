import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { podCgroup, podResources } from '../container/resources.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { PodWorker, Verdict } from '../pod/pod-worker.ts';
import { podContainers } from '../pod/specs.ts';
import { wholeUnits } from '../quantities.ts';
import { diskUsage } from './disk-usage.ts';
import { limitsLocalStorage, storageExcess, type LocalStorage } from './local-storage.ts';
import type { Pressure } from './node-object.ts';
import type { ReporterOptions } from './node-reporter.ts';

const MEMORY_FLOOR_BYTES = 100 * 2 ** 20;
// A share of the disk would stop nodes on large, well-filled disks: many nodes stand on one machine's disk here.
const DISK_FLOOR_BYTES = 2 ** 30;
const INODES_FLOOR_SHARE = 0.02;
const GRACE_SECONDS = 1;
const CRITICAL_PRIORITY = 2_000_000_000;

export interface PodUsage { pod: Pod; memory: number }

/** The pod to give up first: over its request, then of least priority, then furthest over its request. */
export function rankForMemory(pods: PodUsage[]): PodUsage[] {
  const over = ({ pod, memory }: PodUsage): number => memory - podResources(pod).requests.memory;
  return [...pods].sort((left, right) => Number(over(right) > 0) - Number(over(left) > 0)
    || (left.pod.spec?.priority ?? 0) - (right.pod.spec?.priority ?? 0) || over(right) - over(left));
}

/** Pods that the cluster cannot do without are never given up. */
function isCritical(pod: Pod): boolean {
  return (pod.spec?.priority ?? 0) >= CRITICAL_PRIORITY;
}

/** Watches the node's memory and disk and the pods' own limits on local storage; ends pods that are too much. */
export class EvictionManager {
  private readonly options: ReporterOptions;
  private readonly pods: PodManager;

  constructor(options: ReporterOptions, pods: PodManager) {
    this.options = options;
    this.pods = pods;
  }

  async check(): Promise<Pressure> {
    const running = this.pods.list().filter((worker) => !worker.state.finished);
    for (const worker of running) await this.checkLocalStorage(worker);
    const memory = await this.checkMemory(running);
    const disk = await this.diskPressure();
    return { memory, disk, pid: false };
  }

  private async checkMemory(running: PodWorker[]): Promise<boolean> {
    const { node, system, cgroupRoot } = this.options;
    const capacity = wholeUnits(node.capacity['memory']);
    const used = (await system.cgroupStats(`${cgroupRoot}/kubepods`)).memoryWorkingSetBytes;
    const available = capacity - used;
    if (available >= MEMORY_FLOOR_BYTES || capacity <= MEMORY_FLOOR_BYTES) return false;
    const usages = await Promise.all(running.filter(({ pod }) => !isCritical(pod)).map(async (worker) => ({
      worker, pod: worker.pod, memory: (await system.cgroupStats(podCgroup(cgroupRoot, worker.pod))).memoryWorkingSetBytes,
    })));
    const [first] = rankForMemory(usages) as typeof usages;
    if (!first) return true;
    const container = first.pod.spec?.containers[0]?.name;
    this.evict(first.worker, `The node was low on resource: memory. Threshold quantity: 100Mi, available: ${Math.floor(available / 1024)}Ki. `
      + `Container ${container} was using ${Math.floor(first.memory / 1024)}Ki, request is ${podResources(first.pod).requests.memory}, has larger consumption of memory. `);
    return true;
  }

  private async diskPressure(): Promise<boolean> {
    const stats = await statfs(this.options.paths.root).catch(() => undefined);
    if (!stats) return false;
    return stats.bavail * stats.bsize < DISK_FLOOR_BYTES || (stats.files > 0 && stats.ffree < stats.files * INODES_FLOOR_SHARE);
  }

  private async checkLocalStorage(worker: PodWorker): Promise<void> {
    if (!limitsLocalStorage(worker.pod)) return;
    const excess = storageExcess(worker.pod, await this.localStorage(worker));
    if (excess) this.evict(worker, excess);
  }

  private async localStorage(worker: PodWorker): Promise<LocalStorage> {
    const { pod } = worker;
    const used: LocalStorage = { volumes: new Map(), containers: new Map() };
    for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
      if (emptyDir) used.volumes.set(name, (await diskUsage(join(this.options.paths.pods, pod.metadata?.uid ?? '', 'volumes', 'kubernetes.io~empty-dir', name))).bytes);
    }
    for (const { spec } of podContainers(pod)) {
      const state = worker.container(spec.name).latest;
      const stats = state?.state === 'running' ? await this.options.runtime.stats(state.id).catch(() => undefined) : undefined;
      if (stats) used.containers.set(spec.name, (stats.rootFsUsedBytes ?? 0) + (stats.logBytes ?? 0));
    }
    return used;
  }

  private evict(worker: PodWorker, message: string): void {
    if (isCritical(worker.pod)) return;
    const now = formatTime(this.options.clock.now());
    const verdict: Verdict = {
      reason: 'Evicted', message, graceSeconds: GRACE_SECONDS,
      condition: { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet', message, lastTransitionTime: now },
    };
    this.options.events.event({ apiVersion: 'v1', kind: 'Pod', metadata: worker.pod.metadata }, 'Warning', 'Evicted', message);
    worker.end(verdict);
  }
}
