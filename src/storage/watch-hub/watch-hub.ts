import type { KubernetesObject } from '../../api/object.ts';
import { systemClock, type Clock, type Timer } from '../../base/clock.ts';
import { CompactedError, FutureRevisionError, StorageClosedError, type Entry, type Storage, type StoreEvent } from '../storage.ts';
import { CachedRevision, HubChange, UnreadableRevision, withRevision } from './cached-revision.ts';
import { ChangeRing } from './change-ring.ts';
import { ObjectCache } from './object-cache.ts';
import {
  HubClosedError, TooOldError, type CachedObject, type HubList, type HubListOptions, type HubOptions, type HubScope, type HubWatcher,
  type HubWatchOptions, type WatchHub,
} from './types.ts';
import { Watcher, type HistoryReader, type WatcherSource } from './watcher.ts';
import { WatcherIndex } from './watcher-index.ts';

export * from './types.ts';

const LOAD_PAGE = 2000;
const RELOAD_MILLISECONDS = 1000;
const DEFAULT_WAIT_MILLISECONDS = 3000;

/** A hub for the resource stored under `prefix`, which ends in a slash: `/registry/core/pods/`. Starts to load at once. */
export function createWatchHub(storage: Storage, prefix: string, options: HubOptions): WatchHub {
  return new Hub(storage, prefix, options);
}

class Hub implements WatchHub {
  readonly prefix: string;
  private readonly storage: Storage;
  private readonly options: HubOptions;
  private readonly clock: Clock;
  private readonly cache: ObjectCache;
  private readonly ring: ChangeRing;
  private readonly watchers = new WatcherIndex();
  private readonly source: WatcherSource;
  private readonly remembered = new WeakMap<Uint8Array, KubernetesObject>();
  private waiters: { revision: number; resolve(reached: boolean): void; timer: Timer }[] = [];
  private loaded: Promise<void>;
  private stopStoreWatch: (() => void) | undefined;
  private bookmarkTimer: Timer | undefined;
  private current = 0;
  private changed = 0;
  private closed = false;

  constructor(storage: Storage, prefix: string, options: HubOptions) {
    this.storage = storage;
    this.prefix = prefix;
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.cache = new ObjectCache(prefix);
    this.ring = new ChangeRing({
      events: options.ringEvents ?? 1024, bytes: options.ringBytes ?? 4 * 1024 * 1024, milliseconds: options.ringMilliseconds ?? 150_000,
    }, 0);
    this.source = {
      prefix,
      revision: () => this.current,
      changesAfter: (revision, limit) => this.ring.after(revision, limit),
      oldestRevision: () => this.storage.compactedRevision(),
      history: (after, reader) => this.history(after, reader),
      indexValue: (object) => this.options.index?.value(object) ?? '',
      detach: (watcher) => this.watchers.remove(watcher),
    };
    this.loaded = this.load();
    this.loaded.catch((error: Error) => this.storeWatchEnded(error));
  }

  ready(): Promise<void> { return this.loaded; }
  revision(): number { return this.current; }
  lastChange(): number { return this.changed; }
  size(): number { return this.cache.size; }
  get(key: string): CachedObject | undefined { return this.cache.get(key); }
  values(scope: HubScope = {}): Iterable<CachedObject> { return this.cache.values(scope); }
  remember(value: Uint8Array, object: KubernetesObject): void { this.remembered.set(value, object); }

  key(namespace: string | undefined, name: string): string {
    return this.prefix + (namespace ? `${namespace}/` : '') + name;
  }

