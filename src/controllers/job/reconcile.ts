import type { Job, JobCondition, JobStatus } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { byDeletionPreference, isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { countPods, isFailed, isValidIndex, replacesOnlyFailed, type JobCount } from './count.ts';
import { conditionOf, endingOf, jobCondition } from './ending.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes } from './indexes.ts';
import { failureCount, finishTime, ignoredCount, indexOf, isIndexed } from './pods.ts';

/** After a failed pod the next one waits this long, doubling with every further failure. */
const FIRST_BACKOFF_MILLISECONDS = 10_000;
const LAST_BACKOFF_MILLISECONDS = 10 * 60 * 1000;
/** At most so many pods are made or removed in one step. */
const BURST = 500;

export interface NewPod { index?: number; failures: number; ignored: number }

export interface JobPlan {
  status: JobStatus;
  create: NewPod[];
  /** Pods that go with the job's end. */
  remove: Pod[];
  /** Pods that are too many now: they go without being counted, so their finalizer goes first. */
  discard: Pod[];
  /** Finished pods that are noted in the status: their finalizer can go once it is written. */
  release: Pod[];
  wait?: number;
  /** Set when the job ended in this step. */
  ended?: JobCondition;
}

/** One step of a job. Pods come and go by the plan; the status is written before finalizers are taken off. */
export function planJob(job: Job, pods: Pod[], now: number): JobPlan {
  const status: JobStatus = structuredClone(job.status ?? {});
  const plan: JobPlan = { status, create: [], remove: [], discard: [], release: [] };
  const { count, track } = countPods(job, pods, status);
  if (!status.startTime && !job.spec?.suspend) status.startTime = formatTime(now);
  const ending = endingOf(job, pods, count, status, now);
  if (!ending) {
    setSuspended(job, status, now);
    if (!job.metadata?.deletionTimestamp) planPods(job, plan, pods, count, now);
  } else plan.remove = count.active;
  plan.release = track(ending && (ending.type === 'FailureTarget' ? 'failure' : 'success'));
  const leaving = [...plan.remove, ...plan.discard];
  status.active = count.active.length - leaving.length || undefined;
  status.ready = count.ready - leaving.filter(isPodReady).length;
  status.terminating = count.terminating + leaving.length;
  if (isIndexed(job)) {
    status.succeeded = count.completed.size || undefined;
    status.completedIndexes = formatIndexes(count.completed) || undefined;
    if (job.spec?.backoffLimitPerIndex !== undefined) status.failedIndexes = formatIndexes(count.failedIndexes);
  }
  if (ending) finish(plan, ending, now);
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime && !ending) plan.wait = Math.min(plan.wait ?? Infinity, Math.max(parseTime(status.startTime) + deadline * 1000 - now, 0) + 1);
  return plan;
}

function setSuspended(job: Job, status: JobStatus, now: number): void {
  const standing = status.conditions?.find((entry) => entry.type === 'Suspended');
  const wanted = job.spec?.suspend ? 'True' : 'False';
  if (job.metadata?.deletionTimestamp || standing?.status === wanted || (!standing && wanted === 'False')) return;
  const changed = { ...jobCondition('Suspended', wanted === 'True' ? 'JobSuspended' : 'JobResumed', wanted === 'True' ? 'Job suspended' : 'Job resumed', now), status: wanted };
  status.conditions = [...(status.conditions ?? []).filter((entry) => entry.type !== 'Suspended'), changed];
  if (wanted === 'False') status.startTime = formatTime(now);
  else delete status.startTime;
}

/** The reason stands at once; the final condition comes when all pods are gone and counted. */
function finish(plan: JobPlan, ending: JobCondition, now: number): void {
  const { status } = plan;
  if (!conditionOf(status, ending.type)) status.conditions = [...(status.conditions ?? []), ending];
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (status.active || status.terminating || succeeded.length + failed.length > 0) return;
  const isFailure = ending.type === 'FailureTarget';
  plan.ended = jobCondition(isFailure ? 'Failed' : 'Complete', ending.reason ?? '', ending.message ?? '', now);
  status.conditions = [...(status.conditions ?? []), plan.ended];
  if (!isFailure) status.completionTime = formatTime(now);
}

