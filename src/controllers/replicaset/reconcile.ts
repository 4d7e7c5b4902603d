import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '../../../schema/v1.37/types/apps-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { matchesLabels } from '../../api/label-selector.ts';
import { byDeletionPreference, isPodAvailable, isPodReady, readySince } from '../shared/pods.ts';

/** At most this many pods are made or removed in one go. */
const BURST = 500;

/** What ReplicaSets and ReplicationControllers have in common. */
export interface ReplicaOwner {
  metadata?: { generation?: number; deletionTimestamp?: string };
  spec?: { replicas?: number; minReadySeconds?: number; selector?: LabelSelector; templateLabels?: Record<string, string> };
  status?: ReplicaSetStatus;
}

export interface ReplicaPlan { create: number; remove: Pod[] }

/** How many pods to make, or which to remove. `active` are the owner's pods that run or will; `rank` counts siblings on a pod's node. */
export function planReplicas(owner: ReplicaOwner, active: Pod[], rank: (pod: Pod) => number, now: number): ReplicaPlan {
  if (owner.metadata?.deletionTimestamp) return { create: 0, remove: [] };
  const difference = active.length - (owner.spec?.replicas ?? 0);
  if (difference <= 0) return { create: Math.min(-difference, BURST), remove: [] };
  const remove = difference >= active.length ? active : [...active].sort(byDeletionPreference(rank, now)).slice(0, difference);
  return { create: 0, remove: remove.slice(0, BURST) };
}

export function replicaStatus(owner: ReplicaOwner, active: Pod[], terminating: number, failure: Error | undefined, plan: ReplicaPlan, now: number): ReplicaSetStatus {
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const old = owner.status;
  const conditions = failureConditions(old?.conditions ?? [], failure, plan, now);
  return {
    ...(conditions.length ? { conditions } : {}),
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => matchesLabels(owner.spec?.templateLabels ?? {}, pod.metadata?.labels)).length || undefined,
    readyReplicas: active.filter(isPodReady).length || undefined,
    availableReplicas: active.filter((pod) => isPodAvailable(pod, minReadySeconds, now)).length || undefined,
    terminatingReplicas: terminating,
    observedGeneration: owner.metadata?.generation,
  };
}

/** ReplicaFailure stands while making or removing pods fails. */
function failureConditions(conditions: ReplicaSetCondition[], failure: Error | undefined, plan: ReplicaPlan, now: number): ReplicaSetCondition[] {
  const standing = conditions.find((condition) => condition.type === 'ReplicaFailure');
  if (failure && standing) return conditions;
  const others = conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  if (!failure) return others;
  const reason = plan.remove.length > 0 ? 'FailedDelete' : 'FailedCreate';
  return [...others, { type: 'ReplicaFailure', status: 'True', reason, message: failure.message, lastTransitionTime: formatTime(now) }];
}

/** Milliseconds until the next pod has been ready for long enough; undefined when time alone changes nothing. */
export function nextAvailability(owner: ReplicaOwner, active: Pod[], now: number): number | undefined {
  const wait = (owner.spec?.minReadySeconds ?? 0) * 1000;
  if (wait === 0) return undefined;
  const pending = active.map((pod) => readySince(pod) + wait - now).filter((milliseconds) => milliseconds > 0);
  return pending.length ? Math.min(...pending) : undefined;
}
