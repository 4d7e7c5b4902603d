import type { Node, NodeCondition, Pod, Taint, Toleration } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { tolerates } from '../../api/placement.ts';

/** A node whose lease was not renewed for so long is not to be trusted. */
export const GRACE_MILLISECONDS = 50_000;

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** Conditions of a node that keep new pods away, with the taint that does it. */
const CONDITION_TAINTS: [type: string, status: string, key: string][] = [
  ['Ready', 'False', NOT_READY], ['Ready', 'Unknown', UNREACHABLE], ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'], ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
];
const MANAGED = new Set([...CONDITION_TAINTS.map(([, , key]) => key), 'node.kubernetes.io/unschedulable']);

/** The conditions of a node that has not been heard of: all unknown. */
export function unknownConditions(node: Node, now: number): NodeCondition[] {
  const time = formatTime(now);
  return ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => {
    const old = node.status?.conditions?.find((condition) => condition.type === type);
    if (old?.status === 'Unknown') return old;
    return {
      type, status: 'Unknown', reason: old ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated', lastTransitionTime: time,
      lastHeartbeatTime: old?.lastHeartbeatTime ?? node.metadata?.creationTimestamp ?? time,
      message: old ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
    };
  });
}

/** The taints a node should have by its conditions; those of others stay as they are. */
export function wantedTaints(node: Node, now: number): Taint[] {
  const existing = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  const add = (key: string, effect: string): void => {
    const old = existing.find((taint) => taint.key === key && taint.effect === effect);
    wanted.push(old ?? { key, effect, ...(effect === 'NoExecute' ? { timeAdded: formatTime(now) } : {}) });
  };
  for (const [type, status, key] of CONDITION_TAINTS) {
    if (node.status?.conditions?.find((condition) => condition.type === type)?.status !== status) continue;
    add(key, 'NoSchedule');
    if (type === 'Ready') add(key, 'NoExecute');
  }
  if (node.spec?.unschedulable) add('node.kubernetes.io/unschedulable', 'NoSchedule');
  return [...existing.filter((taint) => !MANAGED.has(taint.key) || (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute')), ...wanted];
}

export function sameTaints(left: Taint[], right: Taint[]): boolean {
  const ids = (taints: Taint[]): string => taints.map((taint) => `${taint.key}=${taint.value ?? ''}:${taint.effect}`).sort().join();
  return ids(left) === ids(right);
}

/**
 * When a pod has to leave its node because of NoExecute taints: a time, at once (0), or never (undefined). The shortest of the
 * tolerations that take the taints counts.
 */
export function evictionTime(pod: Pod, taints: Taint[]): number | undefined {
  const active = taints.filter((taint) => taint.effect === 'NoExecute');
  if (active.length === 0) return undefined;
  let earliest: number | undefined;
  for (const taint of active) {
    const taking: Toleration[] = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (taking.length === 0) return 0;
    const seconds = taking.map((toleration) => toleration.tolerationSeconds).filter((value) => value !== undefined);
    if (seconds.length === 0) continue;
    const due = (parseTime(taint.timeAdded ?? '') || 0) + Math.max(0, Math.min(...seconds)) * 1000;
    earliest = Math.min(earliest ?? Infinity, due);
  }
  return earliest;
}
