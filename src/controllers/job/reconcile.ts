import type { Job, JobCondition, JobStatus } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { isPodActive, isPodReady } from '../shared/pods.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { failureCount, finishTime, hasTrackingFinalizer, indexOf, isIndexed } from './pods.ts';

/** After a failed pod the next one waits this long, doubling with every further failure. */
const FIRST_BACKOFF_MILLISECONDS = 10_000;
const LAST_BACKOFF_MILLISECONDS = 10 * 60 * 1000;

export interface JobPlan {
  status: JobStatus;
  create: { index?: number; failures: number }[];
  remove: Pod[];
  /** Finished pods that are noted in the status: their finalizer can go once it is written. */
  release: Pod[];
  wait?: number;
  /** Set when the job ended in this step. */
  ended?: JobCondition;
}

interface Count { active: Pod[]; succeeded: number; failed: number; completed: Set<number>; failedIndexes: Set<number>; terminating: number; ready: number }

export function finishedCondition(status: JobStatus | undefined): JobCondition | undefined {
  return status?.conditions?.find((condition) => (condition.type === 'Complete' || condition.type === 'Failed') && condition.status === 'True');
}

const conditionOf = (status: JobStatus, type: string): JobCondition | undefined => status.conditions?.find((condition) => condition.type === type && condition.status === 'True');

/** The failures that count: a pod that was deleted on its way counts only once it is really over. */
function isFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (!pod.metadata?.deletionTimestamp || pod.status?.phase === 'Succeeded') return false;
  return job.spec?.podReplacementPolicy !== 'Failed' && !job.spec?.podFailurePolicy;
}

/** Moves finished pods into the uncounted lists, and those whose finalizer is gone into the counters. */
function countPods(job: Job, pods: Pod[], status: JobStatus): Count {
  const uncounted = { succeeded: new Set(status.uncountedTerminatedPods?.succeeded ?? []), failed: new Set(status.uncountedTerminatedPods?.failed ?? []) };
  const tracked = new Set(pods.filter(hasTrackingFinalizer).map((pod) => pod.metadata?.uid ?? ''));
  const completed = parseIndexes(status.completedIndexes);
  const failedIndexes = parseIndexes(status.failedIndexes);
  for (const uid of [...uncounted.succeeded]) if (!tracked.has(uid)) { uncounted.succeeded.delete(uid); if (!isIndexed(job)) status.succeeded = (status.succeeded ?? 0) + 1; }
  for (const uid of [...uncounted.failed]) if (!tracked.has(uid)) { uncounted.failed.delete(uid); status.failed = (status.failed ?? 0) + 1; }
  for (const pod of pods) {
    const uid = pod.metadata?.uid ?? '';
    if (!hasTrackingFinalizer(pod)) continue;
    const index = indexOf(pod);
    if (pod.status?.phase === 'Succeeded') {
      if (!isIndexed(job)) uncounted.succeeded.add(uid);
      else if (index >= 0 && index < (job.spec?.completions ?? 0)) completed.add(index);
    } else if (isFailed(job, pod)) {
      const verdict = judgeFailure(job, pod);
      if (verdict.action !== 'Ignore') uncounted.failed.add(uid);
      const perIndex = job.spec?.backoffLimitPerIndex;
      if (perIndex !== undefined && index >= 0 && (verdict.action === 'FailIndex' || failureCount(pod) >= perIndex) && !completed.has(index)) failedIndexes.add(index);
    }
  }
  status.uncountedTerminatedPods = {
    ...(uncounted.succeeded.size ? { succeeded: [...uncounted.succeeded] } : {}), ...(uncounted.failed.size ? { failed: [...uncounted.failed] } : {}),
  };
  const active = pods.filter(isPodActive);
  return {
    active, completed, failedIndexes, ready: active.filter(isPodReady).length,
    succeeded: isIndexed(job) ? completed.size : (status.succeeded ?? 0) + uncounted.succeeded.size,
    failed: (status.failed ?? 0) + uncounted.failed.size,
    terminating: pods.filter((pod) => pod.metadata?.deletionTimestamp && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded').length,
  };
}

function condition(type: string, reason: string, message: string, now: number): JobCondition {
  const time = formatTime(now);
  return { type, status: 'True', reason, message, lastProbeTime: time, lastTransitionTime: time };
}

function failureOf(job: Job, pods: Pod[], count: Count, now: number, status: JobStatus): JobCondition | undefined {
  for (const pod of pods) {
    if (pod.status?.phase !== 'Failed') continue;
    const verdict = judgeFailure(job, pod);
    if (verdict.action === 'FailJob') return condition('FailureTarget', 'PodFailurePolicy', verdict.message, now);
  }
  const limit = job.spec?.backoffLimit ?? 6;
  const restarts = job.spec?.template.spec?.restartPolicy === 'OnFailure'
    ? count.active.reduce((sum, pod) => sum + [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].reduce((total, entry) => total + entry.restartCount, 0), 0) : 0;
  if (count.failed > limit || (restarts > 0 && restarts >= Math.max(limit, 1))) return condition('FailureTarget', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit', now);
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime && !job.spec?.suspend && now >= parseTime(status.startTime) + deadline * 1000) {
    return condition('FailureTarget', 'DeadlineExceeded', 'Job was active longer than specified deadline', now);
  }
  if (isIndexed(job) && job.spec?.backoffLimitPerIndex !== undefined) {
    if (job.spec.maxFailedIndexes !== undefined && count.failedIndexes.size > job.spec.maxFailedIndexes) {
      return condition('FailureTarget', 'MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes', now);
    }
    if (count.failedIndexes.size > 0 && count.failedIndexes.size + count.completed.size >= (job.spec.completions ?? 0)) {
      return condition('FailureTarget', 'FailedIndexes', 'Job has failed indexes', now);
    }
  }
  return undefined;
}

function successOf(job: Job, count: Count, now: number): JobCondition | undefined {
  for (const [index, rule] of (isIndexed(job) ? job.spec?.successPolicy?.rules ?? [] : []).entries()) {
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes);
    const done = wanted ? [...wanted].filter((number) => count.completed.has(number)).length : count.completed.size;
    if (done >= (rule.succeededCount ?? wanted?.size ?? Infinity)) return condition('SuccessCriteriaMet', 'SuccessPolicy', `Matched rules at index ${index}`, now);
  }
  const completions = job.spec?.completions;
  const reached = completions === undefined ? count.succeeded > 0 && count.active.length === 0 : count.succeeded >= completions && count.active.length === 0;
  return reached ? condition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods', now) : undefined;
}