function planPods(job: Job, plan: JobPlan, pods: Pod[], count: JobCount, now: number): void {
  if (job.spec?.suspend) {
    plan.discard = count.active.slice(0, BURST);
    return;
  }
  const parallelism = job.spec?.parallelism ?? 1;
  const completions = job.spec?.completions;
  const active = count.active.length;
  const wanted = completions === undefined ? (count.succeeded > 0 ? active : parallelism) : Math.max(0, Math.min(parallelism, completions - count.succeeded));
  plan.discard = surplus(job, count.active, wanted, now).slice(0, BURST);
  if (plan.discard.length > 0) return;
  const missing = Math.min(BURST, wanted - active - (replacesOnlyFailed(job) ? count.terminating : 0));
  if (missing <= 0) return;
  if (job.spec?.backoffLimitPerIndex !== undefined && isIndexed(job)) return planIndependentIndexes(job, plan, pods, count, missing, now);
  const wait = backoff(pods.filter((pod) => isFailed(job, pod)), pods.filter((pod) => pod.status?.phase === 'Succeeded'), now);
  if (wait > 0) plan.wait = wait;
  else if (isIndexed(job)) plan.create = pendingIndexes(job, pods, count).slice(0, missing).map((index) => ({ index, failures: 0, ignored: 0 }));
  else plan.create = Array.from({ length: missing }, () => ({ failures: 0, ignored: 0 }));
}

/** Active pods to let go: second ones of an index and those of indexes that are no more, then as many as are above `wanted`. */
function surplus(job: Job, active: Pod[], wanted: number, now: number): Pod[] {
  const sorted = active.toSorted(byDeletionPreference(() => 0, now));
  const taken = new Set<number>();
  const result: Pod[] = [];
  const rest: Pod[] = [];
  // Of several with the same index the one that is the most worth keeping stays.
  for (const pod of isIndexed(job) ? sorted.toReversed() : []) {
    const index = indexOf(pod);
    (isValidIndex(job, index) && !taken.has(index) ? rest : result).push(pod);
    taken.add(index);
  }
  const candidates = isIndexed(job) ? rest.toReversed() : sorted;
  return [...result, ...candidates.slice(0, Math.max(0, active.length - wanted - result.length))];
}

/** Milliseconds the next pod has to wait because of the failures since the last success. */
function backoff(failed: Pod[], succeeded: Pod[], now: number): number {
  const lastSuccess = Math.max(-Infinity, ...succeeded.map((pod) => finishTime(pod, now)));
  const failures = failed.map((pod) => finishTime(pod, now)).filter((time) => time > lastSuccess);
  return remaining(failures.length, Math.max(-Infinity, ...failures), now);
}

function remaining(failures: number, last: number, now: number): number {
  if (failures === 0) return 0;
  return Math.max(0, last + Math.min(FIRST_BACKOFF_MILLISECONDS * 2 ** Math.min(failures - 1, 20), LAST_BACKOFF_MILLISECONDS) - now);
}

/** Indexes without a pod and without a result, lowest first. */
function pendingIndexes(job: Job, pods: Pod[], count: JobCount): number[] {
  const holdsIndex = (pod: Pod): boolean => isPodActive(pod) || (replacesOnlyFailed(job) && !isPodTerminal(pod));
  const busy = new Set(pods.filter(holdsIndex).map(indexOf));
  const result: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0); index++) {
    if (!busy.has(index) && !count.completed.has(index) && !count.failedIndexes.has(index)) result.push(index);
  }
  return result;
}

/** With a limit per index each index waits only for failures of its own. */
function planIndependentIndexes(job: Job, plan: JobPlan, pods: Pod[], count: JobCount, missing: number, now: number): void {
  const failures = Map.groupBy(pods.filter((pod) => isFailed(job, pod)), indexOf);
  for (const index of pendingIndexes(job, pods, count)) {
    if (plan.create.length >= missing) return;
    const failed = failures.get(index) ?? [];
    const last = failed.toSorted((left, right) => failureCount(right) + ignoredCount(right) - failureCount(left) - ignoredCount(left))[0];
    const isIgnored = last !== undefined && judgeFailure(job, last).action === 'Ignore';
    const counted = last ? failureCount(last) + Number(!isIgnored) : 0;
    const ignored = last ? ignoredCount(last) + Number(isIgnored) : 0;
    const wait = last ? remaining(counted + ignored, finishTime(last, now), now) : 0;
    if (wait > 0) plan.wait = Math.min(plan.wait ?? Infinity, wait);
    else plan.create.push({ index, failures: counted, ignored });
  }
}
