import type { CronJob, CronJobStatus, Job } from '../../../schema/v1.37/types/batch-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { CRON_JOBS, JOBS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { finishedCondition } from '../job/ending.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { indexByController } from '../shared/pods.ts';
import { writeStatus } from '../shared/status-write.ts';
import { dueTimes, expiredJobs, jobFor, type DueTimes } from './reconcile.ts';

/** Starts jobs when their time has come. */
export function startCronJobController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const cronJobs = informers.for(CRON_JOBS);
  const jobs = informers.for(JOBS);
  indexByController(jobs);
  const events = context.eventsOf('cronjob-controller');
  const queue = new WorkQueue(sync, { name: 'cronjob', logger: context.logger, workers: 5, clock });
  const touchOwner = (job: Job): void => {
    const reference = controllerOf(job);
    if (reference?.kind === 'CronJob') queue.add(`${job.metadata?.namespace}/${reference.name}`);
  };
  const stops = [
    cronJobs.onEvent({ add: (object) => queue.add(keyOf(object)), update: (object) => queue.add(keyOf(object)) }),
    jobs.onEvent({ add: touchOwner, update: touchOwner, delete: touchOwner }),
  ];
  const outcome = (job: Job): 'Complete' | 'Failed' | undefined => finishedCondition(job.status)?.type as 'Complete' | 'Failed' | undefined;

  async function sync(key: string): Promise<void> {
    await Promise.all([cronJobs.synced(), jobs.synced()]);
    const [namespace, name] = splitKey(key);
    const found = cronJobs.get(namespace, name);
    if (!found || found.metadata?.deletionTimestamp) return;
    const cronJob = { ...found, apiVersion: 'batch/v1', kind: 'CronJob' };
    const owned = [...jobs.byIndex('controller', cronJob.metadata?.uid ?? '')];
    const status: CronJobStatus = { ...cronJob.status };
    await noteActive(cronJob, owned, status);
    await Promise.all(expiredJobs(cronJob, owned, outcome).map((job) => removeJob(cronJob, job)));
    if (!cronJob.spec?.suspend) await startDue(key, cronJob, status);
    await writeStatus(client, CRON_JOBS, cronJob, status);
  }

  async function noteActive(cronJob: CronJob & KubernetesObject, owned: Job[], status: CronJobStatus): Promise<void> {
    const active = owned.filter((job) => !outcome(job));
    for (const reference of cronJob.status?.active ?? []) {
      const job = owned.find((candidate) => candidate.metadata?.uid === reference.uid);
      if (!job && await isMissing(reference)) events.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
      if (job && outcome(job)) events.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata?.name}, condition: ${outcome(job)}`);
    }
    status.active = active.length === 0 ? undefined : active.map((job) => cronJob.status?.active?.find((reference) => reference.uid === job.metadata?.uid) ?? ({ apiVersion: 'batch/v1', kind: 'Job', namespace: job.metadata?.namespace, name: job.metadata?.name, uid: job.metadata?.uid, resourceVersion: job.metadata?.resourceVersion }));
    const ends = owned.filter((job) => outcome(job) === 'Complete').map((job) => parseTime(job.status?.completionTime ?? '')).filter((time) => !Number.isNaN(time));
    if (ends.length > 0) status.lastSuccessfulTime = formatTime(Math.max(...ends, parseTime(status.lastSuccessfulTime ?? '') || 0));
  }

  /** The informer may be behind with a job that was only just made. */
  async function isMissing({ namespace, name = '', uid }: { namespace?: string; name?: string; uid?: string }): Promise<boolean> {
    try {
      return (await client.get(JOBS, namespace, name)).metadata?.uid !== uid;
    } catch (error) {
      if ((error as { code?: number }).code !== 404) throw error;
      return true;
    }
  }

  async function startDue(key: string, cronJob: CronJob & KubernetesObject, status: CronJobStatus): Promise<void> {
    let times: DueTimes;
    try {
      times = dueTimes(cronJob, clock.now());
    } catch (error) {
      events.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${cronJob.spec?.schedule} : ${(error as Error).message}`);
      return;
    }
    queue.addAfter(key, times.next - clock.now() + 10);
    if (times.tooManyMissed) events.event(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
    if (times.due === undefined) return;
    if (cronJob.spec?.concurrencyPolicy === 'Forbid' && status.active?.length) {
      events.event(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
      return;
    }
    if (cronJob.spec?.concurrencyPolicy === 'Replace') {
      for (const reference of status.active ?? []) {
        const job = jobs.get(reference.namespace, reference.name ?? '');
        if (job) await removeJob(cronJob, job);
      }
      status.active = undefined;
    }
    const job = jobFor(cronJob, times.due);
    try {
      const created = await client.create(JOBS, job);
      events.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata?.name}`);
      status.active = [...(status.active ?? []), { apiVersion: 'batch/v1', kind: 'Job', namespace: created.metadata?.namespace, name: created.metadata?.name, uid: created.metadata?.uid, resourceVersion: created.metadata?.resourceVersion }];
    } catch (error) {
      if ((error as { code?: number }).code !== 409) {
        events.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`);
        throw error;
      }
    }
    status.lastScheduleTime = formatTime(times.due);
  }

  async function removeJob(cronJob: KubernetesObject, job: Job): Promise<void> {
    await client.delete(JOBS, job.metadata?.namespace, job.metadata?.name ?? '', { propagationPolicy: 'Background' }).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error as Error;
    });
    events.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata?.name}`);
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
