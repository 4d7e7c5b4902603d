import type { Job, JobCondition, JobStatus } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import type { JobCount } from './count.ts';
import { judgeFailure } from './failure-policy.ts';
import { parseIndexes } from './indexes.ts';
import { isIndexed } from './pods.ts';

export function finishedCondition(status: JobStatus | undefined): JobCondition | undefined {
  return conditionOf(status, 'Complete') ?? conditionOf(status, 'Failed');
}

export function conditionOf(status: JobStatus | undefined, type: string): JobCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

export function jobCondition(type: string, reason: string, message: string, now: number): JobCondition {
  const time = formatTime(now);
  return { type, status: 'True', reason, message, lastProbeTime: time, lastTransitionTime: time };
}

/** Containers that restart in place have used the limit up. */
function restartedTooOften(job: Job, pods: Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of pods) {
    if (pod.status?.phase !== 'Running' && pod.status?.phase !== 'Pending') continue;
    for (const entry of [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]) restarts += entry.restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function failureOf(job: Job, pods: Pod[], count: JobCount, status: JobStatus, now: number): JobCondition | undefined {
  const failure = (reason: string, message: string): JobCondition => jobCondition('FailureTarget', reason, message, now);
  for (const pod of pods) {
    const verdict = pod.status?.phase === 'Failed' ? judgeFailure(job, pod) : undefined;
    if (verdict?.action === 'FailJob') return failure('PodFailurePolicy', verdict.message);
  }
  const limit = job.spec?.backoffLimit ?? 6;
  if (count.failed > limit || restartedTooOften(job, pods, limit)) return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const deadline = job.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && status.startTime && !job.spec?.suspend && now >= parseTime(status.startTime) + deadline * 1000) {
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  if (!isIndexed(job) || job.spec?.backoffLimitPerIndex === undefined) return undefined;
  if (job.spec.maxFailedIndexes !== undefined && count.failedIndexes.size > job.spec.maxFailedIndexes) {
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  }
  if (count.failedIndexes.size > 0 && count.failedIndexes.size + count.completed.size >= (job.spec.completions ?? 0)) return failure('FailedIndexes', 'Job has failed indexes');
  return undefined;
}

function successPolicyOf(job: Job, count: JobCount, now: number): JobCondition | undefined {
  for (const [index, rule] of (isIndexed(job) ? job.spec?.successPolicy?.rules ?? [] : []).entries()) {
    const wanted = rule.succeededIndexes === undefined ? undefined : parseIndexes(rule.succeededIndexes);
    const done = wanted ? [...wanted].filter((number) => count.completed.has(number)).length : count.completed.size;
    if (done >= (rule.succeededCount ?? wanted?.size ?? Infinity)) return jobCondition('SuccessCriteriaMet', 'SuccessPolicy', `Matched rules at index ${index}`, now);
  }
  return undefined;
}

function completionOf(job: Job, count: JobCount, now: number): JobCondition | undefined {
  if (count.active.length > 0) return undefined;
  const completions = job.spec?.completions;
  const reached = completions === undefined ? count.succeeded > 0 : count.succeeded >= completions;
  return reached ? jobCondition('SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods', now) : undefined;
}

/** Why the job ends: what was decided earlier stays, failures come before success. */
export function endingOf(job: Job, pods: Pod[], count: JobCount, status: JobStatus, now: number): JobCondition | undefined {
  return conditionOf(status, 'SuccessCriteriaMet') ?? conditionOf(status, 'FailureTarget')
    ?? failureOf(job, pods, count, status, now) ?? successPolicyOf(job, count, now) ?? completionOf(job, count, now);
}
