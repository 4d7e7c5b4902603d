import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sleep, systemClock } from '../base/clock.ts';
import { CompactedError, FutureRevisionError, type Storage, type StoreEvent, type WatchSink } from './storage.ts';

export interface ConformanceBackend {
  /** A store of its own, empty. */
  open(): Promise<Storage>;
  /** Opens again what was closed; absent for backends that keep nothing. */
  reopen?(): Promise<Storage>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

interface Recorder extends WatchSink { seen: StoreEvent[]; error: Error | undefined; progressed: number }

function recorder(onEvents?: () => void): Recorder {
  return {
    seen: [], error: undefined, progressed: 0,
    events(events) { this.seen.push(...events); onEvents?.(); },
    ended(error) { this.error = error; },
    progress(revision) { this.progressed = revision; },
  };
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1000 && !condition(); attempt++) await sleep(5);
  assert.ok(condition(), 'condition did not come true');
}

async function write(storage: Storage, key: string, value: string): Promise<number> {
  const result = await storage.put(key, bytes(value), {});
  assert.ok(result.ok);
  return result.revision;
}

async function remove(storage: Storage, key: string): Promise<number> {
  const result = await storage.delete(key, {});
  assert.ok(result.ok);
  return result.revision;
}

const describeEvent = (event: StoreEvent): string =>
  `${event.entry.modRevision} ${event.type} ${event.entry.key}=${text(event.entry.value)}${event.previous ? ` was ${text(event.previous.value)}` : ''}`;

