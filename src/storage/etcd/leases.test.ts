import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import type { EtcdConnection } from './connection.ts';
import { Leases } from './leases.ts';

test('keys written at a time share a lease, the first as well as the one after it', async () => {
  let now = 0;
  let granted = 0n;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => ({ cancel: () => {} }) };
  const call = async (_method: unknown, { seconds }: { seconds: number }): Promise<object> => ({ response: { id: ++granted, seconds }, repeated: false });
  const leases = new Leases({ call } as unknown as EtcdConnection, clock);
  const takeMany = (): Promise<bigint[]> => Promise.all(Array.from({ length: 20 }, () => leases.take(3_600_000)));
  assert.deepEqual([...new Set(await takeMany())], [1n]);
  now += 61_000;
  assert.deepEqual([...new Set(await takeMany())], [2n]);
  assert.equal(granted, 2n);
});
