import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerResources } from '../../runtime/runtime.ts';
import type { CgroupLimits } from '../../linux/cgroup.ts';
import { isSidecar } from '../pod/restart-policy.ts';
import { qosClass } from '../pod/qos.ts';
import { milliUnits, quantity, wholeUnits, type Quantity } from '../quantities.ts';

const PERIOD_MICROSECONDS = 100_000;
const MIN_QUOTA = 1000;
const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
const CRITICAL_PRIORITY = 2_000_001_000;
const GUARANTEED_OOM_SCORE = -997;

export function cpuShares(millicores: number): number {
  return millicores === 0 ? MIN_SHARES : Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor(millicores * 1024 / 1000)));
}
/** 0: no limit. */
export function cpuQuota(millicores: number): number {
  return millicores === 0 ? 0 : Math.max(MIN_QUOTA, Math.floor(millicores * PERIOD_MICROSECONDS / 1000));
}

/** Settings of a container's cgroup. `memoryCapacity` of the node, in bytes. */
export function containerResources(pod: Pod, container: Container, memoryCapacity: number): ContainerResources {
  const limits = container.resources?.limits ?? {};
  const requests = container.resources?.requests ?? {};
  const podLimits = pod.spec?.resources?.limits ?? {};
  return {
    cpuShares: cpuShares(milliUnits(requests['cpu'] ?? limits['cpu'])),
    cpuQuota: cpuQuota(milliUnits(limits['cpu'] ?? podLimits['cpu'])), cpuPeriod: PERIOD_MICROSECONDS,
    memoryLimit: wholeUnits(limits['memory'] ?? podLimits['memory']),
    oomScoreAdjust: oomScoreAdjust(pod, container, memoryCapacity),
    ...hugepages(limits),
  };
}

function hugepages(limits: Record<string, Quantity>): { hugepageLimits?: Record<string, number> } {
  const found: Record<string, number> = {};
  for (const [name, value] of Object.entries(limits)) {
    const size = /^hugepages-(.+)i$/.exec(name)?.[1];
    if (size) found[`${size}B`] = wholeUnits(value);
  }
  return Object.keys(found).length > 0 ? { hugepageLimits: found } : {};
}

/** The more of its memory a container asked for, the later the kernel picks it. */
export function oomScoreAdjust(pod: Pod, container: Container, memoryCapacity: number): number {
  if ((pod.spec?.priority ?? 0) >= CRITICAL_PRIORITY) return GUARANTEED_OOM_SCORE;
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return GUARANTEED_OOM_SCORE;
  if (qos === 'BestEffort') return 1000;
  const main = pod.spec?.containers ?? [];
  const all = [...main, ...(pod.spec?.initContainers ?? []).filter(isSidecar)];
  const memory = (candidate: Container): number => quantity(candidate.resources?.requests?.['memory']);
  const podRequest = quantity(pod.spec?.resources?.requests?.['memory']);
  const share = podRequest > 0 ? Math.max(0, podRequest - all.reduce((sum, candidate) => sum + memory(candidate), 0)) / all.length : 0;
  const score = (request: number): number => 1000 - Math.trunc(1000 * (request + share) / memoryCapacity);
  let adjust = score(memory(container));
  if (isSidecar(container) && main.length > 0) adjust = Math.min(adjust, score(Math.min(...main.map(memory))));
  return Math.min(999, Math.max(1000 + GUARANTEED_OOM_SCORE, adjust));
}

/** Sum over what runs at the same time; a name is absent when some container has no limit for it. */
export interface PodResources { requests: { cpu: number; memory: number }; limits: { cpu?: number; memory?: number } }

/** Pod-level resources win; otherwise containers add up, and a greater init container counts instead. Millicores, bytes. */
export function podResources(pod: Pod): PodResources {
  const spec = pod.spec ?? { containers: [] };
  const value = (name: string, amount: Quantity | undefined): number => name === 'cpu' ? milliUnits(amount) : wholeUnits(amount);
  const totals = (list: 'requests' | 'limits', name: 'cpu' | 'memory'): number | undefined => {
    const own = spec.resources?.[list]?.[name];
    if (own !== undefined) return value(name, own);
    const of = (container: Container): number | undefined => {
      const amount = container.resources?.[list]?.[name];
      return amount === undefined ? (list === 'limits' ? undefined : 0) : value(name, amount);
    };
    const add = (sum: number | undefined, next: number | undefined): number | undefined => sum === undefined || next === undefined ? undefined : sum + next;
    let sidecars: number | undefined = 0;
    let largest: number | undefined = 0;
    for (const container of spec.initContainers ?? []) {
      const use: number | undefined = add(sidecars, of(container));
      if (isSidecar(container)) sidecars = use;
      largest = largest === undefined || use === undefined ? undefined : Math.max(largest, use);
    }
    const running: number | undefined = spec.containers.reduce((sum: number | undefined, container) => add(sum, of(container)), sidecars);
    const result = running === undefined || largest === undefined ? undefined : Math.max(running, largest);
    const overhead = spec.overhead?.[name];
    return result !== undefined && overhead !== undefined && (list === 'requests' || result > 0) ? result + value(name, overhead) : result;
  };
  return {
    requests: { cpu: totals('requests', 'cpu') ?? 0, memory: totals('requests', 'memory') ?? 0 },
    limits: { cpu: totals('limits', 'cpu'), memory: totals('limits', 'memory') },
  };
}

/** `/<root>/kubepods/burstable/pod<uid>`; guaranteed pods stand directly below `kubepods`. */
export function podCgroup(root: string, pod: Pod): string {
  const qos = qosClass(pod);
  const tier = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root}/kubepods${tier}/pod${pod.metadata?.uid}`;
}

export function podCgroupLimits(pod: Pod): CgroupLimits {
  const { requests, limits } = podResources(pod);
  const qos = qosClass(pod);
  return {
    cpuShares: qos === 'BestEffort' ? MIN_SHARES : cpuShares(requests.cpu || limits.cpu || 0),
    ...(qos !== 'BestEffort' ? { cpuQuota: cpuQuota(limits.cpu ?? 0), cpuPeriod: PERIOD_MICROSECONDS, memoryLimit: limits.memory ?? 0 } : {}),
  };
}