/** What every backend of `Storage` must do. Call it from a test file of the backend. */
export function storageConformance(name: string, makeBackend: () => Promise<ConformanceBackend>): void {
  describe(`${name} storage`, () => {
    let backend: ConformanceBackend;
    let storage: Storage;
    beforeEach(async () => { backend = await makeBackend(); storage = await backend.open(); });
    afterEach(async () => { await storage.close(); });

    describe('writes', () => {
      it('starts at revision 1 and counts every write of every key', async () => {
        assert.equal(storage.revision(), 1);
        assert.equal(await write(storage, '/a', '1'), 2);
        assert.equal(await write(storage, '/b', '1'), 3);
        assert.equal(await remove(storage, '/a'), 4);
        assert.equal(storage.revision(), 4);
      });

      it('keeps the create revision over updates and takes a new one after a deletion', async () => {
        await write(storage, '/a', '1');
        await write(storage, '/a', '2');
        assert.deepEqual({ ...(await storage.get('/a')), value: undefined }, { key: '/a', value: undefined, createRevision: 2, modRevision: 3 });
        await remove(storage, '/a');
        assert.equal(await storage.get('/a'), undefined);
        await write(storage, '/a', '3');
        assert.equal((await storage.get('/a'))?.createRevision, 5);
      });

      it('creates only where nothing is', async () => {
        const first = await storage.put('/a', bytes('1'), { modRevision: 0 });
        assert.ok(first.ok && first.previous === undefined);
        const second = await storage.put('/a', bytes('2'), { modRevision: 0 });
        assert.ok(!second.ok);
        assert.equal(text(second.current?.value as Uint8Array), '1');
        assert.equal(storage.revision(), 2);
      });

      it('updates and deletes only from the expected revision', async () => {
        const revision = await write(storage, '/a', '1');
        const update = await storage.put('/a', bytes('2'), { modRevision: revision });
        assert.ok(update.ok);
        assert.equal(text(update.previous?.value as Uint8Array), '1');
        assert.equal((await storage.put('/a', bytes('3'), { modRevision: revision })).ok, false);
        assert.equal((await storage.delete('/a', { modRevision: revision })).ok, false);
        assert.ok((await storage.delete('/a', { modRevision: update.revision })).ok);
      });

      it('refuses to update or delete what is not there', async () => {
        assert.deepEqual(await storage.put('/a', bytes('1'), { modRevision: 7 }), { ok: false });
        assert.deepEqual(await storage.delete('/a', {}), { ok: false });
        assert.equal(storage.revision(), 1);
      });

      it('lets exactly one of many concurrent creators win', async () => {
        const results = await Promise.all(Array.from({ length: 50 }, (_, index) => storage.put('/a', bytes(String(index)), { modRevision: 0 })));
        assert.equal(results.filter((result) => result.ok).length, 1);
        for (const result of results) if (!result.ok) assert.ok(result.current);
      });

      it('loses no increment of concurrent writers that retry', async () => {
        await write(storage, '/counter', '0');
        await Promise.all(Array.from({ length: 10 }, async () => {
          for (let done = 0; done < 10;) {
            const current = await storage.get('/counter');
            assert.ok(current);
            const next = String(Number(text(current.value)) + 1);
            if ((await storage.put('/counter', bytes(next), { modRevision: current.modRevision })).ok) done++;
          }
        }));
        assert.equal(text((await storage.get('/counter'))?.value as Uint8Array), '100');
      });

      it('shows a refused writer what refused it', async () => {
        const outcomes = await Promise.all(['1', '2'].map(async (value) => {
          const result = await storage.put('/a', bytes(value), { modRevision: 0 });
          if (!result.ok) assert.equal((await storage.get('/a'))?.modRevision, result.current?.modRevision);
          return result.ok;
        }));
        assert.deepEqual(outcomes.sort(), [false, true]);
      });

      it('keeps values of any size and bytes, and keys of any text', async () => {
        const large = new Uint8Array(1_500_000).map((_, index) => index % 251);
        await storage.put('/registry/größe/\u{1F600}', large, {});
        await storage.put('/registry/empty', new Uint8Array(0), {});
        assert.deepEqual(Buffer.from((await storage.get('/registry/größe/\u{1F600}'))?.value as Uint8Array), Buffer.from(large));
        assert.equal((await storage.get('/registry/empty'))?.value.length, 0);
        assert.equal((await storage.range({ prefix: '/registry/' })).entries.length, 2);
      });
    });

    describe('ranges', () => {
      const keys = (entries: { key: string }[]): string[] => entries.map((entry) => entry.key);

      it('lists what is under the prefix in key order and nothing else', async () => {
        for (const key of ['/p/b', '/p/a', '/p/a-b/x', '/p/a/x', '/pa', '/o/z']) await write(storage, key, key);
        const result = await storage.range({ prefix: '/p/' });
        assert.deepEqual(keys(result.entries), ['/p/a', '/p/a-b/x', '/p/a/x', '/p/b']);
        assert.deepEqual([result.more, result.revision], [false, 7]);
      });

      it('answers in pages that go on after a key', async () => {
        for (let index = 0; index < 7; index++) await write(storage, `/p/${index}`, 'x');
        const first = await storage.range({ prefix: '/p/', limit: 3 });
        assert.deepEqual([keys(first.entries), first.more], [['/p/0', '/p/1', '/p/2'], true]);
        const second = await storage.range({ prefix: '/p/', limit: 4, startAfter: '/p/2' });
        assert.deepEqual([keys(second.entries), second.more], [['/p/3', '/p/4', '/p/5', '/p/6'], false]);
      });

      it('reads the past as it was, page by page', async () => {
        await write(storage, '/p/a', 'a1');
        await write(storage, '/p/b', 'b1');
        const then = await write(storage, '/p/c', 'c1');
        await write(storage, '/p/a', 'a2');
        await remove(storage, '/p/b');
        await write(storage, '/p/aa', 'new');
        const past = await storage.range({ prefix: '/p/', revision: then, limit: 2 });
        assert.deepEqual(past.entries.map((entry) => text(entry.value)), ['a1', 'b1']);
        assert.deepEqual([past.more, past.revision], [true, then]);
        const rest = await storage.range({ prefix: '/p/', revision: then, startAfter: '/p/b' });
        assert.deepEqual(rest.entries.map((entry) => text(entry.value)), ['c1']);
        assert.deepEqual((await storage.range({ prefix: '/p/' })).entries.map((entry) => text(entry.value)), ['a2', 'new', 'c1']);
      });

      it('refuses a revision that is not there yet', async () => {
        await assert.rejects(storage.range({ prefix: '/', revision: 99 }), FutureRevisionError);
      });
    });

    describe('watches', () => {
      it('tells creation, update and deletion with what was there before', async () => {
        const sink = recorder();
        storage.watch('/p/', storage.revision(), sink);
        await write(storage, '/p/a', '1');
        await write(storage, '/p/a', '2');
        await write(storage, '/q/a', 'other');
        await remove(storage, '/p/a');
        await until(() => sink.seen.length === 3);
        assert.deepEqual(sink.seen.map(describeEvent), ['2 put /p/a=1', '3 put /p/a=2 was 1', '5 delete /p/a=2 was 2']);
      });

      it('has delivered an event before the write resolves, once caught up', async () => {
        const sink = recorder();
        storage.watch('/p/', storage.revision(), sink);
        await until(() => sink.progressed > 0);
        for (let index = 0; index < 20; index++) {
          const revision = await write(storage, '/p/a', String(index));
          assert.equal(sink.seen.at(-1)?.entry.modRevision, revision);
          assert.ok(sink.progressed >= revision);
        }
      });

      it('tells progress when others write', async () => {
        const sink = recorder();
        storage.watch('/p/', storage.revision(), sink);
        await until(() => sink.progressed > 0);
        const revision = await write(storage, '/elsewhere', 'x');
        await until(() => sink.progressed >= revision);
        assert.equal(sink.seen.length, 0);
      });

      it('goes on from the past without a gap or a double while writers are busy', async () => {
        for (let index = 0; index < 1500; index += 50) {
          await Promise.all(Array.from({ length: 50 }, (_, offset) => write(storage, `/p/${index + offset}`, 'x')));
        }
        const sink = recorder();
        storage.watch('/p/', 500, sink);
        const busy = Array.from({ length: 200 }, async (_, index) => { await sleep(index % 20); await write(storage, `/p/${index}`, 'y'); });
        await Promise.all(busy);
        await until(() => sink.seen.at(-1)?.entry.modRevision === storage.revision());
        const expected = Array.from({ length: storage.revision() - 500 }, (_, index) => 501 + index);
        assert.deepEqual(sink.seen.map((event) => event.entry.modRevision), expected);
      });

      it('serves a slow sink completely and does not let it hold up writes of others', async () => {
        const slow = recorder(() => { const end = systemClock.monotonic() + 2; while (systemClock.monotonic() < end) { /* busy on purpose */ } });
        const quick = recorder();
        storage.watch('/p/', storage.revision(), slow);
        storage.watch('/p/', storage.revision(), quick);
        await Promise.all(Array.from({ length: 100 }, (_, index) => write(storage, `/p/${index}`, 'x')));
        await until(() => slow.seen.length === 100 && quick.seen.length === 100);
        assert.deepEqual(slow.seen.map(describeEvent), quick.seen.map(describeEvent));
      });

      it('ends a sink that throws, and only that one', async () => {
        const bad = recorder(() => { throw new Error('sink is broken'); });
        const good = recorder();
        storage.watch('/', storage.revision(), bad);
        storage.watch('/', storage.revision(), good);
        await write(storage, '/a', '1');
        await write(storage, '/a', '2');
        await until(() => good.seen.length === 2);
        assert.match(String(bad.error), /sink is broken/);
        assert.equal(bad.seen.length, 1);
      });

      it('waits for a revision that is still to come', async () => {
        const sink = recorder();
        storage.watch('/', 3, sink);
        for (let index = 0; index < 4; index++) await write(storage, '/a', String(index));
        await until(() => sink.seen.length === 2);
        assert.deepEqual(sink.seen.map((event) => event.entry.modRevision), [4, 5]);
      });

      it('is silent after it was stopped', async () => {
        const sink = recorder();
        const stop = storage.watch('/', storage.revision(), sink);
        await write(storage, '/a', '1');
        await until(() => sink.seen.length === 1);
        stop();
        await write(storage, '/a', '2');
        await sleep(10);
        assert.deepEqual([sink.seen.length, sink.error], [1, undefined]);
      });

      it('ends when the store closes', async () => {
        const sink = recorder();
        storage.watch('/', storage.revision(), sink);
        await storage.close();
        await until(() => sink.error !== undefined);
      });
    });

    describe('compaction', () => {
      it('keeps the present and the past from the compacted revision on', async () => {
        await write(storage, '/a', 'a1');
        await write(storage, '/gone', 'x');
        await write(storage, '/a', 'a2');
        await remove(storage, '/gone');
        const at = await write(storage, '/b', 'b1');
        await write(storage, '/a', 'a3');
        await remove(storage, '/b');
        await storage.compact(at);
        assert.equal(storage.compactedRevision(), at);
        const past = await storage.range({ prefix: '/', revision: at });
        assert.deepEqual(past.entries.map((entry) => text(entry.value)), ['a2', 'b1']);
        await assert.rejects(storage.range({ prefix: '/', revision: at - 1 }), CompactedError);
        const sink = recorder();
        storage.watch('/', at, sink);
        await until(() => sink.seen.length === 2);
        assert.deepEqual(sink.seen.map(describeEvent), ['7 put /a=a3 was a2', '8 delete /b=b1 was b1']);
      });

      it('ends a watch from before it with the compacted revision', async () => {
        for (let index = 0; index < 5; index++) await write(storage, '/a', String(index));
        await storage.compact(4);
        const sink = recorder();
        storage.watch('/', 3, sink);
        await until(() => sink.error !== undefined);
        assert.ok(sink.error instanceof CompactedError);
        assert.equal(sink.error.compactedRevision, 4);
        assert.equal(sink.seen.length, 0);
      });

      it('does not touch a live watch', async () => {
        const sink = recorder();
        storage.watch('/', storage.revision(), sink);
        for (let index = 0; index < 5; index++) await write(storage, '/a', String(index));
        await storage.compact(storage.revision());
        await write(storage, '/a', 'last');
        await until(() => sink.seen.length === 6);
        assert.equal(sink.error, undefined);
      });

      it('never takes a revision back, also when everything is deleted', async () => {
        await write(storage, '/a', '1');
        await remove(storage, '/a');
        await storage.compact(3);
        if (backend.reopen) { await storage.close(); storage = await backend.reopen(); }
        assert.equal(storage.revision(), 3);
        assert.equal(await write(storage, '/a', '2'), 4);
        assert.equal((await storage.get('/a'))?.createRevision, 4);
      });

      it('cleans up a long history while writers go on', async () => {
        for (let round = 0; round < 30; round++) {
          await Promise.all(Array.from({ length: 50 }, (_, index) => write(storage, `/p/${index}`, String(round))));
        }
        const writers = Promise.all(Array.from({ length: 50 }, (_, index) => write(storage, `/p/${index}`, 'new')));
        await storage.compact(storage.revision());
        await writers;
        const { entries } = await storage.range({ prefix: '/p/' });
        assert.equal(entries.length, 50);
        assert.ok(entries.every((entry) => text(entry.value) === 'new'));
      });

      it('refuses the future', async () => {
        await assert.rejects(storage.compact(9), FutureRevisionError);
      });
    });

    describe('leases', () => {
      it('deletes a key after its time and tells watchers', async () => {
        const sink = recorder();
        storage.watch('/', storage.revision(), sink);
        await storage.put('/short', bytes('1'), {}, 30);
        await write(storage, '/long', '1');
        await until(() => sink.seen.some((event) => event.type === 'delete'));
        assert.equal(await storage.get('/short'), undefined);
        assert.ok(await storage.get('/long'));
      });

      it('is prolonged by a later write and dropped by one without a lease', async () => {
        await storage.put('/prolonged', bytes('1'), {}, 20);
        await storage.put('/prolonged', bytes('2'), {}, 60_000);
        await storage.put('/kept', bytes('1'), {}, 20);
        await storage.put('/kept', bytes('2'), {});
        await storage.put('/marker', bytes('1'), {}, 40);
        const sink = recorder();
        storage.watch('/marker', storage.revision(), sink);
        await until(() => sink.seen.length === 1);
        assert.ok((await storage.get('/prolonged'))?.expiresAt);
        assert.equal((await storage.get('/kept'))?.expiresAt, undefined);
      });
    });

    describe('reopening', () => {
      it('keeps entries, history, revisions and leases', async (context) => {
        if (!backend.reopen) return context.skip('this backend keeps nothing');
        await write(storage, '/a', '1');
        const then = await write(storage, '/b', '1');
        await write(storage, '/a', '2');
        await storage.put('/leased', bytes('x'), {}, 80);
        await storage.close();
        storage = await backend.reopen();
        assert.equal(storage.revision(), 5);
        assert.equal(text((await storage.get('/a'))?.value as Uint8Array), '2');
        const past = await storage.range({ prefix: '/', revision: then });
        assert.deepEqual(past.entries.map((entry) => text(entry.value)), ['1', '1']);
        const sink = recorder();
        storage.watch('/', then, sink);
        await until(() => sink.seen.length === 3);
        assert.equal(sink.seen.at(-1)?.type, 'delete');
        assert.equal(sink.seen.at(-1)?.entry.key, '/leased');
      });

      it('takes no more reads or writes once closed', async () => {
        await storage.close();
        await assert.rejects(storage.get('/a'));
        await assert.rejects(storage.put('/a', bytes('1'), {}));
      });
    });
  });
}