function setSuspended(job: Job, status: JobStatus, now: number): void {
  const standing = status.conditions?.find((entry) => entry.type === 'Suspended');
  const wanted = job.spec?.suspend ? 'True' : 'False';
  if (!standing && wanted === 'False') return;
  if (standing?.status === wanted) return;
  const changed = { ...condition('Suspended', wanted === 'True' ? 'JobSuspended' : 'JobResumed', wanted === 'True' ? 'Job suspended' : 'Job resumed', now), status: wanted };
  status.conditions = [...(status.conditions ?? []).filter((entry) => entry.type !== 'Suspended'), changed];
  if (wanted === 'False') status.startTime = formatTime(now);
  else delete status.startTime;
}

/** One step of a job. Pods come and go by the plan; the status is written before finalizers are taken off. */
export function planJob(job: Job, pods: Pod[], now: number): JobPlan {
  const status: JobStatus = structuredClone(job.status ?? {});
  const plan: JobPlan = { status, create: [], remove: [], release: [] };
  const count = countPods(job, pods, status);
  if (!status.startTime && !job.spec?.suspend) status.startTime = formatTime(now);
  setSuspended(job, status, now);
  plan.release = pods.filter((pod) => hasTrackingFinalizer(pod) && (pod.status?.phase === 'Succeeded' || isFailed(job, pod)));
  const ending = conditionOf(status, 'FailureTarget') ?? conditionOf(status, 'SuccessCriteriaMet') ?? failureOf(job, pods, count, now, status) ?? successOf(job, count, now);
  if (ending) finish(job, plan, count, ending, now);
  else if (job.spec?.suspend) plan.remove = count.active;
  else if (!job.metadata?.deletionTimestamp) planPods(job, plan, pods, count, now);
  if (job.spec?.suspend || ending) plan.release.push(...plan.remove.filter((pod) => hasTrackingFinalizer(pod) && !plan.release.includes(pod) && pod.status?.phase !== 'Running' && !pod.spec?.nodeName));
  status.active = count.active.length - plan.remove.length || undefined;
  status.ready = Math.max(0, count.ready - plan.remove.filter(isPodReady).length);
  status.terminating = count.terminating + plan.remove.length;
  if (isIndexed(job)) {
    status.succeeded = count.completed.size || undefined;
    status.completedIndexes = formatIndexes(count.completed) || undefined;
    if (job.spec?.backoffLimitPerIndex !== undefined) status.failedIndexes = formatIndexes(count.failedIndexes);
  }
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime && !ending) plan.wait = Math.min(plan.wait ?? Infinity, Math.max(parseTime(status.startTime) + deadline * 1000 - now, 0) + 1);
  return plan;
}

