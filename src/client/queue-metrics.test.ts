import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { workQueueMetricsText } from './queue-metrics.ts';
import { WorkQueue } from './work-queue.ts';

test('a work queue counts what comes, what waits, what is worked on and what failed, until it ends', async () => {
  let fail = true;
  const release = Promise.withResolvers<void>();
  const queue = new WorkQueue(async (key) => {
    if (key === 'slow') await release.promise;
    else if (fail) { fail = false; throw new Error('once'); }
  }, { name: 'counted', logger: createLogger('test'), workers: 1, firstRetryMilliseconds: 1 });
  const value = (name: string): number => Number(new RegExp(`^workqueue_${name}\\{name="counted"\\} (.*)$`, 'm').exec(workQueueMetricsText())?.[1]);
  queue.add('a');
  queue.add('a');
  while (value('work_duration_seconds_count') !== 2) await sleep(2);
  assert.deepEqual([value('adds_total'), value('retries_total'), value('depth')], [2, 1, 0]);
  queue.add('slow');
  queue.add('b');
  await sleep(5);
  assert.equal(value('depth'), 1);
  assert.ok(value('unfinished_work_seconds') > 0 && value('longest_running_processor_seconds') > 0);
  release.resolve();
  queue.stop();
  assert.ok(!workQueueMetricsText().includes('"counted"'));
});
