import { strict as assert } from 'node:assert';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openLmdbStorage } from '../lmdb/lmdb-storage.ts';
import { openMemoryStorage } from '../memory/memory-storage.ts';
import { CompactedError, type Storage, type StoreEvent } from '../storage.ts';
import { MemoryTables } from '../memory/memory-tables.ts';
import { MvccStorage } from './mvcc-storage.ts';
import { systemClock } from '../../base/clock.ts';
import type { Commit } from './tables.ts';

/** A small generator of repeatable numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What a store must look like, kept the simplest way: one whole copy a revision. */
class Model {
  readonly states: Map<string, string>[] = [new Map(), new Map()];
  get revision(): number { return this.states.length - 1; }
  apply(change: (state: Map<string, string>) => void): void {
    const next = new Map(this.states.at(-1));
    change(next);
    this.states.push(next);
  }
  range(revision: number, prefix: string): string[] {
    return [...(this.states[revision] as Map<string, string>)].filter(([key]) => key.startsWith(prefix)).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function checkPast(storage: Storage, model: Model, random: () => number): Promise<void> {
  const revision = 1 + Math.floor(random() * model.revision);
  const prefix = ['/', '/a', '/a/', '/b/1'][Math.floor(random() * 4)] as string;
  if (revision < storage.compactedRevision()) {
    await assert.rejects(storage.range({ prefix, revision }), CompactedError);
    return;
  }
  const found: string[] = [];
  let startAfter: string | undefined;
  for (let more = true; more;) {
    const page = await storage.range({ prefix, revision, limit: 1 + Math.floor(random() * 4), ...(startAfter === undefined ? {} : { startAfter }) });
    found.push(...page.entries.map((entry) => `${entry.key}=${text(entry.value)}`));
    startAfter = page.entries.at(-1)?.key;
    more = page.more;
  }
  assert.deepEqual(found, model.range(revision, prefix), `at revision ${revision} under ${prefix}`);
}

async function play(storage: Storage, seed: number, steps: number): Promise<void> {
  const random = seeded(seed);
  const model = new Model();
  const seen: StoreEvent[] = [];
  const stop = storage.watch('/', 1, { events: (events) => seen.push(...events), ended: (error) => { throw error; } });
  for (let step = 0; step < steps; step++) {
    const key = `${random() < 0.5 ? '/a' : '/b'}/${Math.floor(random() * 12)}`;
    const action = random();
    if (action < 0.7) {
      const value = `${step}`;
      assert.ok((await storage.put(key, Buffer.from(value), {})).ok);
      model.apply((state) => state.set(key, value));
    } else if (action < 0.9) {
      const there = model.states.at(-1)?.has(key);
      assert.equal((await storage.delete(key, {})).ok, there);
      if (there) model.apply((state) => state.delete(key));
    } else if (action < 0.93) {
      await storage.compact(Math.max(storage.compactedRevision(), model.revision - Math.floor(random() * 20)));
    }
    assert.equal(storage.revision(), model.revision);
    await checkPast(storage, model, random);
  }
  stop();
  const replayed = new Map<string, string>();
  for (const { type, entry } of seen) {
    if (type === 'put') replayed.set(entry.key, text(entry.value));
    else replayed.delete(entry.key);
  }
  assert.deepEqual(replayed, model.states.at(-1));
  assert.deepEqual(seen.map((event) => event.entry.modRevision), Array.from({ length: model.revision - 1 }, (_, index) => index + 2));
}

describe('any history of writes and compactions', () => {
  for (const seed of [1, 2, 3]) {
    it(`reads as it was at every revision, in memory (seed ${seed})`, async () => {
      const storage = openMemoryStorage({ compactionMilliseconds: 0 });
      await play(storage, seed, 400);
      await storage.close();
    });
  }

  it('reads as it was at every revision, on disk', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'naru-mvcc-'));
    const storage = await openLmdbStorage(directory, { compactionMilliseconds: 0 });
    try {
      await play(storage, 4, 150);
    } finally {
      await storage.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe('a commit that fails', () => {
  class FullDisk extends MemoryTables {
    full = false;
    override async commit(commit: Commit): Promise<void> {
      if (this.full) throw new Error('no space left on device');
      await super.commit(commit);
    }
  }

  it('acknowledges nothing, ends watches, and takes no more', async () => {
    const tables = new FullDisk();
    const storage = new MvccStorage(tables, { clock: systemClock, compactionMilliseconds: 0 });
    let ended: Error | undefined;
    storage.watch('/', 1, { events: () => undefined, ended: (error) => { ended = error; } });
    await storage.put('/a', Buffer.from('1'), {});
    tables.full = true;
    await assert.rejects(Promise.all([storage.put('/a', Buffer.from('2'), {}), storage.put('/b', Buffer.from('2'), {})]), /no space left/);
    assert.ok(ended);
    tables.full = false;
    await assert.rejects(storage.put('/a', Buffer.from('3'), {}), /a commit failed/);
    await assert.rejects(storage.get('/a'), /a commit failed/);
  });
});
