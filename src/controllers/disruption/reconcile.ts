import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../schema/v1.37/types/policy-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { intOrPercent } from '../shared/int-or-percent.ts';
import { isPodReady } from '../shared/pods.ts';

/** An eviction that was granted but never came about is forgotten after this. */
const GRANTED_EVICTION_MILLISECONDS = 2 * 60 * 1000;

export interface BudgetInput {
  budget: PodDisruptionBudget;
  pods: Pod[];
  /** How many pods there should be, or why that cannot be told. */
  expected: number | Error;
  now: number;
}

/** Whether the budget is a share of what controllers want, not of the pods that are there. */
export function countsReplicas(budget: PodDisruptionBudget): boolean {
  return budget.spec?.maxUnavailable !== undefined || typeof budget.spec?.minAvailable === 'string';
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
  if (expected instanceof Error) return failedStatus(budget, expected, now);
  const desiredHealthy = maxUnavailable !== undefined
    ? Math.max(0, expected - intOrPercent(maxUnavailable, expected, true))
    : intOrPercent(minAvailable, expected, true);
  const currentHealthy = pods.filter((pod) => isPodReady(pod) && !pod.metadata?.deletionTimestamp && !disruptedPods[pod.metadata?.name ?? '']).length;
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return {
    observedGeneration: budget.metadata?.generation, ...(Object.keys(disruptedPods).length ? { disruptedPods } : {}),
    disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods: expected,
    conditions: [allowed(budget, disruptionsAllowed > 0 ? 'True' : 'False', disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods', '', now)],
  };
}

/** Nothing is known for certain, so nothing may be disrupted; the counts stay. */
function failedStatus(budget: PodDisruptionBudget, error: Error, now: number): PodDisruptionBudgetStatus {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = budget.status ?? {};
  return { ...budget.status, currentHealthy, desiredHealthy, expectedPods, disruptionsAllowed: 0, conditions: [allowed(budget, 'False', 'SyncFailed', error.message, now)] };
}

function allowed(budget: PodDisruptionBudget, status: string, reason: string, message: string, now: number): NonNullable<PodDisruptionBudgetStatus['conditions']>[number] {
  const old = budget.status?.conditions?.find((condition) => condition.type === 'DisruptionAllowed');
  return {
    type: 'DisruptionAllowed', status, reason, message, observedGeneration: budget.metadata?.generation,
    lastTransitionTime: old?.status === status && old.lastTransitionTime ? old.lastTransitionTime : formatTime(now),
  };
}
