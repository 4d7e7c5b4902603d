import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../schema/v1.37/types/coordination-v1.ts';
import { StatusError } from '../api/status.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { createLogger } from '../base/log.ts';
import type { Client } from './client.ts';
import { claim, standForElection, type Candidate } from './leader-election.ts';

/** One Lease, written with compare-and-swap; `down` is a server that cannot be reached. */
class OneLease {
  lease: Lease | undefined;
  private revision = 0;

  client(line: { down: boolean }): Client {
    const answer = async <T>(work: () => T): Promise<T> => {
      if (line.down) throw new StatusError(503, 'ServiceUnavailable', 'down');
      return work();
    };
    const put = (object: Lease): Lease => (this.lease = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.revision) } });
    const client: Partial<Record<'get' | 'create' | 'update', unknown>> = {
      get: () => answer(() => {
        if (!this.lease) throw new StatusError(404, 'NotFound', 'none');
        return this.lease;
      }),
      create: (_type: unknown, object: Lease) => answer(() => {
        if (this.lease) throw new StatusError(409, 'AlreadyExists', 'there is one');
        return put(object);
      }),
      update: (_type: unknown, object: Lease) => answer(() => {
        if (this.lease?.metadata?.resourceVersion !== object.metadata?.resourceVersion) throw new StatusError(409, 'Conflict', 'changed');
        return put(object);
      }),
    };
    return client as Client;
  }
}

function setup() {
  const clock = new FakeClock();
  const store = new OneLease();
  const leaders: string[] = [];
  const stand = (identity: string, line = { down: false }): Candidate => standForElection({
    client: store.client(line), clock, logger: createLogger('test', 'error'), name: 'kube-scheduler', identity,
    lead() {
      leaders.push(identity);
      assert.equal(leaders.length, 1, 'two lead at once');
      return () => { leaders.splice(leaders.indexOf(identity), 1); };
    },
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await new Promise(setImmediate);
      clock.advance(1000);
      await new Promise(setImmediate);
    }
  };
  return { store, leaders, stand, pass };
}

test('of two that stand at once one leads, for as long as it lives', async () => {
  const { leaders, stand, pass, store } = setup();
  stand('a');
  stand('b');
  await pass(1);
  assert.equal(leaders.length, 1);
  const [first] = leaders;
  await pass(120);
  assert.deepEqual(leaders, [first]);
  assert.equal(store.lease?.spec?.leaseTransitions, 0);
});

test('who cannot renew stops before the next one begins', async () => {
  const { leaders, stand, pass, store } = setup();
  const line = { down: false };
  stand('a', line);
  await pass(3);
  stand('b');
  await pass(5);
  assert.deepEqual(leaders, ['a']);
  line.down = true;
  await pass(12);
  assert.deepEqual(leaders, [], 'the deadline to renew is over, the lease is not');
  await pass(12);
  assert.deepEqual(leaders, ['b']);
  line.down = false;
  await pass(30);
  assert.deepEqual([leaders, store.lease?.spec?.leaseTransitions], [['b'], 1]);
});

test('who stops gives the lease up', async () => {
  const { leaders, stand, pass, store } = setup();
  const first = stand('a');
  await pass(1);
  stand('b');
  await pass(1);
  await first.stop();
  assert.deepEqual([leaders, store.lease?.spec?.holderIdentity], [[], '']);
  await pass(3);
  assert.deepEqual(leaders, ['b']);
});

test('a lease that another clock wrote runs out by ours', () => {
  const spec = { holderIdentity: 'b', leaseDurationSeconds: 15, renewTime: '2001-01-01T00:00:00.000000Z', leaseTransitions: 4 };
  assert.equal(claim({ spec, at: 1000 }, 'a', 0, 15_999), undefined);
  assert.equal(claim({ spec, at: 1000 }, 'a', 0, 16_000)?.leaseTransitions, 5);
});
