import { readdir, rm } from 'node:fs/promises';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import type { Informer } from '../../client/informer.ts';
import type { ContainerState, Sandbox } from '../../runtime/runtime.ts';
import { LABEL } from '../container/labels.ts';
import { removePodDirectory } from '../volumes/pod-volumes.ts';
import { admitPod, podRequests } from './admission.ts';
import { CgroupTiers } from './cgroup-tiers.ts';
import { podDirectory, podEvent, podMemoryDirectory, type PodContext } from './pod-context.ts';
import { removeSandbox } from './pod-sandbox.ts';
import { PodWorker } from './pod-worker.ts';
import { qosClass } from './qos.ts';

const TERMINAL = new Set(['Succeeded', 'Failed']);
const ORPHAN_GRACE_SECONDS = 30;

export interface PodManagerOptions { context: PodContext; informer: Informer<Pod>; node(): Node; unfit(pod: Pod): { reason: string; message: string } | undefined }

/** The workers of all pods bound to this node, and the pods of former days that nobody wants any more. */
export class PodManager {
  private readonly options: PodManagerOptions;
  private readonly workers = new Map<string, PodWorker>();
  private readonly tiers: CgroupTiers;
  private stopListening: (() => void)[] = [];

  constructor(options: PodManagerOptions) {
    const { system, cgroupRoot, allocatable } = options.context;
    this.options = options;
    this.tiers = new CgroupTiers(system, cgroupRoot, allocatable);
  }

  /** Takes over what runs, then follows the API. */
  async start(): Promise<void> {
    const { context, informer } = this.options;
    this.tiers.create();
    await informer.synced();
    const remains = groupByPod(context.runtime.listSandboxes(), context.runtime.listContainers());
    const pods = [...informer.list()].sort((left, right) => Number(remains.has(right.metadata?.uid ?? '')) - Number(remains.has(left.metadata?.uid ?? '')));
    const restored = new Set<string>();
    for (const pod of pods) {
      const uid = pod.metadata?.uid ?? '';
      const found = remains.get(uid);
      if (!found) continue;
      remains.delete(uid);
      const worker = this.add(pod);
      await worker.restore(found.sandboxes, found.containers);
      restored.add(uid);
    }
    this.stopListening.push(context.runtime.onChange((state) => this.observe(state)));
    // Ends between reading the list and listening are told by the worker's own look at the runtime.
    for (const state of context.runtime.listContainers()) this.observe(state);
    for (const uid of restored) this.workers.get(uid)?.wake();
    this.stopListening.push(informer.onEvent({
      add: (pod) => this.take(pod),
      update: (pod, old) => {
        if (pod.metadata?.uid !== old.metadata?.uid) this.forget(old);
        this.take(pod);
      },
      delete: (pod) => this.forget(pod),
    }));
    await this.releaseAddresses();
    for (const [uid, found] of remains) void this.removeOrphan(uid, found.sandboxes, found.containers);
    void this.removeStaleDirectories(new Set([...remains.keys()]));
  }

  stop(): void {
    for (const end of this.stopListening) end();
    for (const worker of this.workers.values()) worker.stop();
  }

  list(): PodWorker[] { return [...this.workers.values()]; }
  get(uid: string): PodWorker | undefined { return this.workers.get(uid); }
  find(namespace: string, name: string): PodWorker | undefined {
    const matching = this.list().filter((worker) => worker.pod.metadata?.namespace === namespace && worker.pod.metadata.name === name);
    return matching.find((worker) => !worker.pod.metadata?.deletionTimestamp) ?? matching[0];
  }

  /** Pods whose requests count: all but the finished. */
  active(): Pod[] {
    return this.list().filter((worker) => !worker.state.finished && !TERMINAL.has(worker.pod.status?.phase ?? '')).map((worker) => worker.pod);
  }

  resizeFits(pod: Pod): ReturnType<PodContext['resizeFits']> {
    const allocatable = this.options.context.allocatable();
    // It is here already: where it may be is no question any more.
    const placed = { ...pod, spec: { containers: [], ...pod.spec, nodeSelector: {}, affinity: {}, tolerations: [{ operator: 'Exists' }] } };
    const alone = admitPod(placed, this.options.node(), [], allocatable);
    if (alone) return { fits: false, reason: 'Infeasible', message: alone.message };
    const others = this.active().filter((other) => other.metadata?.uid !== pod.metadata?.uid);
    const sum = (name: string): number => others.reduce((total, other) => total + Number(podRequests(other)[name] ?? 0), 0);
    const own = podRequests(pod);
    const rejection = admitPod(placed, this.options.node(), others, allocatable);
    if (!rejection || !rejection.reason.startsWith('OutOf')) return { fits: true };
    const name = rejection.reason.slice('OutOf'.length);
    return { fits: false, reason: 'Deferred', message: `Node didn't have enough resource: ${name}, requested: ${own[name]}, used: ${sum(name)}` };
  }

