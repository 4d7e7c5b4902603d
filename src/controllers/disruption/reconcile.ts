import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../schema/v1.37/types/policy-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { intOrPercent } from '../shared/int-or-percent.ts';
import { isPodReady, isPodTerminal } from '../shared/pods.ts';

/** An eviction that was granted but never came about is forgotten after this. */
const GRANTED_EVICTION_MILLISECONDS = 2 * 60 * 1000;

export interface BudgetInput {
  budget: PodDisruptionBudget;
  pods: Pod[];
  /** Sum of the replicas that the pods' controllers want; undefined when one of them has no scale. */
  expected: number | undefined;
  now: number;
}

/** Milliseconds until a granted eviction is forgotten. */
export function nextForget(status: PodDisruptionBudgetStatus, now: number): number | undefined {
  const times = Object.values(status.disruptedPods ?? {}).map((time) => parseTime(time) + GRANTED_EVICTION_MILLISECONDS - now);
  return times.length ? Math.max(1, Math.min(...times)) : undefined;
}

export function budgetStatus({ budget, pods, expected, now }: BudgetInput): PodDisruptionBudgetStatus {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const disruptedPods: Record<string, string> = {};
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = pods.find((candidate) => candidate.metadata?.name === name);
    if (pod && !pod.metadata?.deletionTimestamp && parseTime(time) + GRANTED_EVICTION_MILLISECONDS > now) disruptedPods[name] = time;
  }
  const expectedPods = maxUnavailable !== undefined || typeof minAvailable === 'string' ? (expected ?? 0) : pods.length;
  const desiredHealthy = maxUnavailable !== undefined
    ? Math.max(0, expectedPods - intOrPercent(maxUnavailable, expectedPods, true))
    : intOrPercent(minAvailable, expectedPods, true);
  const currentHealthy = pods.filter((pod) => isPodReady(pod) && !isPodTerminal(pod) && !pod.metadata?.deletionTimestamp && !disruptedPods[pod.metadata?.name ?? '']).length;
  const unknown = (maxUnavailable !== undefined || typeof minAvailable === 'string') && expected === undefined;
  const disruptionsAllowed = unknown || expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const reason = unknown ? 'SyncFailed' : disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const status = disruptionsAllowed > 0 ? 'True' : 'False';
  const old = budget.status?.conditions?.find((condition) => condition.type === 'DisruptionAllowed');
  const condition = {
    type: 'DisruptionAllowed', status, reason, message: unknown ? 'found no controller ref for pods' : '', observedGeneration: budget.metadata?.generation,
    lastTransitionTime: old?.status === status ? old.lastTransitionTime : formatTime(now),
  };
  return {
    observedGeneration: budget.metadata?.generation, ...(Object.keys(disruptedPods).length ? { disruptedPods } : {}),
    disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, conditions: [condition],
  };
}
