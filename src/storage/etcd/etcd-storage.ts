import { systemClock, type Clock } from '../../base/clock.ts';
import { createLogger, type Logger } from '../../base/log.ts';
import {
  CompactedError, FutureRevisionError, StorageClosedError, type Entry, type RangeOptions, type RangeResult, type Storage, type WatchSink,
  type WriteCondition, type WriteResult,
} from '../storage.ts';
import { COMPACTION_KEY, Compactor, compactedBy, compactionState } from './compactor.ts';
import { EtcdConnection, EtcdError, type EtcdTls } from './connection.ts';
import { Feed, toEntry, type FeedSink } from './feed.ts';
import { Leases } from './leases.ts';
import { ALL_KEYS, COMPACT, EQUAL, RANGE, TARGET_MOD_REVISION, TXN, endOfPrefix, keyBytes, type KeyRange, type KeyValue, type Operation, type RangeRequest, type RangeResponse, type TxnResponse } from './messages.ts';
import { assertTellsProgress } from './progress-support.ts';
import { RevisionWaiters } from './revision-waiters.ts';
import { EtcdWatchers } from './watchers.ts';

export interface EtcdStorageOptions {
  /** `http://host:port` or `https://host:port`, any number of members of one etcd. */
  endpoints: string[];
  tls?: EtcdTls;
  /** `/registry`: all keys are below it, and no other may be touched: etcd's users can be limited to it. Absent: all keys there are. Needs etcd 3.4.25 or 3.5.8. */
  root?: string;
  clock?: Clock;
  logger?: Logger;
  /** Every so often the past older than that is forgotten; default five minutes. 0: never by this store. */
  compactionMilliseconds?: number;
}

const RANGE_PAGE = 5000;
const CHECK_MILLISECONDS = 2000;
const SKIP_RETRY_MILLISECONDS = 1000;
/** A key that is not there: asking for it asks for the newest revision, and whether etcd answers at all. */
const healthKey = (root: string): Uint8Array => keyBytes(`${root}/health`);

