import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobSpec, JobStatus } from '../../../schema/v1.37/types/batch-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { ago, names, NOW, pod, type PodOptions } from '../testing/objects.ts';
import { finishedCondition } from './ending.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { INDEX_ANNOTATION, jobPod, TRACKING_FINALIZER } from './pods.ts';
import { planJob, type JobPlan } from './reconcile.ts';

function job(spec: Partial<JobSpec> = {}, status: JobStatus = { startTime: ago(100) }): Job {
  return { metadata: { name: 'j', namespace: 'default', uid: 'u' }, status, spec: { parallelism: 1, completions: 1, backoffLimit: 6, template: { spec: { containers: [{ name: 'main' }], restartPolicy: 'Never' } }, ...spec } };
}
const tracked = (name: string, options: PodOptions & { index?: number; failures?: number } = {}): Pod => pod(name, {
  finalizers: [TRACKING_FINALIZER], ...options, annotations: {
    ...(options.index === undefined ? {} : { [INDEX_ANNOTATION]: String(options.index) }),
    ...(options.failures === undefined ? {} : { 'batch.kubernetes.io/job-index-failure-count': String(options.failures) }),
  },
});
const succeeded = (name: string, index?: number): Pod => tracked(name, { phase: 'Succeeded', readyFor: 5, index });
const failed = (name: string, seconds = 1000, index?: number, failures?: number): Pod => tracked(name, { phase: 'Failed', readyFor: seconds, index, failures });
const indexes = (plan: JobPlan): (number | undefined)[] => plan.create.map(({ index }) => index);
const conditions = (plan: JobPlan): string[] => (plan.status.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 2 };

test('pods are made up to the parallelism and no more than there are completions left', () => {
  assert.equal(planJob(job({ parallelism: 3, completions: 5 }), [tracked('a')], NOW).create.length, 2);
  assert.equal(planJob(job({ parallelism: 3, completions: 2 }), [], NOW).create.length, 2);
  assert.equal(planJob(job({ parallelism: 3, completions: 5 }, { startTime: ago(9), succeeded: 4 }), [], NOW).create.length, 1);
});

test('a work queue makes no new pods once one succeeded, and ends when the last is over', () => {
  const queue = { parallelism: 3, completions: undefined };
  const going = planJob(job(queue), [succeeded('a'), tracked('b')], NOW);
  assert.deepEqual([going.create, conditions(going)], [[], []]);
  assert.deepEqual(conditions(planJob(job(queue), [succeeded('a')], NOW)), ['SuccessCriteriaMet CompletionsReached']);
});

test('a finished pod is noted first, let go of then, and counted when its finalizer is gone', () => {
  const noted = planJob(job({ completions: 2 }), [succeeded('a')], NOW);
  assert.deepEqual(noted.status.uncountedTerminatedPods, { succeeded: ['uid-a'] });
  assert.deepEqual([names(noted.release), noted.status.succeeded], [['a'], undefined]);
  const counted = planJob(job({ completions: 2 }, noted.status), [pod('a', { phase: 'Succeeded' })], NOW);
  assert.deepEqual([counted.status.uncountedTerminatedPods, counted.status.succeeded, counted.create.length], [{}, 1, 1]);
});

