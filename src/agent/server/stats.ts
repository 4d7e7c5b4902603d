import { readFile, statfs } from 'node:fs/promises';
import { formatTime } from '../../base/clock.ts';
import type { ContainerStats, Runtime } from '../../runtime/runtime.ts';
import { podCgroup } from '../container/resources.ts';
import type { AgentOptions } from '../options.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import type { PodWorker } from '../pod/pod-worker.ts';
import { wholeUnits } from '../quantities.ts';
import type { System } from '../system.ts';

export interface CpuStats { time: string; usageNanoCores: number; usageCoreNanoSeconds: number }
export interface MemoryStats { time: string; usageBytes: number; workingSetBytes: number; rssBytes: number; availableBytes?: number; pageFaults?: number; majorPageFaults?: number }
export interface ContainerSummary { name: string; startTime: string; cpu: CpuStats; memory: MemoryStats; rootfs: object; logs: object }
export interface PodSummary { podRef: { name: string; namespace: string; uid: string }; startTime: string; containers: ContainerSummary[]; cpu: CpuStats; memory: MemoryStats; process_stats: object }
export interface Summary { node: Record<string, unknown> & { nodeName: string; cpu: CpuStats; memory: MemoryStats }; pods: PodSummary[] }

interface Sample { at: number; total: number; rate: number }
const SAMPLE_MILLISECONDS = 5000;

export type StatsOptions = Pick<AgentOptions, 'nodeName' | 'node' | 'cgroupRoot' | 'clock' | 'paths' | 'images'> & { runtime: Runtime; pods: PodManager; system: System };

/** Use of cpu, memory and disk, from the cgroups. Rates are over the time since the sample before. */
export class StatsSource {
  private readonly options: StatsOptions;
  private readonly samples = new Map<string, Sample>();
  private readonly startedAt: number;

  constructor(options: StatsOptions) {
    this.options = options;
    this.startedAt = options.clock.now();
  }

  async summary(): Promise<Summary> {
    const { nodeName, node, cgroupRoot, system, pods, paths, images, clock } = this.options;
    const summaries = await Promise.all(pods.list().filter((worker) => !worker.state.finished).map((worker) => this.pod(worker)));
    const own = await system.cgroupStats(`${cgroupRoot}/kubepods`);
    const time = formatTime(clock.now());
    const [disk, imageDisk] = await Promise.all([statfs(paths.root).catch(() => undefined), images.filesystemUsage().catch(() => undefined)]);
    const fs = disk ? { time, availableBytes: disk.bavail * disk.bsize, capacityBytes: disk.blocks * disk.bsize, usedBytes: (disk.blocks - disk.bfree) * disk.bsize, inodesFree: disk.ffree, inodes: disk.files } : {};
    return {
      node: {
        nodeName, startTime: formatTime(this.startedAt), cpu: this.cpu('node', own.cpuNanosecondsTotal, this.startedAt),
        memory: {
          ...memoryOf(time, own), availableBytes: Math.max(0, wholeUnits(node.capacity['memory']) - own.memoryWorkingSetBytes),
          pageFaults: own.pageFaults, majorPageFaults: own.majorPageFaults,
        },
        network: await networkStats(time), fs,
        ...(imageDisk ? { runtime: { imageFs: { time, ...imageDisk } } } : {}),
      },
      pods: summaries,
    };
  }

