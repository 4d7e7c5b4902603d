/**
 * The store: the only truth of a cluster. Shaped like etcd: one counter of revisions for all keys, compare-and-swap on
 * a key's last revision, ranges, watches from a revision on, compaction.
 *
 * Vocabulary
 * - key: `/registry/<group or "core">/<resource>/<namespace>/<name>` (no namespace part for cluster-scoped objects).
 * - revision: grows by one with every write; a write's revision is the `modRevision` of the key it wrote.
 * - A write resolves only after it is on disk. Writers of one tick share one commit.
 */
export interface Entry {
  key: string;
  value: Uint8Array;
  createRevision: number;
  modRevision: number;
  /** Set when the write carried a lease time; the store deletes the key after it. Milliseconds since the epoch. */
  expiresAt?: number;
  /** An encrypted value that cannot be decrypted: `value` is what is stored, and this says why. */
  unreadable?: UnreadableError;
  /** An encrypted value that another key or provider would encrypt today: worth writing again. */
  stale?: boolean;
}

export interface StoreEvent {
  type: 'put' | 'delete';
  /** For 'delete': the last value, with `modRevision` being the revision of the deletion. */
  entry: Entry;
  /** The entry before this event; absent when the key was created. */
  previous?: Entry;
}

export interface WriteCondition {
  /** 0: the key must not exist. Otherwise the modRevision it must have. Absent: any. */
  modRevision?: number;
}

export type WriteResult =
  | { ok: true; revision: number; previous?: Entry }
  /** The condition did not hold; `current` is what stands there now. Nothing was written. */
  | { ok: false; current?: Entry };

export interface RangeOptions {
  prefix: string;
  /** Only keys after this one (exclusive). */
  startAfter?: string;
  limit?: number;
  /** The past: entries as they were at this revision. Throws CompactedError when that is gone. */
  revision?: number;
}

export interface RangeResult {
  entries: Entry[];
  /** The revision the answer is true of. */
  revision: number;
  more: boolean;
}

export interface WatchSink {
  /** Events of one revision or more, in order. Must not block. */
  events(events: StoreEvent[]): void;
  /** The watch ended: compacted, overflowed, store closed. No event follows. */
  ended(error: Error): void;
  /**
   * Everything up to `revision` under the prefix has been delivered, also when nothing happened under it. Called once
   * when the watch has caught up and then with each commit; before the writes of that commit resolve.
   */
  progress?(revision: number): void;
}

/**
 * Order that every backend keeps: a caught-up watcher has seen a write's event before the write's promise resolves, and
 * `revision()` grows together with it. An empty store is at revision 1.
 */
export interface Storage {
  /** The newest revision that is on disk. */
  revision(): number;
  get(key: string): Promise<Entry | undefined>;
  range(options: RangeOptions): Promise<RangeResult>;
  put(key: string, value: Uint8Array, condition: WriteCondition, leaseMilliseconds?: number): Promise<WriteResult>;
  delete(key: string, condition: WriteCondition): Promise<WriteResult>;
  /** Every event under `prefix` with a revision above `afterRevision`, without a gap; returns the function that ends it. */
  watch(prefix: string, afterRevision: number, sink: WatchSink): () => void;
  /** Forgets what the past below `revision` was. */
  compact(revision: number): Promise<void>;
  compactedRevision(): number;
  /** The newest revision that anybody has written; absent where nobody else can write, and it is `revision()`. */
  latestRevision?(): Promise<number>;
  /** Throws when the store cannot be reached now. Absent where that cannot happen. */
  check?(): Promise<void>;
  close(): Promise<void>;
}

/** The asked revision was compacted away: HTTP 410, reason Expired. */
export class CompactedError extends Error {
  override name = 'CompactedError';
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`revision is older than the compacted revision ${compactedRevision}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The asked revision has not been written yet. */
export class FutureRevisionError extends Error {
  override name = 'FutureRevisionError';
}

/** Too many writes wait for the disk: HTTP 429. */
export class OverloadedError extends Error {
  override name = 'OverloadedError';
}

/** What is stored under `key` cannot be decrypted; the message is the reason in upstream's words. */
export class UnreadableError extends Error {
  override name = 'UnreadableError';
  readonly key: string;
  constructor(key: string, reason: string) {
    super(`data from the storage is not transformable revision=0: ${reason}`);
    this.key = key;
  }
}

/** The store cannot be reached, or refused; whether a write took effect is not known: HTTP 500 with the store's own words. */
export class StorageUnavailableError extends Error {
  override name = 'StorageUnavailableError';
}

/** The store was closed, or a commit failed (disk full) and it takes no more writes. */
export class StorageClosedError extends Error {
  override name = 'StorageClosedError';
}
