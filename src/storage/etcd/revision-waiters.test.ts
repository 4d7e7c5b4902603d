import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import { RevisionWaiters } from './revision-waiters.ts';

test('a write waits for its event between one and two periods, also when one before it was let go', async () => {
  let fire = (): void => assert.fail('no timer');
  const clock: Clock = { now: () => 0, monotonic: () => 0, after: (_milliseconds, callback) => { fire = callback; return { cancel: () => {} }; } };
  const waiters = new RevisionWaiters(clock);
  const done: string[] = [];
  const wait = (name: string): void => { void waiters.reached(1, 0)?.then(() => done.push(name)); };
  const turns = [['first'], ['second'], ['third']];
  wait('first');
  fire();
  await Promise.resolve();
  assert.deepEqual(done, []);
  for (const [index, expected] of turns.entries()) {
    if (index < 2) wait(['second', 'third'][index] as string);
    fire();
    await Promise.resolve();
    assert.deepEqual(done.splice(0), expected);
  }
});