  /** Prometheus text of /metrics/resource. */
  async resourceMetrics(): Promise<string> {
    const { node, pods } = await this.summary();
    const lines = ['# TYPE node_cpu_usage_seconds_total counter', `node_cpu_usage_seconds_total ${node.cpu.usageCoreNanoSeconds / 1e9}`,
      '# TYPE node_memory_working_set_bytes gauge', `node_memory_working_set_bytes ${node.memory.workingSetBytes}`];
    const cpu = ['# TYPE container_cpu_usage_seconds_total counter'];
    const memory = ['# TYPE container_memory_working_set_bytes gauge'];
    const podCpu = ['# TYPE pod_cpu_usage_seconds_total counter'];
    const podMemory = ['# TYPE pod_memory_working_set_bytes gauge'];
    for (const pod of pods) {
      const labels = `namespace="${pod.podRef.namespace}",pod="${pod.podRef.name}"`;
      podCpu.push(`pod_cpu_usage_seconds_total{${labels}} ${pod.cpu.usageCoreNanoSeconds / 1e9}`);
      podMemory.push(`pod_memory_working_set_bytes{${labels}} ${pod.memory.workingSetBytes}`);
      for (const container of pod.containers) {
        cpu.push(`container_cpu_usage_seconds_total{container="${container.name}",${labels}} ${container.cpu.usageCoreNanoSeconds / 1e9}`);
        memory.push(`container_memory_working_set_bytes{container="${container.name}",${labels}} ${container.memory.workingSetBytes}`);
      }
    }
    return [...lines, ...cpu, ...memory, ...podCpu, ...podMemory, '# TYPE resource_scrape_error gauge', 'resource_scrape_error 0', ''].join('\n');
  }

  private async pod(worker: PodWorker): Promise<PodSummary> {
    const { runtime, system, cgroupRoot, clock } = this.options;
    const { pod } = worker;
    const running = worker.state.containers.filter((state) => state.state === 'running');
    const containers = await Promise.all(running.map(async (state) => {
      const stats = await runtime.stats(state.id).catch(() => undefined);
      return stats && this.container(state.id, state.name, state.startedAt ?? state.createdAt, stats);
    }));
    const stats = await system.cgroupStats(podCgroup(cgroupRoot, pod));
    const time = formatTime(clock.now());
    const { name = '', namespace = '', uid = '' } = pod.metadata ?? {};
    return {
      podRef: { name, namespace, uid }, startTime: pod.status?.startTime ?? time, containers: containers.filter((summary) => summary !== undefined),
      cpu: this.cpu(uid, stats.cpuNanosecondsTotal, Date.parse(pod.status?.startTime ?? time)), memory: memoryOf(time, stats),
      process_stats: { process_count: stats.pids },
    };
  }

  private container(id: string, name: string, startedAt: number, stats: ContainerStats): ContainerSummary {
    const time = formatTime(stats.timestamp);
    return {
      name, startTime: formatTime(startedAt), cpu: this.cpu(id, stats.cpuNanosecondsTotal, startedAt), memory: memoryOf(time, stats),
      rootfs: { time, usedBytes: stats.rootFsUsedBytes }, logs: { time, usedBytes: stats.logBytes },
    };
  }

  private cpu(key: string, total: number, since: number): CpuStats {
    const now = this.options.clock.now();
    const before = this.samples.get(key);
    let rate = before?.rate ?? total / Math.max(1, now - since) * 1000;
    if (!before || now - before.at >= SAMPLE_MILLISECONDS) {
      if (before) rate = Math.max(0, total - before.total) / (now - before.at) * 1000;
      this.samples.set(key, { at: now, total, rate });
      if (this.samples.size > 4096) this.samples.delete(this.samples.keys().next().value as string);
    }
    return { time: formatTime(now), usageNanoCores: Math.round(rate), usageCoreNanoSeconds: total };
  }
}

function memoryOf(time: string, stats: { memoryUsageBytes: number; memoryWorkingSetBytes: number; memoryRssBytes: number }): MemoryStats {
  return { time, usageBytes: stats.memoryUsageBytes, workingSetBytes: stats.memoryWorkingSetBytes, rssBytes: stats.memoryRssBytes };
}

async function networkStats(time: string): Promise<object> {
  const text = await readFile('/proc/self/net/dev', 'utf8').catch(() => '');
  const interfaces = text.split('\n').slice(2).filter((line) => line.includes(':')).map((line) => {
    const [name = '', numbers = ''] = line.split(':');
    const fields = numbers.trim().split(/\s+/).map(Number);
    return { name: name.trim(), rxBytes: fields[0], rxErrors: fields[2], txBytes: fields[8], txErrors: fields[10] };
  }).filter((entry) => entry.name !== 'lo');
  return { time, ...(interfaces[0] ?? {}), interfaces };
}
