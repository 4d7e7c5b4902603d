import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import { sleep } from '../../base/clock.ts';
import { openMemoryStorage } from '../memory/memory-storage.ts';
import { CompactedError, FutureRevisionError, type Storage } from '../storage.ts';
import { HubChange } from './cached-revision.ts';
import { ChangeRing } from './change-ring.ts';
import { createWatchHub, HubClosedError, TooOldError, type HubEvent, type HubOptions, type HubSink, type WatchHub } from './watch-hub.ts';

const PREFIX = '/registry/core/pods/';
const decode = (value: Uint8Array): KubernetesObject => JSON.parse(new TextDecoder().decode(value)) as KubernetesObject;

async function setup(options: Partial<HubOptions> = {}): Promise<{ storage: Storage; hub: WatchHub }> {
  const storage = openMemoryStorage({ compactionMilliseconds: 0 });
  const hub = createWatchHub(storage, PREFIX, { decode, ...options });
  await hub.ready();
  return { storage, hub };
}

function pod(path: string, labels: Record<string, string> = {}, nodeName = ''): [string, Uint8Array] {
  const [namespace, name] = path.split('/');
  return [PREFIX + path, new TextEncoder().encode(JSON.stringify({ metadata: { namespace, name, labels }, spec: { nodeName } }))];
}

async function put(storage: Storage, path: string, labels?: Record<string, string>, nodeName?: string): Promise<number> {
  const [key, value] = pod(path, labels, nodeName);
  const result = await storage.put(key, value, {});
  assert.ok(result.ok);
  return result.revision;
}

interface Recorder extends HubSink { log: string[]; error: Error | undefined; takes: boolean; batches: HubEvent[][] }
function recorder(): Recorder {
  return {
    log: [], error: undefined, takes: true, batches: [],
    events(events) {
      this.batches.push(events);
      for (const { type, cached } of events) this.log.push(`${type} ${cached.key.slice(PREFIX.length)}@${cached.object.metadata?.resourceVersion}`);
      return this.takes;
    },
    synced(revision) { this.log.push(`synced@${revision}`); },
    bookmark(revision) { this.log.push(`bookmark@${revision}`); },
    ended(error) { this.error = error; },
  };
}
const settle = (): Promise<void> => sleep(5);