  private observe(state: ContainerState): void {
    void this.workers.get(state.labels[LABEL.podUid] ?? '')?.observe(state);
  }

  private add(pod: Pod): PodWorker {
    const uid = pod.metadata?.uid ?? '';
    const worker = new PodWorker(pod, this.options.context, () => {
      this.workers.delete(uid);
      this.tiers.update(this.active());
    });
    this.workers.set(uid, worker);
    this.tiers.update(this.active());
    return worker;
  }

  private forget(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const worker = this.workers.get(uid);
    // One that was rejected has a status, but no worker.
    if (worker) worker.deleted(pod);
    else this.options.context.statuses.forget(uid);
  }

  private take(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const known = this.workers.get(uid);
    if (known) {
      known.update(pod);
      return this.tiers.update(this.active());
    }
    // Also one whose rejection the server has not heard of yet.
    const phase = this.options.context.statuses.get(uid)?.phase ?? pod.status?.phase ?? '';
    if (TERMINAL.has(phase) && !pod.metadata?.deletionTimestamp) return;
    const { context, node, unfit } = this.options;
    if (!pod.metadata?.deletionTimestamp) {
      const allocatable = { ...node().status?.allocatable, ...context.allocatable() };
      const rejection = admitPod(pod, node(), this.active(), allocatable) ?? unfit(pod);
      if (rejection) {
        podEvent(context, pod, 'Warning', rejection.reason, rejection.message);
        context.statuses.set(pod, {
          ...pod.status, phase: 'Failed', reason: rejection.reason, message: `Pod was rejected: ${rejection.message}`, qosClass: qosClass(pod),
          startTime: formatTime(context.clock.now()), ...(pod.metadata?.generation !== undefined ? { observedGeneration: pod.metadata.generation } : {}),
        });
        return;
      }
    }
    this.add(pod).wake();
  }

  /** A pod that the API forgot while no agent ran. */
  private async removeOrphan(uid: string, sandboxes: Sandbox[], containers: ContainerState[]): Promise<void> {
    const { context } = this.options;
    try {
      await Promise.all(containers.filter((state) => state.state === 'running').map((state) => {
        const seconds = Number(state.labels[LABEL.gracePeriod] ?? ORPHAN_GRACE_SECONDS);
        return context.runtime.stopContainer(state.id, seconds * 1000);
      }));
      await Promise.all(containers.map((state) => context.runtime.removeContainer(state.id)));
      for (const sandbox of sandboxes) {
        await removeSandbox(context, sandbox);
        await context.system.removeCgroup(sandbox.config.cgroupParent);
        await rm(sandbox.config.logDirectory, { recursive: true, force: true });
      }
      await removePodDirectory(context.system, podDirectory(context, uid), podMemoryDirectory(context, uid));
    } catch (error) {
      context.logger.warn('orphaned pod not removed', { uid, error: (error as Error).message });
    }
  }

  /** Addresses of sandboxes that are no more. */
  private async releaseAddresses(): Promise<void> {
    const { podNetwork, runtime } = this.options.context;
    const present = new Set(runtime.listSandboxes().map((sandbox) => sandbox.id));
    const lost = [...podNetwork.attached().keys()].filter((id) => !present.has(id));
    await Promise.all(lost.map((id) => podNetwork.detach(id).catch(() => undefined)));
  }

  /** Directories whose pod is neither wanted nor running: left by a crash. */
  private async removeStaleDirectories(busy: Set<string>): Promise<void> {
    const { context } = this.options;
    const names = await readdir(context.paths.pods).catch(() => []);
    for (const uid of names) {
      if (this.workers.has(uid) || busy.has(uid)) continue;
      await removePodDirectory(context.system, podDirectory(context, uid), podMemoryDirectory(context, uid))
        .catch((error: Error) => context.logger.warn('directory not removed', { uid, error: error.message }));
    }
  }
}

function groupByPod(sandboxes: Sandbox[], containers: ContainerState[]): Map<string, { sandboxes: Sandbox[]; containers: ContainerState[] }> {
  const groups = new Map<string, { sandboxes: Sandbox[]; containers: ContainerState[] }>();
  const group = (uid: string): { sandboxes: Sandbox[]; containers: ContainerState[] } => {
    let found = groups.get(uid);
    if (!found) {
      found = { sandboxes: [], containers: [] };
      groups.set(uid, found);
    }
    return found;
  };
  for (const sandbox of sandboxes) group(sandbox.config.podUid).sandboxes.push(sandbox);
  for (const container of containers) group(container.labels[LABEL.podUid] ?? '').containers.push(container);
  return groups;
}
