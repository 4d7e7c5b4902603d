import type { KubernetesObject } from '../../api/object.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { UnreadableError } from '../storage.ts';

/**
 * One revision of one object, shared by every reader: never change `object`. Its `metadata.resourceVersion` is
 * `modRevision`. Encodings are made once: `encode('json', make)` calls `make` only the first time for that format.
 */
export interface CachedObject {
  readonly key: string;
  readonly object: KubernetesObject;
  readonly modRevision: number;
  /** It is encrypted otherwise than it would be today: a write is worth it even when nothing else changes. */
  readonly stale?: boolean;
  /** It cannot be decrypted: `object` throws this. */
  readonly unreadable?: UnreadableError;
  encode(format: string, make: (object: KubernetesObject) => Uint8Array): Uint8Array;
}

/** What happened, as one watcher sees it (its filter applied). For DELETED: the last object with the deletion's revision. */
export interface HubEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  cached: CachedObject;
}

/** Which objects: all of the hub, one namespace's, or one object. `name` without `namespace` is for cluster-scoped hubs. */
export interface HubScope { namespace?: string; name?: string }

export type HubFilter = (object: KubernetesObject) => boolean;

export interface HubListOptions extends HubScope {
  /** Only keys after this one (exclusive); the `key` of the last object of the page before. */
  startAfter?: string;
  limit?: number;
  filter?: HubFilter;
  /** Exactly this revision (paging, resourceVersionMatch=Exact). Throws CompactedError or FutureRevisionError. Absent: now. */
  revision?: number;
}

export interface HubList {
  objects: CachedObject[];
  /** The revision the answer is true of: the list's `metadata.resourceVersion`. */
  revision: number;
  more: boolean;
  /** How many are left after this page; known only when there was no filter. */
  remaining?: number;
}

export interface HubSink {
  /**
   * Events of one revision or more, in order. False: "no more for now"; the hub then holds still until `resume()`, and
   * ends the watch with TooOldError when the store was compacted past it meanwhile. The events of a refused call were taken.
   */
  events(events: HubEvent[]): boolean;
  /** With `start: 'state'`: everything that was there has been delivered, true of `revision`. Called once. */
  synced?(revision: number): void;
  /** Nothing happened for a while, but all up to `revision` was delivered. Only with `bookmarks`. */
  bookmark?(revision: number): void;
  /** TooOldError, CompactedError or HubClosedError. Nothing follows. Also called for errors at the start (never in `watch` itself). */
  ended(error: Error): void;
}

export interface HubWatchOptions extends HubScope {
  /** `state`: first an ADDED for each object there is, then `synced`, then changes. Otherwise changes after that revision. */
  start: 'state' | { afterRevision: number };
  filter?: HubFilter;
  /** Only objects whose indexed field (see HubOptions.index) has this value: cheaper than a filter, does the same. */
  indexValue?: string;
  bookmarks?: boolean;
  sink: HubSink;
}

export interface HubWatcher {
  /** Everything up to this revision was delivered. */
  revision(): number;
  /** The sink takes events again. */
  resume(): void;
  /** Ends the watch; `ended` is not called. */
  stop(): void;
}

export interface HubOptions {
  /** Throws for bytes that are no object; the hub logs and leaves such an entry out. */
  decode(value: Uint8Array, key: string): KubernetesObject;
  /** A field many watchers select by (pods: spec.nodeName). */
  index?: { field: string; value(object: KubernetesObject): string };
  /** Bounds of the ring of recent events. Defaults: 1024 events, 4 MiB of stored bytes, an age of 150 s. */
  ringEvents?: number;
  ringBytes?: number;
  ringMilliseconds?: number;
  /** Default 60 s. */
  bookmarkMilliseconds?: number;
  clock?: Clock;
  logger?: Logger;
}

/**
 * Serves GET, LIST and WATCH of one resource from memory: an ordered cache of all objects under a prefix, fed by the
 * store's watch. A write that the store has acknowledged is visible here at once.
 */
export interface WatchHub {
  readonly prefix: string;
  /** Resolves when the cache is loaded. Everything below needs that. */
  ready(): Promise<void>;
  /** All events up to this revision are in the cache. It grows with every write to the store, also of other resources. */
  revision(): number;
  /** modRevision of the last event of this hub: unchanged means that nothing changed. */
  lastChange(): number;
  /** Resolves when `revision()` has reached `revision`; false after `timeoutMilliseconds` (default 3000). */
  waitForRevision(revision: number, timeoutMilliseconds?: number): Promise<boolean>;
  /** The key of an object: prefix + [namespace/] + name. */
  key(namespace: string | undefined, name: string): string;
  get(key: string): CachedObject | undefined;
  /** How many objects there are. */
  size(): number;
  /** In key order. Not ordered copies: iterates over the cache itself, so do not await inside. */
  values(scope?: HubScope): Iterable<CachedObject>;
  /** A page in key order. From memory, but for a past revision that the cache no longer is. */
  list(options?: HubListOptions): Promise<HubList>;
  watch(options: HubWatchOptions): HubWatcher;
  /**
   * Optional, saves a parse: the decoded form of bytes that are about to be put (the same Uint8Array must be given to
   * `storage.put`). The object must not be changed afterwards; its resourceVersion is not looked at.
   */
  remember(value: Uint8Array, object: KubernetesObject): void;
  close(): void;
}

/** The watcher's place is neither in the ring nor in the store's history: HTTP 410, reason Expired ("too old resource version: 5 (9)"). */
export class TooOldError extends Error {
  override name = 'TooOldError';
  readonly revision: number;
  readonly oldest: number;
  constructor(revision: number, oldest: number) {
    super(`too old resource version: ${revision} (${oldest})`);
    this.revision = revision;
    this.oldest = oldest;
  }
}

/** The hub was closed or had to reload: watchers start anew. */
export class HubClosedError extends Error {
  override name = 'HubClosedError';
}