describe('watch hub reads', () => {
  it('shows a write as soon as it is acknowledged, with its resource version', async () => {
    const { storage, hub } = await setup();
    const revision = await put(storage, 'default/web');
    assert.equal(hub.get(hub.key('default', 'web'))?.object.metadata?.resourceVersion, String(revision));
    assert.equal(hub.revision(), revision);
    await storage.delete(hub.key('default', 'web'), {});
    assert.equal(hub.get(hub.key('default', 'web')), undefined);
  });

  it('loads what was there before it', async () => {
    const storage = openMemoryStorage();
    await put(storage, 'b/1');
    await put(storage, 'a/1');
    const hub = createWatchHub(storage, PREFIX, { decode });
    assert.deepEqual((await hub.list()).objects.map((cached) => cached.key), [`${PREFIX}a/1`, `${PREFIX}b/1`]);
  });

  it('keeps its revision up with writes of other resources, but not its last change', async () => {
    const { storage, hub } = await setup();
    const mine = await put(storage, 'default/web');
    const other = await storage.put('/registry/core/nodes/n', new Uint8Array(), {});
    assert.ok(other.ok);
    assert.deepEqual([hub.revision(), hub.lastChange()], [other.revision, mine]);
    assert.equal(await hub.waitForRevision(other.revision), true);
    assert.equal(await hub.waitForRevision(other.revision + 1, 5), false);
  });

  it('lists in the order of the store, by namespace and by name', async () => {
    const { storage, hub } = await setup();
    for (const path of ['a/z', 'a-b/m', 'a/b', 'b/a']) await put(storage, path);
    const inStore = (await storage.range({ prefix: PREFIX })).entries.map((entry) => entry.key);
    assert.deepEqual((await hub.list()).objects.map((cached) => cached.key), inStore);
    assert.deepEqual((await hub.list({ namespace: 'a' })).objects.map((cached) => cached.key), [`${PREFIX}a/b`, `${PREFIX}a/z`]);
    assert.equal((await hub.list({ namespace: 'a', name: 'z' })).objects.length, 1);
    assert.equal((await hub.list({ namespace: 'none' })).objects.length, 0);
  });

  it('pages through one revision while objects change', async () => {
    const { storage, hub } = await setup();
    for (let index = 0; index < 5; index++) await put(storage, `default/${index}`);
    const first = await hub.list({ limit: 2 });
    assert.deepEqual([first.objects.length, first.more, first.remaining], [2, true, 3]);
    await put(storage, 'default/2', { changed: 'yes' });
    await storage.delete(hub.key('default', '3'), {});
    await put(storage, 'default/9');
    const rest = await hub.list({ revision: first.revision, startAfter: first.objects.at(-1)?.key as string });
    assert.deepEqual(rest.objects.map((cached) => cached.object.metadata?.name), ['2', '3', '4']);
    assert.deepEqual(rest.objects[0]?.object.metadata?.labels, {});
    assert.equal(rest.revision, first.revision);
    const second = await hub.list({ limit: 1, revision: first.revision, startAfter: first.objects.at(-1)?.key as string });
    assert.deepEqual([second.more, second.remaining], [true, 2]);
  });

  it('gives no remaining count with a filter, and says whether a match is left', async () => {
    const { storage, hub } = await setup();
    for (let index = 0; index < 6; index++) await put(storage, `default/${index}`, index % 2 ? { odd: '' } : {});
    const filter = (object: KubernetesObject): boolean => 'odd' in (object.metadata?.labels ?? {});
    const page = await hub.list({ limit: 2, filter });
    assert.deepEqual([page.objects.map((cached) => cached.object.metadata?.name), page.more, page.remaining], [['1', '3'], true, undefined]);
    const last = await hub.list({ limit: 2, filter, startAfter: page.objects.at(-1)?.key as string });
    assert.deepEqual([last.objects.length, last.more], [1, false]);
  });

  it('refuses the compacted past and the future', async () => {
    const { storage, hub } = await setup();
    for (let index = 0; index < 4; index++) await put(storage, 'default/web');
    await storage.compact(4);
    await assert.rejects(hub.list({ revision: 3 }), CompactedError);
    assert.equal((await hub.list({ revision: 4 })).objects.length, 1);
    await assert.rejects(hub.list({ revision: 99 }), FutureRevisionError);
  });

  it('refuses the compacted past also where nothing has changed since', async () => {
    const { storage, hub } = await setup();
    await put(storage, 'default/web');
    const { revision } = await hub.list();
    await storage.put('/registry/core/nodes/node1', new Uint8Array(1), {});
    await storage.compact(storage.revision());
    await assert.rejects(hub.list({ revision }), CompactedError);
  });

  it('encodes once a revision and format', async () => {
    const { storage, hub } = await setup();
    await put(storage, 'default/web');
    let made = 0;
    const make = (): Uint8Array => { made++; return new Uint8Array(1); };
    const cached = hub.get(hub.key('default', 'web'));
    assert.equal(cached?.encode('json', make), cached?.encode('json', make));
    cached?.encode('protobuf', make);
    assert.equal(made, 2);
  });

  it('takes a remembered object instead of decoding, without changing it', async () => {
    const { storage, hub } = await setup({ decode: () => { throw new Error('must not decode'); } });
    const [key, value] = pod('default/web');
    const object: KubernetesObject = { metadata: { name: 'web', resourceVersion: '1' }, kind: 'Pod' };
    hub.remember(value, object);
    await storage.put(key, value, {});
    assert.equal(hub.get(key)?.object.metadata?.resourceVersion, '2');
    assert.equal(object.metadata?.resourceVersion, '1');
  });
});