test('a job is complete only when its pods are counted', () => {
  const met = planJob(job(), [succeeded('a')], NOW);
  assert.equal(finishedCondition(met.status), undefined);
  const ended = planJob(job({}, met.status), [pod('a', { phase: 'Succeeded' })], NOW);
  assert.deepEqual(conditions(ended), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  assert.ok(ended.status.completionTime);
});

test('after a failure the next pod waits, twice as long each time, and not after a success', () => {
  assert.equal(planJob(job(), [failed('a', 4)], NOW).wait, 6000);
  assert.equal(planJob(job(), [failed('a', 50), failed('b', 4)], NOW).wait, 16_000);
  assert.equal(planJob(job({ completions: 3 }), [failed('a', 50), succeeded('b')], NOW).wait, undefined);
});

test('too many failures end the job; its other pods go and count too', () => {
  const plan = planJob(job({ backoffLimit: 1, parallelism: 3, completions: 3 }), [failed('a'), failed('b'), tracked('c')], NOW);
  assert.deepEqual(conditions(plan), ['FailureTarget BackoffLimitExceeded']);
  assert.deepEqual([names(plan.remove), plan.status.uncountedTerminatedPods?.failed?.length], [['c'], 3]);
});

test('containers that restart in place use up the limit', () => {
  const restarting = job({ backoffLimit: 3, template: { spec: { containers: [], restartPolicy: 'OnFailure' } } });
  assert.deepEqual(conditions(planJob(restarting, [tracked('a', { restarts: 2 })], NOW)), []);
  assert.deepEqual(conditions(planJob(restarting, [tracked('a', { restarts: 3 })], NOW)), ['FailureTarget BackoffLimitExceeded']);
});

test('the deadline ends the job and is waited for', () => {
  assert.equal(planJob(job({ activeDeadlineSeconds: 130 }), [tracked('a')], NOW).wait, 30_001);
  assert.deepEqual(conditions(planJob(job({ activeDeadlineSeconds: 100 }), [tracked('a')], NOW)), ['FailureTarget DeadlineExceeded']);
});

test('a suspended job lets its pods go uncounted and forgets its start', () => {
  const plan = planJob(job({ suspend: true }), [tracked('a')], NOW);
  assert.deepEqual([names(plan.discard), plan.release, plan.status.startTime, conditions(plan)], [['a'], [], undefined, ['Suspended JobSuspended']]);
  const resumed = planJob(job({}, plan.status), [], NOW);
  assert.deepEqual([resumed.create.length, resumed.status.startTime, resumed.status.conditions?.[0]?.status], [1, '2026-03-01T12:00:00Z', 'False']);
});

test('less parallelism lets go of the pods that are worth the least', () => {
  assert.deepEqual(names(planJob(job({ parallelism: 1, completions: 5 }), [tracked('a'), tracked('b', { phase: 'Pending' })], NOW).discard), ['b']);
});

test('every index is served once, lowest first', () => {
  const plan = planJob(job(indexed), [succeeded('a', 0), tracked('b', { index: 1 })], NOW);
  assert.deepEqual([indexes(plan), plan.status.completedIndexes, plan.status.succeeded], [[2], '0', 1]);
});

test('a second pod of an index and pods of indexes that are no more are let go', () => {
  const plan = planJob(job({ ...indexed, parallelism: 4 }), [tracked('a', { index: 1 }), tracked('b', { index: 1, phase: 'Pending' }), tracked('c', { index: 7 })], NOW);
  assert.deepEqual(names(plan.discard).sort(), ['b', 'c']);
});

test('with a limit per index one index fails for itself and the others go on', () => {
  const perIndex = { ...indexed, parallelism: 4, backoffLimitPerIndex: 1, backoffLimit: 1000 };
  const plan = planJob(job(perIndex), [failed('a', 1000, 0, 1), failed('b', 1000, 1, 0), tracked('c', { index: 2 })], NOW);
  assert.deepEqual([plan.status.failedIndexes, indexes(plan)], ['0', [1, 3]]);
  assert.equal(plan.create[0]?.failures, 1);
  assert.deepEqual(names(plan.release), ['a'], 'the count of index 1 is kept on its pod until there is a successor');
});

test('failed indexes fail the job when all are over, or when they are too many', () => {
  const perIndex = { ...indexed, completions: 2, backoffLimitPerIndex: 0, backoffLimit: 1000 };
  assert.deepEqual(conditions(planJob(job(perIndex), [failed('a', 9, 0, 0), succeeded('b', 1)], NOW)), ['FailureTarget FailedIndexes']);
  assert.deepEqual(conditions(planJob(job({ ...perIndex, completions: 9, maxFailedIndexes: 0 }), [failed('a', 9, 0, 0)], NOW)), ['FailureTarget MaxFailedIndexesExceeded']);
});

test('a success policy ends the job early', () => {
  const policy = { ...indexed, successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 1 }] } };
  const plan = planJob(job(policy), [succeeded('a', 2), tracked('b', { index: 0 })], NOW);
  assert.deepEqual([conditions(plan), names(plan.remove), plan.status.uncountedTerminatedPods], [['SuccessCriteriaMet SuccessPolicy'], ['b'], {}]);
});

test('the failure policy ends the job, lets a failure pass, or fails the index', () => {
  const exit = (action: string) => ({ podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] } });
  const dead = (name: string, index?: number): Pod => {
    const gone = failed(name, 1000, index, 0);
    gone.status!.containerStatuses = [{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 42 } } }];
    return gone;
  };
  const failing = planJob(job(exit('FailJob')), [dead('a')], NOW);
  assert.deepEqual(conditions(failing), ['FailureTarget PodFailurePolicy']);
  assert.equal(failing.status.conditions?.[0]?.message, 'Container main for pod default/a failed with exit code 42 matching FailJob rule at index 0');
  const ignoring = planJob(job({ ...exit('Ignore'), backoffLimit: 0 }), [dead('a')], NOW);
  assert.deepEqual([conditions(ignoring), ignoring.status.uncountedTerminatedPods], [[], {}]);
  const perIndex = planJob(job({ ...indexed, ...exit('FailIndex'), backoffLimitPerIndex: 5 }), [dead('a', 0)], NOW);
  assert.equal(perIndex.status.failedIndexes, '0');
});

test('a pod that is on its way out is replaced at once, or only when it failed', () => {
  const leaving = tracked('a', { deleting: true });
  assert.equal(planJob(job({ backoffLimit: 6 }), [leaving], NOW).status.uncountedTerminatedPods?.failed?.length, 1);
  const careful = planJob(job({ podReplacementPolicy: 'Failed' }), [leaving], NOW);
  assert.deepEqual([careful.create, careful.release, careful.status.terminating], [[], [], 1]);
});

test('the pods of a job that is being deleted are let go of', () => {
  const gone = job();
  gone.metadata!.deletionTimestamp = ago(1);
  const plan = planJob(gone, [tracked('a')], NOW);
  assert.deepEqual([names(plan.release), plan.create], [['a'], []]);
});

test('an indexed pod knows its index by name, host name, label and variable', () => {
  const made = jobPod(job(indexed), { index: 3, failures: 0, ignored: 0 });
  assert.match(made.metadata?.name ?? '', /^j-3-[a-z0-9]{5}$/);
  assert.deepEqual([made.spec?.hostname, made.metadata?.labels?.[INDEX_ANNOTATION], made.spec?.containers[0]?.env?.[0]?.name], ['j-3', '3', 'JOB_COMPLETION_INDEX']);
});

test('indexes are written as ranges and read back', () => {
  assert.equal(formatIndexes(new Set([5, 0, 1, 2, 7, 8])), '0-2,5,7,8');
  assert.deepEqual([...parseIndexes('0-2,5')], [0, 1, 2, 5]);
});
