import type { Job, JobStatus } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { judgeFailure } from './failure-policy.ts';
import { parseIndexes } from './indexes.ts';
import { failureCount, hasTrackingFinalizer, indexOf, isIndexed } from './pods.ts';

/** The lists of pods that are noted but whose finalizer is not seen gone are not longer than this. */
const UNCOUNTED_LIMIT = 500;

/** What a job's pods amount to. */
export interface JobCount {
  active: Pod[]; ready: number; terminating: number;
  succeeded: number; failed: number;
  completed: Set<number>; failedIndexes: Set<number>;
}

/** Whether a pod that is on its way out is replaced only once it has failed; otherwise at once. */
export function replacesOnlyFailed(job: Job): boolean {
  return job.spec?.podReplacementPolicy === 'Failed' || Boolean(job.spec?.podFailurePolicy);
}

/** The failures that count: a pod that was deleted on its way counts at once, unless it is replaced only when it is over. */
export function isFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (!pod.metadata?.deletionTimestamp || pod.status?.phase === 'Succeeded') return false;
  return !replacesOnlyFailed(job);
}

export function isValidIndex(job: Job, index: number): boolean {
  return index >= 0 && index < (job.spec?.completions ?? 0);
}

/** Indexes of a job with a limit per index whose last failed pod has no successor yet: that pod keeps the count of failures. */
function awaitsSuccessor(job: Job, pods: Pod[], pod: Pod, count: JobCount): boolean {
  if (job.spec?.backoffLimitPerIndex === undefined) return false;
  const index = indexOf(pod);
  if (!isValidIndex(job, index) || count.completed.has(index) || count.failedIndexes.has(index)) return false;
  return !pods.some((other) => other !== pod && indexOf(other) === index && (isPodActive(other) || failureCount(other) > failureCount(pod)));
}

function countFinished(job: Job, pods: Pod[], count: JobCount): void {
  const perIndex = job.spec?.backoffLimitPerIndex;
  for (const pod of pods) {
    if (!hasTrackingFinalizer(pod)) continue;
    const index = indexOf(pod);
    if (!isValidIndex(job, index)) continue;
    if (pod.status?.phase === 'Succeeded') { count.completed.add(index); count.failedIndexes.delete(index); }
    else if (perIndex !== undefined && isFailed(job, pod) && !count.completed.has(index)) {
      const verdict = judgeFailure(job, pod).action;
      if (verdict === 'FailIndex' || (verdict !== 'Ignore' && failureCount(pod) >= perIndex)) count.failedIndexes.add(index);
    }
  }
}

/**
 * Counts, and moves finished pods into the uncounted lists of `status` and those whose finalizer is gone into its counters.
 * `ending` is set when the job comes to its end now: then all of its pods are counted. Returns the pods to let go of.
 */
export function countPods(job: Job, pods: Pod[], status: JobStatus): { count: JobCount; track(ending: 'failure' | 'success' | undefined): Pod[] } {
  const uncounted = { succeeded: new Set(status.uncountedTerminatedPods?.succeeded ?? []), failed: new Set(status.uncountedTerminatedPods?.failed ?? []) };
  const tracked = new Set(pods.filter(hasTrackingFinalizer).map((pod) => pod.metadata?.uid ?? ''));
  const indexed = isIndexed(job);
  for (const uid of [...uncounted.succeeded]) if (!tracked.has(uid)) { uncounted.succeeded.delete(uid); if (!indexed) status.succeeded = (status.succeeded ?? 0) + 1; }
  for (const uid of [...uncounted.failed]) if (!tracked.has(uid)) { uncounted.failed.delete(uid); status.failed = (status.failed ?? 0) + 1; }
  const active = pods.filter(isPodActive);
  const count: JobCount = {
    active, ready: active.filter(isPodReady).length, terminating: pods.filter((pod) => pod.metadata?.deletionTimestamp && !isPodTerminal(pod)).length,
    succeeded: 0, failed: 0, completed: parseIndexes(status.completedIndexes), failedIndexes: parseIndexes(status.failedIndexes),
  };
  if (indexed) countFinished(job, pods, count);
  const fresh = pods.filter((pod) => hasTrackingFinalizer(pod) && !uncounted.failed.has(pod.metadata?.uid ?? '') && !uncounted.succeeded.has(pod.metadata?.uid ?? ''));
  const countsAsFailed = (pod: Pod): boolean => (!indexed || isValidIndex(job, indexOf(pod))) && judgeFailure(job, pod).action !== 'Ignore';
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded').length;
  const newFailed = fresh.filter((pod) => isFailed(job, pod) && countsAsFailed(pod)).length;
  count.succeeded = indexed ? count.completed.size : (status.succeeded ?? 0) + uncounted.succeeded.size + newSucceeded;
  count.failed = (status.failed ?? 0) + uncounted.failed.size + newFailed;

  const track = (ending: 'failure' | 'success' | undefined): Pod[] => {
    const released: Pod[] = [];
    for (const pod of pods) {
      if (!hasTrackingFinalizer(pod) || uncounted.succeeded.size + uncounted.failed.size >= UNCOUNTED_LIMIT) continue;
      const uid = pod.metadata?.uid ?? '';
      const succeeded = pod.status?.phase === 'Succeeded';
      const failed = isFailed(job, pod);
      if (!ending && !job.metadata?.deletionTimestamp && !succeeded && (!failed || awaitsSuccessor(job, pods, pod, count))) continue;
      released.push(pod);
      if (succeeded && !uncounted.failed.has(uid)) { if (!indexed) uncounted.succeeded.add(uid); }
      else if ((failed || ending === 'failure') && countsAsFailed(pod)) uncounted.failed.add(uid);
    }
    status.uncountedTerminatedPods = {
      ...(uncounted.succeeded.size ? { succeeded: [...uncounted.succeeded] } : {}), ...(uncounted.failed.size ? { failed: [...uncounted.failed] } : {}),
    };
    return released;
  };
  return { count, track };
}
