import { strict as assert } from 'node:assert';
import { sleep } from '../../../src/base/clock.ts';
import { openEtcdStorage } from '../../../src/storage/etcd/etcd-storage.ts';
import type { Storage, StoreEvent } from '../../../src/storage/storage.ts';
import type { EtcdMembers } from './members.ts';

const WRITERS = 8;
const PREFIX = '/load/';
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

export interface KillReport { kills: number; acknowledged: number; refused: number; events: number }

interface Write { key: string; counter: number; revision: number }

/** A watch that remembers what it was told. */
function record(storage: Storage, after: number): { told: StoreEvent[]; error: () => Error | undefined; stop: () => void } {
  const told: StoreEvent[] = [];
  let failure: Error | undefined;
  const stop = storage.watch(PREFIX, after, { events: (events) => { told.push(...events); }, ended: (error) => { failure = error; } });
  return { told, error: () => failure, stop };
}

/** Raises a counter in a key of its own with compare-and-swap until told to stop. */
async function writer(storage: Storage, key: string, acknowledged: Write[], refusals: Error[], isOver: () => boolean): Promise<void> {
  let expected = 0;
  for (let counter = 1; !isOver();) {
    try {
      const result = await storage.put(key, new TextEncoder().encode(String(counter)), { modRevision: expected });
      assert.ok(result.ok, `${key}: somebody else wrote ${!result.ok && result.current && text(result.current.value)}`);
      acknowledged.push({ key, counter, revision: result.revision });
      expected = result.revision;
      counter++;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      refusals.push(error as Error);
      // Nobody knows whether that write counts: go on from what stands there.
      const current = await storage.get(key).catch(() => undefined);
      if (current) {
        expected = current.modRevision;
        counter = Number(text(current.value)) + 1;
      }
    }
  }
}

/** Kills the leader of an etcd under writers and watches, and brings it back, so many times. Throws when anything is lost or told twice. */
export async function survivesKilledLeaders(cluster: EtcdMembers, kills: number): Promise<KillReport> {
  const options = { endpoints: cluster.endpoints, tls: cluster.tls };
  const storage = await openEtcdStorage(options);
  const other = await openEtcdStorage({ ...options, endpoints: [...cluster.endpoints].reverse() });
  const start = storage.revision();
  const watches = [record(storage, start), record(other, start)];
  const acknowledged: Write[] = [];
  const refusals: Error[] = [];
  let over = false;
  const writers = Promise.all(Array.from({ length: WRITERS }, (_, index) => writer(storage, `${PREFIX}${index}`, acknowledged, refusals, () => over)));
  try {
    for (let kill = 0; kill < kills; kill++) {
      await sleep(300);
      const leader = await cluster.leader();
      const before = acknowledged.length;
      await cluster.killMember(leader);
      // A watch from the past that begins while there may be no leader.
      watches.push(record(storage, start));
      for (let wait = 0; acknowledged.length < before + 50; wait++) {
        assert.ok(wait < 400, `no writes for 20 s after kill ${kill + 1}`);
        await sleep(50);
      }
      await cluster.startMember(leader);
    }
  } finally {
    over = true;
    await writers;
  }
  try {
    const history = await wholeHistory(cluster, start, storage);
    for (const watch of watches) {
      assert.equal(watch.error(), undefined);
      await caughtUp(watch.told, history);
      assert.deepEqual(watch.told.map(describeEvent), history.map(describeEvent));
    }
    const byRevision = new Map(history.map((event) => [event.entry.modRevision, event]));
    for (const { key, counter, revision } of acknowledged) {
      const event = byRevision.get(revision);
      assert.ok(event && event.entry.key === key && text(event.entry.value) === String(counter), `${key}=${counter}, acknowledged at ${revision}, is not there`);
    }
    return { kills, acknowledged: acknowledged.length, refused: refusals.length, events: history.length };
  } finally {
    await Promise.all([storage.close(), other.close()]);
  }
}

const describeEvent = ({ entry, previous, type }: StoreEvent): string => `${entry.modRevision} ${type} ${entry.key}=${text(entry.value)} was ${previous ? text(previous.value) : ''}`;

/** What etcd itself says has happened, to somebody who was not there. */
async function wholeHistory(cluster: EtcdMembers, start: number, writerStorage: Storage): Promise<StoreEvent[]> {
  const fresh = await openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls });
  try {
    const { entries } = await writerStorage.range({ prefix: PREFIX });
    const newest = Math.max(...entries.map((entry) => entry.modRevision));
    const watch = record(fresh, start);
    for (let wait = 0; watch.told.at(-1)?.entry.modRevision !== newest; wait++) {
      assert.ok(wait < 400, 'etcd does not tell its history');
      await sleep(25);
    }
    return watch.told;
  } finally {
    await fresh.close();
  }
}

async function caughtUp(told: StoreEvent[], history: StoreEvent[]): Promise<void> {
  for (let wait = 0; wait < 200 && told.at(-1)?.entry.modRevision !== history.at(-1)?.entry.modRevision; wait++) await sleep(25);
}
