import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, Job } from '../../../schema/v1.37/types/batch-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { ago, names, NOW } from '../testing/objects.ts';
import { dueTimes, expiredJobs, jobFor, jobName } from './reconcile.ts';

function cron(schedule: string, options: { last?: string; created?: number; deadline?: number; zone?: string } = {}): CronJob {
  return {
    metadata: { name: 'c', namespace: 'default', uid: 'u', creationTimestamp: ago(options.created ?? 3600) }, status: { lastScheduleTime: options.last },
    spec: { schedule, timeZone: options.zone, startingDeadlineSeconds: options.deadline, jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { template: {} } } },
  };
}
const shown = ({ due, next, tooManyMissed }: ReturnType<typeof dueTimes>): unknown[] => [due === undefined ? undefined : formatTime(due), formatTime(next), tooManyMissed];

test('the latest time that was missed is due, earlier ones are not made good', () => {
  assert.deepEqual(shown(dueTimes(cron('*/10 * * * *', { last: ago(35 * 60) }), NOW)), ['2026-03-01T12:00:00Z', '2026-03-01T12:10:00Z', false]);
});

test('a schedule counts from the creation of its CronJob', () => {
  assert.deepEqual(shown(dueTimes(cron('0 * * * *', { created: 59 * 60 }), NOW + 30 * 60_000)), ['2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z', false]);
  assert.deepEqual(shown(dueTimes(cron('30 * * * *', { created: 60 }), NOW)), [undefined, '2026-03-01T12:30:00Z', false]);
});

test('beyond the starting deadline a missed time is gone', () => {
  assert.deepEqual(shown(dueTimes(cron('15 11 * * *', { deadline: 60 }), NOW)), [undefined, '2026-03-02T11:15:00Z', false]);
});

test('after very many missed times only the last one starts, and it is told', () => {
  assert.deepEqual(shown(dueTimes(cron('* * * * *', { last: ago(86_400) }), NOW)), ['2026-03-01T12:00:00Z', '2026-03-01T12:01:00Z', true]);
});

test('a time zone moves the schedule', () => {
  assert.deepEqual(shown(dueTimes(cron('0 9 * * *', { zone: 'America/New_York' }), NOW))[1], '2026-03-01T14:00:00Z');
  assert.deepEqual(shown(dueTimes(cron('TZ=Asia/Tokyo 30 21 * * *'), NOW))[1], '2026-03-01T12:30:00Z');
});

test('@every counts from the last start', () => {
  assert.deepEqual(shown(dueTimes(cron('@every 1h30m', { last: ago(3600) }), NOW)), [undefined, '2026-03-01T12:30:00Z', false]);
  assert.deepEqual(shown(dueTimes(cron('@every 20m', { last: ago(3000) }), NOW)), ['2026-03-01T11:50:00Z', '2026-03-01T12:10:00Z', false]);
  assert.deepEqual(shown(dueTimes(cron('@hourly', { last: ago(60) }), NOW))[0], '2026-03-01T12:00:00Z');
});

test('what cannot be read is an error', () => {
  assert.throws(() => dueTimes(cron('61 * * * *'), NOW));
});

test('one time has one name, and the job says for when it is', () => {
  const job = jobFor(cron('* * * * *'), NOW);
  assert.equal(job.metadata?.name, jobName(cron('* * * * *'), NOW + 59_000));
  assert.equal(job.metadata?.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-03-01T12:00:00Z');
  assert.equal(job.metadata?.ownerReferences?.[0]?.kind, 'CronJob');
});

test('the oldest finished jobs beyond the limits go', () => {
  const job = (name: string, start: number): Job => ({ metadata: { name }, status: { startTime: ago(start) } });
  const jobs = [job('ok1', 50), job('ok2', 40), job('ok3', 30), job('ok4', 20), job('bad1', 60), job('bad2', 10), job('runs', 5)];
  const outcome = ({ metadata }: Job) => (metadata?.name?.startsWith('ok') ? 'Complete' : metadata?.name?.startsWith('bad') ? 'Failed' : undefined);
  assert.deepEqual(names(expiredJobs(cron('* * * * *'), jobs, outcome)), ['ok1', 'bad1']);
});