  waitForRevision(revision: number, timeoutMilliseconds = DEFAULT_WAIT_MILLISECONDS): Promise<boolean> {
    if (this.current >= revision) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = this.clock.after(timeoutMilliseconds, () => {
        this.waiters = this.waiters.filter((waiter) => waiter.timer !== timer);
        resolve(false);
      });
      this.waiters.push({ revision, resolve, timer });
    });
  }

  async list(options: HubListOptions = {}): Promise<HubList> {
    await this.loaded;
    const revision = options.revision ?? this.current;
    if (revision > this.current) throw new FutureRevisionError(`revision ${revision} is ahead of ${this.current}`);
    // Even where memory still has it: a page must not outlive what its clients may count on.
    const compacted = this.storage.compactedRevision();
    if (options.revision !== undefined && revision < compacted) throw new CompactedError(compacted);
    return revision >= this.changed ? this.listMemory(options, revision) : this.listPast(options, revision);
  }

  watch(options: HubWatchOptions): HubWatcher {
    let watcher: Watcher;
    if (options.start === 'state') {
      const state: CachedRevision[] = [];
      for (const cached of this.cache.values(options)) if (this.selects(options, cached.object)) state.push(cached);
      watcher = new Watcher(this.source, options, state, this.current);
    } else {
      watcher = new Watcher(this.source, options, undefined, options.start.afterRevision);
    }
    if (this.closed) queueMicrotask(() => watcher.end(new HubClosedError('the hub is closed')));
    else this.watchers.add(watcher);
    if (options.bookmarks) this.planBookmarks();
    return watcher;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.stopStoreWatch?.();
    this.bookmarkTimer?.cancel();
    this.endWatchers(new HubClosedError('the hub was closed'));
    for (const waiter of this.waiters.splice(0)) {
      waiter.timer.cancel();
      waiter.resolve(false);
    }
  }

  private selects(options: HubWatchOptions, object: KubernetesObject): boolean {
    return (options.indexValue === undefined || this.source.indexValue(object) === options.indexValue)
      && (options.filter === undefined || options.filter(object));
  }

  private listMemory(options: HubListOptions, revision: number): HubList {
    const limit = options.limit && options.limit > 0 ? options.limit : Infinity;
    const objects: CachedObject[] = [];
    for (const cached of this.cache.values(options, options.startAfter)) {
      // As upstream's, a full page is not the last one while anything is left, whether it will be taken or not.
      if (objects.length === limit) return { objects, revision, more: true, ...this.remaining(options, objects) };
      if (options.filter && !options.filter(cached.object)) continue;
      objects.push(cached);
    }
    return { objects, revision, more: false };
  }

  private remaining(options: HubListOptions, page: CachedObject[]): { remaining?: number } {
    if (options.filter) return {};
    return { remaining: this.cache.count(options, options.startAfter) - page.length };
  }

  /** What is left after a page of the past, counted in the present: an estimate, as clients are told it is. */
  private remainingNow(options: HubListOptions, page: CachedObject[]): { remaining?: number } {
    if (options.filter) return {};
    return { remaining: Math.max(1, this.cache.count(options, page.at(-1)?.key)) };
  }

  private async listPast(options: HubListOptions, revision: number): Promise<HubList> {
    const limit = options.limit && options.limit > 0 ? options.limit : Infinity;
    const prefix = this.prefix + (options.namespace === undefined ? '' : `${options.namespace}/`) + (options.name ?? '');
    const objects: CachedObject[] = [];
    let startAfter = options.startAfter;
    for (;;) {
      const page = await this.storage.range({ prefix, revision, limit: LOAD_PAGE, ...(startAfter === undefined ? {} : { startAfter }) });
      for (const entry of page.entries) {
        if (options.name !== undefined && entry.key !== prefix) continue;
        const cached = this.decode(entry);
        if (!cached) continue;
        if (objects.length === limit) return { objects, revision, more: true, ...this.remainingNow(options, objects) };
        if (options.filter && !options.filter(cached.object)) continue;
        objects.push(cached);
      }
      startAfter = page.entries.at(-1)?.key;
      if (!page.more) return { objects, revision, more: false };
    }
  }

  private async load(): Promise<void> {
    let startAfter: string | undefined;
    let revision: number | undefined;
    const found: CachedRevision[] = [];
    for (let more = true; more;) {
      const page = await this.storage.range({
        prefix: this.prefix, limit: LOAD_PAGE, ...(startAfter === undefined ? {} : { startAfter }), ...(revision === undefined ? {} : { revision }),
      });
      for (const entry of page.entries) {
        const cached = this.decode(entry);
        if (cached) found.push(cached);
      }
      ({ revision, more } = page);
      startAfter = page.entries.at(-1)?.key;
    }
    const loadedRevision = revision as number;
    // Until here, who does not wait for `ready` has seen what was there before.
    this.cache.clear();
    for (const cached of found) this.cache.set(cached);
    this.current = loadedRevision;
    this.changed = loadedRevision;
    this.ring.reset(loadedRevision);
    if (this.closed) return;
    await new Promise<void>((resolve, reject) => {
      let caughtUp = false;
      this.stopStoreWatch = this.storage.watch(this.prefix, loadedRevision, {
        events: (events) => this.apply(events),
        progress: (progressed) => { caughtUp = true; this.advance(progressed); resolve(); },
        ended: (error) => { if (caughtUp) this.storeWatchEnded(error); else reject(error); },
      });
    });
  }

  /** The store's watch broke off, so there may be a gap: everybody starts anew. */
  private storeWatchEnded(error: Error): void {
    if (this.closed) return;
    this.options.logger?.warn('store watch ended', { prefix: this.prefix, error });
    if (error instanceof StorageClosedError) return this.close();
    this.endWatchers(new HubClosedError(`the store watch ended: ${error.message}`));
    this.loaded = new Promise<void>((resolve) => { this.clock.after(RELOAD_MILLISECONDS, resolve); }).then(() => this.load());
    this.loaded.catch((failure: Error) => this.storeWatchEnded(failure));
  }

  private endWatchers(error: Error): void {
    for (const watcher of [...this.watchers.all]) watcher.end(error);
  }

  private decode(entry: Entry): CachedRevision | undefined {
    const { key, value, modRevision } = entry;
    if (entry.unreadable) {
      this.options.logger?.error('stored object cannot be decrypted', { error: entry.unreadable.message });
      return new UnreadableRevision(key, entry.unreadable, modRevision, value.length);
    }
    try {
      const known = this.remembered.get(value);
      const object = known ? withRevision(known, modRevision) : this.options.decode(value, key);
      if (!known) (object.metadata ??= {}).resourceVersion = String(modRevision);
      return new CachedRevision(key, object, modRevision, value.length, entry.stale);
    } catch (error) {
      this.options.logger?.error('stored object cannot be decoded', { key, modRevision, error });
      return undefined;
    }
  }

  private apply(events: StoreEvent[]): void {
    const now = this.clock.now();
    const changes: HubChange[] = [];
    for (const { type, entry } of events) {
      const previous = this.cache.get(entry.key);
      const current = type === 'put' ? this.decode(entry) : undefined;
      if (current) this.cache.set(current);
      else this.cache.delete(entry.key);
      this.current = entry.modRevision;
      this.changed = entry.modRevision;
      if (!current && !previous) continue;
      const change = new HubChange(entry.modRevision, now, entry.key, current, previous);
      this.ring.push(change);
      changes.push(change);
    }
    if (changes.length > 0) this.watchers.dispatch(changes, this.source);
  }

  private history(after: number, reader: HistoryReader): () => void {
    const now = this.clock.now();
    return this.storage.watch(this.prefix, after, {
      events: (events) => reader.changes(events.map(({ type, entry, previous }) =>
        new HubChange(entry.modRevision, now, entry.key, type === 'put' ? this.decode(entry) : undefined, previous && this.decode(previous)))),
      progress: (revision) => reader.caughtUp(revision),
      ended: (error) => reader.ended(error instanceof CompactedError ? new TooOldError(after, error.compactedRevision) : error),
    });
  }

  private advance(revision: number): void {
    if (revision > this.current) this.current = revision;
    if (this.waiters.length === 0) return;
    const reached = this.waiters.filter((waiter) => waiter.revision <= this.current);
    this.waiters = this.waiters.filter((waiter) => waiter.revision > this.current);
    for (const waiter of reached) {
      waiter.timer.cancel();
      waiter.resolve(true);
    }
  }

  private planBookmarks(): void {
    if (this.bookmarkTimer || this.closed) return;
    this.bookmarkTimer = this.clock.after(this.options.bookmarkMilliseconds ?? 60_000, () => {
      this.bookmarkTimer = undefined;
      this.ring.dropOld(this.clock.now());
      for (const watcher of [...this.watchers.all]) watcher.bookmark();
      for (const watcher of this.watchers.all) if (watcher.options.bookmarks) return this.planBookmarks();
    });
  }
}
