import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

const DAY = 24 * 60 * 60 * 1000;

test('times that are months away are waited for', ({ mock }) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const fired: string[] = [];
  systemClock.after(60 * DAY, () => fired.push('after'));
  const cancelled = systemClock.after(60 * DAY, () => fired.push('cancelled'));
  for (let day = 0; day < 59; day++) mock.timers.tick(DAY);
  cancelled.cancel();
  assert.deepEqual(fired, []);
  mock.timers.tick(2 * DAY);
  assert.deepEqual(fired, ['after']);
});