/** Connects to etcd; throws when no member answers within ten seconds. */
export async function openEtcdStorage(options: EtcdStorageOptions): Promise<Storage> {
  const grpc = await import('@grpc/grpc-js');
  const connection = new EtcdConnection(grpc, options.endpoints, options.tls ?? {});
  try {
    if (options.root !== undefined) await assertTellsProgress(connection);
    return new EtcdStorage(connection, await compactionState(connection, healthKey(options.root ?? '/registry')), options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * The store in an etcd. One stream brings the events of all keys; `revision()` is how far it has come, and a write resolves when its
 * own event has come by. Others may write to the same etcd.
 */
export class EtcdStorage implements Storage {
  private readonly connection: EtcdConnection;
  private readonly clock: Clock;
  private readonly leases: Leases;
  private readonly compactor: Compactor;
  private readonly watchers: EtcdWatchers;
  private readonly waiters: RevisionWaiters;
  private readonly logger: Logger;
  private readonly keys: KeyRange;
  private readonly noKey: Uint8Array;
  private feed: Feed;
  private published: number;
  private compacted: number;
  private closed = false;
  private latestRead: Promise<number> | undefined;
  private nextLatest: Promise<number> | undefined;

  constructor(connection: EtcdConnection, state: { compacted: number; revision: number }, options: EtcdStorageOptions) {
    const clock = options.clock ?? systemClock;
    this.connection = connection;
    this.clock = clock;
    this.logger = options.logger ?? createLogger('etcd');
    this.noKey = healthKey(options.root ?? '/registry');
    this.keys = options.root === undefined ? ALL_KEYS : { key: keyBytes(`${options.root}/`), rangeEnd: endOfPrefix(keyBytes(`${options.root}/`)) };
    this.published = state.revision;
    this.compacted = state.compacted;
    this.leases = new Leases(connection, clock);
    this.waiters = new RevisionWaiters(clock);
    this.watchers = new EtcdWatchers({
      revision: () => this.published, compactedRevision: () => this.compacted, feed: (after, sink) => this.openFeed(after, sink),
    });
    this.feed = this.follow();
    this.compactor = new Compactor(connection, clock, options.compactionMilliseconds ?? 300_000);
  }

  revision(): number { return this.published; }
  compactedRevision(): number { return this.compacted; }

  async get(key: string): Promise<Entry | undefined> {
    const response = await this.read({ key: keyBytes(key) });
    return response.kvs[0] && this.entry(response.kvs[0]);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const prefix = keyBytes(options.prefix);
    const rangeEnd = prefix.length === 0 ? ALL_KEYS.rangeEnd : endOfPrefix(prefix);
    const wanted = options.limit && options.limit > 0 ? options.limit : Infinity;
    const entries: Entry[] = [];
    let revision = options.revision;
    let key = options.startAfter !== undefined ? keyBytes(`${options.startAfter}\0`) : prefix.length === 0 ? ALL_KEYS.key : prefix;
    for (;;) {
      const limit = Math.min(wanted - entries.length, RANGE_PAGE);
      const response = await this.read({ key, rangeEnd, limit, ...(revision === undefined ? {} : { revision }) });
      revision ??= response.header?.revision ?? 0;
      for (const kv of response.kvs) entries.push(this.entry(kv));
      const last = entries.at(-1);
      if (!response.more || entries.length >= wanted || !last) return { entries, revision, more: response.more };
      key = keyBytes(`${last.key}\0`);
    }
  }

  async put(key: string, value: Uint8Array, condition: WriteCondition, leaseMilliseconds?: number): Promise<WriteResult> {
    const lease = leaseMilliseconds ? await this.leases.take(leaseMilliseconds) : 0n;
    let written: { response: TxnResponse; repeated: boolean };
    try {
      written = await this.write(keyBytes(key), { put: { key: keyBytes(key), value, lease, previousKv: true } }, condition);
    } catch (error) {
      if (!lease || !(error instanceof EtcdError) || error.details !== 'etcdserver: requested lease not found') throw error;
      this.leases.forget(lease);
      return this.put(key, value, condition, leaseMilliseconds);
    }
    const { response, repeated } = written;
    const previous = response.responses[0]?.put?.previous;
    if (response.succeeded) return this.acknowledge(response.header?.revision ?? 0, previous);
    const current = response.responses[0]?.range?.kvs[0];
    // The answer to an earlier attempt was lost, and what stands there is what it wrote.
    if (repeated && current && current.modRevision > (condition.modRevision ?? 0) && Buffer.compare(current.value, value) === 0) {
      return this.acknowledge(current.modRevision, undefined);
    }
    return this.refuse(current);
  }

  async delete(key: string, condition: WriteCondition): Promise<WriteResult> {
    const { response } = await this.write(keyBytes(key), { delete: { key: keyBytes(key), previousKv: true } }, condition);
    const result = response.responses[0];
    if (!response.succeeded) return this.refuse(result?.range?.kvs[0]);
    if (!result?.delete?.deleted) return { ok: false };
    return this.acknowledge(response.header?.revision ?? 0, result.delete.previous[0]);
  }

  watch(prefix: string, afterRevision: number, sink: WatchSink): () => void {
    this.assertOpen();
    return this.watchers.add(prefix, afterRevision, sink);
  }

  async compact(revision: number): Promise<void> {
    this.assertOpen();
    await this.guard(() => this.connection.call(COMPACT, { revision }, { whenUnclear: 'again' })).catch((error: unknown) => {
      if (!(error instanceof CompactedError)) throw error;
    });
    this.compacted = Math.max(this.compacted, revision);
  }

  /** One question serves all who ask while the one before it is under way: whoever asks gets an answer that was asked for later. */
  latestRevision(): Promise<number> {
    this.nextLatest ??= (this.latestRead ?? Promise.resolve()).catch(() => undefined).then(() => {
      this.latestRead = this.nextLatest;
      this.nextLatest = undefined;
      return this.read({ key: this.noKey }).then((response) => this.seenBy(response.header?.revision ?? 0));
    });
    return this.nextLatest;
  }

  async check(): Promise<void> {
    this.assertOpen();
    await this.connection.call(RANGE, { key: this.noKey }, { whenUnclear: 'again' }, CHECK_MILLISECONDS);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.compactor.stop();
    this.feed.stop();
    this.watchers.close();
    this.waiters.close();
    this.connection.close();
  }

  private assertOpen(): void {
    if (this.closed) throw new StorageClosedError('the store was closed');
  }

  private entry(kv: KeyValue): Entry {
    return toEntry(kv, (lease) => this.leases.endOf(lease));
  }

  private openFeed(after: number, sink: FeedSink): Feed {
    return new Feed(this.connection, this.keys, after, (lease) => this.leases.endOf(lease), sink);
  }

  /** Revisions of other keys than ours come by only when asked for. */
  private seenBy(revision: number): number {
    if (revision > this.published) this.feed.askProgress();
    return revision;
  }

  private async read(request: Partial<RangeRequest>): Promise<RangeResponse> {
    this.assertOpen();
    return (await this.guard(() => this.connection.call(RANGE, request, { whenUnclear: 'again' }))).response;
  }

  /**
   * A write with a condition may be sent again when its answer was lost: it takes effect once at most. One without might undo
   * what somebody wrote in between.
   */
  private write(key: Uint8Array, operation: Partial<Operation>, condition: WriteCondition): Promise<{ response: TxnResponse; repeated: boolean }> {
    this.assertOpen();
    const { modRevision } = condition;
    const whenUnclear = modRevision !== undefined && operation.put ? 'again' : 'fail';
    return this.guard(() => this.connection.call(TXN, {
      compare: modRevision === undefined ? [] : [{ result: EQUAL, target: TARGET_MOD_REVISION, key, modRevision }], success: [operation], failure: [{ range: { key } }],
    }, { whenUnclear }));
  }

  private async guard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      if (error.details.includes('required revision has been compacted')) throw new CompactedError(this.compacted);
      if (error.details.includes('required revision is a future revision')) throw new FutureRevisionError(`the revision is ahead of ${this.published}`);
      throw error;
    }
  }

  private async acknowledge(revision: number, previous: KeyValue | undefined): Promise<WriteResult> {
    await this.waiters.reached(revision, this.published);
    return { ok: true, revision, ...(previous ? { previous: this.entry(previous) } : {}) };
  }

  private async refuse(current: KeyValue | undefined): Promise<WriteResult> {
    if (!current) return { ok: false };
    await this.waiters.reached(current.modRevision, this.published);
    return { ok: false, current: this.entry(current) };
  }

  private follow(): Feed {
    return this.openFeed(this.published, {
      batch: (events, upTo) => {
        for (const { type, entry } of events) if (type === 'put' && entry.key === COMPACTION_KEY) this.compacted = Math.max(this.compacted, compactedBy(entry.value));
        this.published = upTo;
        this.watchers.publish(events, upTo);
        this.waiters.reach(upTo);
      },
      compacted: (error) => void this.skip(error),
      interrupted: (error) => this.logger.warn('watch interrupted', { error: error.message }),
      resumed: () => this.logger.info('watch resumed', { revision: this.published }),
    });
  }

  /** Cut off from etcd for longer than it keeps the past: what was missed cannot be told, so everybody starts anew from the present. */
  private async skip(error: CompactedError): Promise<void> {
    this.compacted = Math.max(this.compacted, error.compactedRevision);
    this.watchers.lose(error);
    while (!this.closed) {
      const latest = await this.latestRevision().catch(() => undefined);
      if (latest === undefined || this.closed) {
        // A refusal (a user that may not read any more) comes at once, and may last.
        await new Promise<void>((resolve) => this.clock.after(SKIP_RETRY_MILLISECONDS, resolve));
        continue;
      }
      this.published = latest;
      this.feed = this.follow();
      this.waiters.reach(latest);
      return;
    }
  }
}
