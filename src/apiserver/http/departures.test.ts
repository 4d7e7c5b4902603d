import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { FakeClock } from '../../base/fake-clock.ts';
import { Departures } from './departures.ts';

test('a crowd that leaves is told once, when it has gone', () => {
  const clock = new FakeClock();
  let told = 0;
  const departures = new Departures(clock, () => { told++; });
  const leave = (count: number, open: number): void => { for (let one = 0; one < count; one++) departures.left(open); };
  leave(999, 0);
  clock.advance(30_000);
  assert.equal(told, 0, 'a few come and go all the time');
  leave(2000, 10_000);
  clock.advance(30_000);
  assert.equal(told, 0, 'most are still there');
  leave(9000, 0);
  assert.equal(told, 0);
  clock.advance(30_000);
  assert.equal(told, 1);
  leave(500, 0);
  clock.advance(30_000);
  assert.equal(told, 1);
});