describe('watch hub watches', () => {
  it('delivers changes after a revision: backfill, then live', async () => {
    const { storage, hub } = await setup();
    const start = await put(storage, 'default/a');
    await put(storage, 'default/b');
    const sink = recorder();
    hub.watch({ start: { afterRevision: start }, sink });
    await put(storage, 'default/b', { x: 'y' });
    await storage.delete(hub.key('default', 'b'), {});
    assert.deepEqual(sink.log, ['ADDED default/b@3', 'MODIFIED default/b@4', 'DELETED default/b@5']);
  });

  it('starts with the state, says when that is complete, and misses nothing meanwhile', async () => {
    const { storage, hub } = await setup();
    for (let index = 0; index < 1200; index++) await put(storage, `default/${String(index).padStart(4, '0')}`);
    const sink = recorder();
    hub.watch({ start: 'state', sink });
    const later = await put(storage, 'default/new');
    for (let attempt = 0; attempt < 100 && sink.log.length < 1202; attempt++) await settle();
    assert.equal(sink.log.length, 1202);
    assert.equal(sink.log[1200], `synced@${later - 1}`);
    assert.equal(sink.log[1201], `ADDED default/new@${later}`);
  });

  it('turns leaving and entering a filter into DELETED and ADDED', async () => {
    const { storage, hub } = await setup();
    const sink = recorder();
    hub.watch({ start: 'state', filter: (object) => object.metadata?.labels?.['app'] === 'web', sink });
    await put(storage, 'default/a', { app: 'db' });
    await put(storage, 'default/a', { app: 'web' });
    await put(storage, 'default/a', { app: 'web', more: '1' });
    await put(storage, 'default/a', { app: 'db' });
    await storage.delete(hub.key('default', 'a'), {});
    assert.deepEqual(sink.log, ['synced@1', 'ADDED default/a@3', 'MODIFIED default/a@4', 'DELETED default/a@5']);
    assert.equal(sink.batches.at(-1)?.[0]?.cached.object.metadata?.labels?.['app'], 'web');
  });

  it('keeps to its namespace, its object, its index value', async () => {
    const { storage, hub } = await setup({ index: { field: 'spec.nodeName', value: (object) => (object['spec'] as { nodeName: string }).nodeName } });
    const [all, space, one, node] = [recorder(), recorder(), recorder(), recorder()];
    const start = { afterRevision: hub.revision() };
    hub.watch({ start, sink: all });
    hub.watch({ start, namespace: 'a', sink: space });
    hub.watch({ start, namespace: 'a', name: 'x', sink: one });
    hub.watch({ start, indexValue: 'node1', sink: node });
    await put(storage, 'a/x');
    await put(storage, 'a/y', {}, 'node1');
    await put(storage, 'aa/x');
    await put(storage, 'a/x', {}, 'node1');
    await put(storage, 'a/x', {}, 'node2');
    assert.equal(all.log.length, 5);
    assert.deepEqual(space.log, ['ADDED a/x@2', 'ADDED a/y@3', 'MODIFIED a/x@5', 'MODIFIED a/x@6']);
    assert.deepEqual(one.log, ['ADDED a/x@2', 'MODIFIED a/x@5', 'MODIFIED a/x@6']);
    assert.deepEqual(node.log, ['ADDED a/y@3', 'ADDED a/x@5', 'DELETED a/x@6']);
  });

  it('shares one object and its encoding between watchers', async () => {
    const { storage, hub } = await setup();
    const [first, second] = [recorder(), recorder()];
    for (const sink of [first, second]) hub.watch({ start: 'state', sink });
    await put(storage, 'default/a');
    await storage.delete(hub.key('default', 'a'), {});
    assert.equal(first.batches[0]?.[0]?.cached, second.batches[0]?.[0]?.cached);
    assert.equal(first.batches[1]?.[0]?.cached, second.batches[1]?.[0]?.cached);
  });

  it('holds still for a sink that refuses and goes on from the same place', async () => {
    const { storage, hub } = await setup();
    const sink = recorder();
    const watcher = hub.watch({ start: 'state', sink });
    await settle();
    sink.takes = false;
    await put(storage, 'default/a');
    await put(storage, 'default/b');
    await put(storage, 'default/c');
    assert.deepEqual(sink.log, ['synced@1', 'ADDED default/a@2']);
    assert.equal(watcher.revision(), 2);
    sink.takes = true;
    watcher.resume();
    await put(storage, 'default/d');
    assert.deepEqual(sink.log.slice(1), ['ADDED default/a@2', 'ADDED default/b@3', 'ADDED default/c@4', 'ADDED default/d@5']);
  });

  it('goes on from the history of the store where the ring has gone past a sink that refused', async () => {
    const { storage, hub } = await setup({ ringEvents: 3 });
    const sink = recorder();
    const watcher = hub.watch({ start: 'state', sink });
    await settle();
    sink.takes = false;
    for (let index = 0; index < 6; index++) await put(storage, `default/${index}`);
    assert.deepEqual(sink.log, ['synced@1', 'ADDED default/0@2']);
    sink.takes = true;
    watcher.resume();
    await put(storage, 'default/0', { x: 'y' });
    await settle();
    await storage.delete(hub.key('default', '0'), {});
    assert.deepEqual(sink.log.slice(2), [3, 4, 5, 6, 7].map((revision) => `ADDED default/${revision - 2}@${revision}`)
      .concat('MODIFIED default/0@8', 'DELETED default/0@9'));
  });

  it('ends a sink that was refused until the store was compacted past it with TooOldError', async () => {
    const { storage, hub } = await setup({ ringEvents: 3 });
    const sink = recorder();
    const watcher = hub.watch({ start: 'state', sink });
    await settle();
    sink.takes = false;
    for (let index = 0; index < 6; index++) await put(storage, `default/${index}`);
    await storage.compact(5);
    watcher.resume();
    assert.ok(sink.error instanceof TooOldError);
    assert.equal(sink.log.length, 2);
  });

  it('starts from before its own time out of the history of the store, with the filter applied', async () => {
    const storage = openMemoryStorage({ compactionMilliseconds: 0 });
    await put(storage, 'default/a', { app: 'web' });
    await put(storage, 'other/b', { app: 'web' });
    await put(storage, 'default/a', { app: 'db' });
    const hub = createWatchHub(storage, PREFIX, { decode });
    await hub.ready();
    const sink = recorder();
    hub.watch({ start: { afterRevision: 1 }, namespace: 'default', filter: (object) => object.metadata?.labels?.['app'] === 'web', sink });
    await settle();
    await put(storage, 'default/a', { app: 'web' });
    assert.deepEqual(sink.log, ['ADDED default/a@2', 'DELETED default/a@4', 'ADDED default/a@5']);
  });

  it('refuses a start that was compacted away', async () => {
    const { storage, hub } = await setup({ ringEvents: 2 });
    for (let index = 0; index < 6; index++) await put(storage, `default/${index}`);
    await storage.compact(5);
    const [tooOld, justRight] = [recorder(), recorder()];
    hub.watch({ start: { afterRevision: 4 }, sink: tooOld });
    hub.watch({ start: { afterRevision: 5 }, sink: justRight });
    await settle();
    assert.equal(tooOld.error?.message, 'too old resource version: 4 (5)');
    assert.deepEqual(justRight.log, ['ADDED default/4@6', 'ADDED default/5@7']);
  });

  it('drops what is old from the ring by number, bytes and age', () => {
    const change = (revision: number, at: number): HubChange => new HubChange(revision, at, 'k', undefined, undefined);
    const bounds = { events: 1000, bytes: 1_000_000, milliseconds: 1_000_000 };
    for (const [bound, oldest] of [[{ events: 3 }, 7], [{ bytes: 128 }, 8], [{ milliseconds: 40 }, 5]] as const) {
      const ring = new ChangeRing({ ...bounds, ...bound }, 0);
      for (let revision = 1; revision <= 10; revision++) ring.push(change(revision, revision * 10));
      assert.equal(ring.oldest, oldest);
      assert.equal(ring.after(oldest - 1, 10), undefined);
      assert.equal(ring.after(oldest, 10)?.length, 10 - oldest);
    }
  });

  it('tells the revision reached to those who want bookmarks', async () => {
    const { storage, hub } = await setup({ bookmarkMilliseconds: 20 });
    const [wants, not] = [recorder(), recorder()];
    hub.watch({ start: 'state', bookmarks: true, sink: wants });
    hub.watch({ start: 'state', sink: not });
    await storage.put('/registry/core/nodes/n', new Uint8Array(), {});
    for (let attempt = 0; attempt < 200 && wants.log.length < 3; attempt++) await sleep(5);
    assert.deepEqual([wants.log[0], wants.log.at(-1)], ['synced@1', 'bookmark@2']);
    assert.deepEqual(not.log, ['synced@1']);
  });

  it('is silent after stop, also when stopped by its own sink', async () => {
    const { storage, hub } = await setup();
    const sink = recorder();
    const watcher = hub.watch({ start: 'state', sink: { ...sink, events: () => { watcher.stop(); sink.log.push('one'); return true; } } });
    await settle();
    await put(storage, 'default/a');
    await put(storage, 'default/b');
    assert.deepEqual(sink.log, ['synced@1', 'one']);
  });

  it('ends its watchers when it closes and when the store does', async () => {
    const first = await setup();
    const second = await setup();
    const [a, b] = [recorder(), recorder()];
    first.hub.watch({ start: 'state', sink: a });
    second.hub.watch({ start: 'state', sink: b });
    await settle();
    first.hub.close();
    await second.storage.close();
    assert.ok(a.error instanceof HubClosedError);
    assert.ok(b.error instanceof HubClosedError);
  });

  it('leaves out an object that cannot be decoded', async () => {
    const { storage, hub } = await setup();
    const sink = recorder();
    hub.watch({ start: 'state', sink });
    await storage.put(hub.key('default', 'bad'), new TextEncoder().encode('{'), {});
    await put(storage, 'default/good');
    assert.equal(hub.size(), 1);
    assert.deepEqual(sink.log, ['synced@1', 'ADDED default/good@3']);
  });

  it('starts its watchers anew when the store watch breaks off', async () => {
    const storage = openMemoryStorage({ compactionMilliseconds: 0 });
    let breakOff: ((error: Error) => void) | undefined;
    const breakable = Object.assign(Object.create(storage) as Storage, {
      watch: ((prefix, after, sink) => { breakOff ??= (error) => sink.ended(error); return storage.watch(prefix, after, sink); }) as Storage['watch'],
    });
    const hub = createWatchHub(breakable, PREFIX, {
      decode, clock: { now: () => 0, monotonic: () => 0, after: (_, callback) => { queueMicrotask(callback); return { cancel() {} }; } },
    });
    await hub.ready();
    const sink = recorder();
    hub.watch({ start: 'state', sink });
    await settle();
    breakOff?.(new CompactedError(1));
    assert.ok(sink.error instanceof HubClosedError);
    await hub.ready();
    await put(storage, 'default/a');
    assert.equal(hub.size(), 1);
  });
});
