import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../base/clock.ts';
import { EtcdError, type EtcdConnection, type WatchHandlers } from './connection.ts';
import { EtcdStorage } from './etcd-storage.ts';

const PERMISSION_DENIED = 7;

test('cut off for too long and then refused: etcd is asked again after a pause, not in a loop', async () => {
  let calls = 0;
  let watch: WatchHandlers | undefined;
  const call = async (): Promise<object> => {
    if (++calls === 1) throw new EtcdError(PERMISSION_DENIED, 'etcdserver: permission denied');
    return { response: { header: { revision: 9 }, kvs: [] }, repeated: false };
  };
  const connection = { call, close: () => undefined, watch: (_create: unknown, handlers: WatchHandlers) => { watch = handlers; return { stop: () => undefined, askProgress: () => undefined }; } };
  const timers: (() => void)[] = [];
  const clock: Clock = { now: () => 0, monotonic: () => 0, after: (_milliseconds, callback) => { timers.push(callback); return { cancel: () => undefined }; } };
  const store = new EtcdStorage(connection as unknown as EtcdConnection, { compacted: 0, revision: 3 }, { endpoints: [], clock, compactionMilliseconds: 0 });
  watch?.response({ header: undefined, watchId: 0, created: false, canceled: true, compactRevision: 7, cancelReason: '', fragment: false, events: [] });
  await turn();
  assert.equal(calls, 1);
  timers.pop()?.();
  await turn();
  assert.deepEqual([calls, store.revision(), store.compactedRevision()], [2, 9, 7]);
  await store.close();
});
