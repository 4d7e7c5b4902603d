import { CronExpressionParser } from 'cron-parser';
import type { CronJob, Job } from '../../../schema/v1.37/types/batch-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { goDurationMilliseconds } from '../../base/go-duration.ts';
import { controllerReference } from '../shared/owners.ts';

/** More missed starts than this are not counted one by one. */
const MISSED_LIMIT = 100;

export interface DueTimes { /** The latest time that has come and was not served. */ due?: number; next: number; tooManyMissed: boolean }

/** `1h30m` in milliseconds, whole seconds and at least one. */
function intervalOf(text: string): number {
  return Math.max(1000, Math.floor(goDurationMilliseconds(text) / 1000) * 1000);
}

interface Times { next(): number; previous(): number }

/** The times of a schedule around `from`. */
function timesOf(cronJob: CronJob, from: number): Times {
  const schedule = (cronJob.spec?.schedule ?? '').trim();
  const every = /^@every (.+)$/.exec(schedule);
  if (every) {
    const interval = intervalOf(every[1] as string);
    let time = Math.floor(from / 1000) * 1000;
    return { next: () => (time += interval), previous: () => (time -= interval) };
  }
  // A zone in the schedule itself is the old way of saying it.
  const [, zone, rest] = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(schedule) ?? [];
  const times = CronExpressionParser.parse((rest ?? schedule).replaceAll('?', '*'), { currentDate: new Date(from), tz: cronJob.spec?.timeZone ?? zone ?? 'UTC' });
  return { next: () => times.next().getTime(), previous: () => times.prev().getTime() };
}

/** Throws for a schedule that cannot be read. */
export function dueTimes(cronJob: CronJob, now: number): DueTimes {
  const created = parseTime(cronJob.metadata?.creationTimestamp ?? '') || now;
  let from = cronJob.status?.lastScheduleTime ? parseTime(cronJob.status.lastScheduleTime) : created;
  const deadline = cronJob.spec?.startingDeadlineSeconds;
  if (deadline !== undefined) from = Math.max(from, now - deadline * 1000);
  const times = timesOf(cronJob, from);
  let due: number | undefined;
  let next = times.next();
  let missed = 0;
  while (next <= now && missed <= MISSED_LIMIT) { due = next; next = times.next(); missed++; }
  if (missed <= MISSED_LIMIT) return { due, next, tooManyMissed: false };
  // A moment later, so that a time that is just now counts as come.
  return { due: timesOf(cronJob, now + 1).previous(), next: timesOf(cronJob, now).next(), tooManyMissed: true };
}

/** The name is the same for the same time, so that a start is never made twice. */
export function jobName(cronJob: CronJob, scheduled: number): string {
  return `${cronJob.metadata?.name}-${Math.floor(scheduled / 60_000)}`;
}

export function jobFor(cronJob: CronJob, scheduled: number): Job {
  const template = cronJob.spec?.jobTemplate;
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: {
      name: jobName(cronJob, scheduled), namespace: cronJob.metadata?.namespace, labels: { ...template?.metadata?.labels },
      annotations: { ...template?.metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': formatTime(scheduled) },
      ownerReferences: [controllerReference({ ...cronJob, apiVersion: 'batch/v1', kind: 'CronJob' })],
    },
    spec: template?.spec,
  };
}

/** Finished jobs beyond the history limits, oldest first. */
export function expiredJobs(cronJob: CronJob, jobs: Job[], outcome: (job: Job) => 'Complete' | 'Failed' | undefined): Job[] {
  const surplus = (kind: 'Complete' | 'Failed', limit: number): Job[] => {
    const finished = jobs.filter((job) => outcome(job) === kind).sort((left, right) => parseTime(left.status?.startTime ?? '') - parseTime(right.status?.startTime ?? ''));
    return finished.slice(0, Math.max(0, finished.length - limit));
  };
  return [...surplus('Complete', cronJob.spec?.successfulJobsHistoryLimit ?? 3), ...surplus('Failed', cronJob.spec?.failedJobsHistoryLimit ?? 1)];
}
