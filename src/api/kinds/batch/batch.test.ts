import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import { kindRules } from '../index.ts';
import { countIndexes, overlap, parseIndexes } from './indexes.ts';
import { isTimeZone, scheduleError } from './schedule.ts';

test('schedules', () => {
  for (const good of ['* * * * *', '*/5 0-6 1,15 jan-mar mon', '@daily', '@every 1h30m', '0 0 ? * 6']) assert.equal(scheduleError(good), undefined, good);
  const wrong: [schedule: string, message: string][] = [
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'], ['60 * * * *', 'end of range (60) above maximum (59): 60'], ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'], ['*/0 * * * *', 'step of range should be a positive number: */0'], ['@often', 'unrecognized descriptor: @often'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ];
  for (const [schedule, message] of wrong) assert.equal(scheduleError(schedule), message);
  assert.ok(isTimeZone('Europe/Berlin') && !isTimeZone('Nowhere/Land'));
});

test('completion indexes', () => {
  assert.equal(countIndexes(parseIndexes('0,2-4,7', 8)), 5);
  assert.throws(() => parseIndexes('3-1', 8), /non-increasing order, previous: 3, current: 1/);
  assert.throws(() => parseIndexes('9', 8), /too large index: "9"/);
  assert.equal(overlap(parseIndexes('0-3', 8), parseIndexes('5,7', 8)), undefined);
  assert.equal(overlap(parseIndexes('0-3,6', 8), parseIndexes('2-4', 8)), 2);
});

test('a job selects its pods by its uid and shows their labels', () => {
  const context: RuleContext = { now: 0, operation: 'create', subresource: '', namespace: 'default', user: '', options: { allowDuplicatePorts: false } };
  const rules = kindRules('batch', 'Job');
  const job: Record<string, any> = { metadata: { name: 'j', namespace: 'default', uid: 'u' }, spec: { template: { metadata: { labels: { a: 'b' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } } };
  rules?.default?.(job);
  rules?.prepareForCreate?.(job, context);
  assert.deepEqual(rules?.validate?.(job, context), []);
  const labels = { a: 'b', 'job-name': 'j', 'batch.kubernetes.io/job-name': 'j', 'controller-uid': 'u', 'batch.kubernetes.io/controller-uid': 'u' };
  assert.deepEqual(job['spec'].selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } });
  assert.deepEqual(job['spec'].template.metadata.labels, labels);
  assert.deepEqual(job['metadata'].labels, labels);
});