/** Ends the job: all pods go; the final condition comes once they are gone and counted. */
function finish(job: Job, plan: JobPlan, count: Count, ending: JobCondition, now: number): void {
  const { status } = plan;
  if (!conditionOf(status, ending.type)) status.conditions = [...(status.conditions ?? []), ending];
  plan.remove = count.active;
  const uncounted = (status.uncountedTerminatedPods?.succeeded?.length ?? 0) + (status.uncountedTerminatedPods?.failed?.length ?? 0);
  if (count.active.length > 0 || count.terminating > 0 || uncounted > 0 || plan.release.length > 0) return;
  const failed = ending.type === 'FailureTarget';
  plan.ended = condition(failed ? 'Failed' : 'Complete', ending.reason ?? '', ending.message ?? '', now);
  status.conditions = [...(status.conditions ?? []), plan.ended];
  if (!failed) status.completionTime = formatTime(now);
}

/** Milliseconds the next pod has to wait because of the last failures. */
function backoff(pods: Pod[], failures: number, now: number): number {
  const ends = pods.filter((pod) => pod.status?.phase === 'Failed').map((pod) => finishTime(pod, now));
  if (failures === 0 || ends.length === 0) return 0;
  const delay = Math.min(FIRST_BACKOFF_MILLISECONDS * 2 ** Math.min(failures - 1, 20), LAST_BACKOFF_MILLISECONDS);
  return Math.max(0, Math.max(...ends) + delay - now);
}

function planPods(job: Job, plan: JobPlan, pods: Pod[], count: Count, now: number): void {
  const parallelism = job.spec?.parallelism ?? 1;
  const completions = job.spec?.completions;
  const occupied = count.active.length + (job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy ? count.terminating : 0);
  let wanted = completions === undefined ? (count.succeeded > 0 ? count.active.length : parallelism) : Math.min(parallelism, completions - count.succeeded - count.failedIndexes.size);
  wanted = Math.max(0, wanted);
  if (count.active.length > wanted) {
    plan.remove = [...count.active].sort((left, right) => Number(isPodReady(left)) - Number(isPodReady(right))).slice(0, count.active.length - wanted);
    return;
  }
  const missing = wanted - occupied;
  if (missing <= 0) return;
  if (isIndexed(job)) return planIndexes(job, plan, pods, count, missing, now);
  const wait = backoff(pods, plan.status.failed ?? (plan.status.uncountedTerminatedPods?.failed?.length ?? 0), now);
  if (wait > 0) plan.wait = wait;
  else plan.create = Array.from({ length: missing }, () => ({ failures: 0 }));
}

function planIndexes(job: Job, plan: JobPlan, pods: Pod[], count: Count, missing: number, now: number): void {
  const holdsIndex = (pod: Pod): boolean => isPodActive(pod) || (job.spec?.podReplacementPolicy === 'Failed' && pod.status?.phase !== 'Failed' && pod.status?.phase !== 'Succeeded');
  const busy = new Set(pods.filter(holdsIndex).map(indexOf));
  for (let index = 0; index < (job.spec?.completions ?? 0) && plan.create.length < missing; index++) {
    if (busy.has(index) || count.completed.has(index) || count.failedIndexes.has(index)) continue;
    const failed = pods.filter((pod) => indexOf(pod) === index && pod.status?.phase === 'Failed');
    const failures = job.spec?.backoffLimitPerIndex === undefined ? 0 : Math.max(0, ...failed.map((pod) => failureCount(pod) + (judgeFailure(job, pod).action === 'Ignore' ? 0 : 1)));
    const wait = backoff(failed, failed.length, now);
    if (wait > 0) plan.wait = Math.min(plan.wait ?? Infinity, wait);
    else plan.create.push({ index, failures });
  }
}
