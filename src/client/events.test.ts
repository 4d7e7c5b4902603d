import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { FakeClock } from '../base/fake-clock.ts';
import type { Client } from './client.ts';
import { createEventRecorder } from './events.ts';

test('however often an event comes while one is being written, one more write tells it', async () => {
  const writes: unknown[] = [];
  const created = Promise.withResolvers<void>();
  const client = {
    create: async () => { await created.promise; },
    patch: async (_type: unknown, _namespace: string, _name: string, body: { count: number }) => { writes.push(body.count); },
  } as unknown as Client;
  const recorder = createEventRecorder({ client, clock: new FakeClock(), component: 'test' });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default', uid: '1' } };
  for (let count = 0; count < 1000; count++) recorder.event(pod, 'Warning', 'BackOff', 'again');
  created.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  recorder.event(pod, 'Warning', 'BackOff', 'again');
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(writes, [1000, 1001]);
});
