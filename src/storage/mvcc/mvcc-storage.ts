import type { Clock, Timer } from '../../base/clock.ts';
import {
  CompactedError, FutureRevisionError, OverloadedError, StorageClosedError,
  type Entry, type RangeOptions, type RangeResult, type Storage, type StoreEvent, type WatchSink, type WriteCondition, type WriteResult,
} from '../storage.ts';
import { entryAt, eventsAfter, headAt, rangeAt, toEntry, toEvent } from './read.ts';
import type { Record, Tables } from './tables.ts';
import { Watchers } from './watchers.ts';

export interface MvccOptions {
  clock: Clock;
  /** Every so often the past older than one such period is forgotten. 0: never by itself. */
  compactionMilliseconds: number;
}

interface PendingWrite { record: Record; event: StoreEvent; resolve(result: WriteResult): void; reject(error: Error): void }

const MAX_PENDING_WRITES = 65_536;
const COMPACTION_RECORDS = 512;
const EXPIRY_BATCH = 256;
const FIRST_REVISION = 1;
const NO_VALUE = new Uint8Array(0);

/**
 * A store with history over the tables of a backend in this process. Conditions are judged when a write comes in, against
 * the newest accepted state; writes gather while a commit is under way and share the next one.
 */
export class MvccStorage implements Storage {
  private readonly tables: Tables;
  private readonly clock: Clock;
  private readonly watchers: Watchers;
  /** Newest revision on disk. */
  private published: number;
  /** Newest revision given to a write. */
  private accepted: number;
  private compacted: number;
  private waiting: PendingWrite[] = [];
  /** State of the keys whose writes are not published yet. */
  private readonly inFlight = new Map<string, { entry: Entry | undefined; revision: number; done: Promise<unknown> }>();
  private scheduled = false;
  private committing: Promise<void> | undefined;
  private failure: Error | undefined;
  private compacting: Promise<void> | undefined;
  private expiryTimer: Timer | undefined;
  private expiryAt = Infinity;
  private compactionTimer: Timer | undefined;

  constructor(tables: Tables, options: MvccOptions) {
    this.tables = tables;
    this.clock = options.clock;
    this.compacted = tables.compactedRevision();
    this.published = Math.max(FIRST_REVISION, tables.lastRevision(), this.compacted);
    this.accepted = this.published;
    this.watchers = new Watchers({
      revision: () => this.published,
      compactedRevision: () => this.compacted,
      read: (prefix, after, limit) => eventsAfter(this.tables, prefix, after, this.published, limit),
    });
    this.planExpiry();
    if (options.compactionMilliseconds > 0) this.planCompaction(options.compactionMilliseconds);
    if (tables.cleanedRevision() < this.compacted) void this.clean().catch(() => undefined);
  }

  revision(): number { return this.published; }
  compactedRevision(): number { return this.compacted; }

  async get(key: string): Promise<Entry | undefined> {
    this.assertOpen();
    return entryAt(this.tables, key, this.published);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.assertOpen();
    const revision = options.revision ?? this.published;
    if (revision > this.published) throw new FutureRevisionError(`revision ${revision} is ahead of ${this.published}`);
    if (revision < this.compacted) throw new CompactedError(this.compacted);
    return rangeAt(this.tables, options, revision);
  }

  put(key: string, value: Uint8Array, condition: WriteCondition, leaseMilliseconds?: number): Promise<WriteResult> {
    return this.write(key, condition, (current, revision) => ({
      revision, deleted: false, key, value, createRevision: current?.createRevision ?? revision,
      previousRevision: current?.modRevision ?? 0, expiresAt: leaseMilliseconds ? this.clock.now() + leaseMilliseconds : 0,
    }));
  }

  /** Deleting what is not there fails, with no `current`. */
  delete(key: string, condition: WriteCondition): Promise<WriteResult> {
    return this.write(key, condition, (current, revision) => current && ({
      revision, deleted: true, key, value: NO_VALUE, createRevision: 0, previousRevision: current.modRevision, expiresAt: 0,
    }));
  }

  watch(prefix: string, afterRevision: number, sink: WatchSink): () => void {
    this.assertOpen();
    return this.watchers.add(prefix, afterRevision, sink);
  }

  async compact(revision: number): Promise<void> {
    this.assertOpen();
    if (revision > this.published) throw new FutureRevisionError(`revision ${revision} is ahead of ${this.published}`);
    if (revision <= this.compacted) return;
    this.compacted = revision;
    await this.clean();
  }

  async close(): Promise<void> {
    if (this.failure) return;
    while (this.waiting.length > 0 || this.committing) await (this.committing ?? new Promise((resolve) => setImmediate(resolve)));
    this.failure = new StorageClosedError('the store was closed');
    this.expiryTimer?.cancel();
    this.compactionTimer?.cancel();
    this.watchers.close();
    await this.compacting?.catch(() => undefined);
    await this.tables.close();
  }

  private assertOpen(): void {
    if (this.failure) throw this.failure;
  }

  private write(
    key: string, condition: WriteCondition, make: (current: Entry | undefined, revision: number) => Record | undefined,
  ): Promise<WriteResult> {
    if (this.failure) return Promise.reject(this.failure);
    if (this.waiting.length >= MAX_PENDING_WRITES) return Promise.reject(new OverloadedError('too many writes wait for the disk'));
    const pending = this.inFlight.get(key);
    const current = pending ? pending.entry : headAt(this.tables, key, this.published);
    const holds = condition.modRevision === undefined || condition.modRevision === (current?.modRevision ?? 0);
    const record = holds ? make(current, this.accepted + 1) : undefined;
    if (!record) {
      const refused: WriteResult = current ? { ok: false, current } : { ok: false };
      // What refuses this write must be readable before the caller hears of it.
      return pending ? pending.done.then(() => refused) : Promise.resolve(refused);
    }
    this.accepted = record.revision;
    const done = new Promise<WriteResult>((resolve, reject) => {
      this.waiting.push({ record, event: toEvent(record, current), resolve, reject });
    });
    this.inFlight.set(key, { entry: record.deleted ? undefined : toEntry(record), revision: record.revision, done });
    this.schedule();
    return done;
  }

  private schedule(): void {
    if (this.scheduled || this.committing || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const batch = this.waiting;
      this.waiting = [];
      this.committing = this.commit(batch).finally(() => {
        this.committing = undefined;
        this.schedule();
      });
    });
  }

  private async commit(batch: PendingWrite[]): Promise<void> {
    try {
      await this.tables.commit({ records: batch.map((write) => write.record) });
    } catch (error) {
      this.fail(error as Error, batch);
      return;
    }
    const revision = (batch.at(-1) as PendingWrite).record.revision;
    this.published = revision;
    for (const { record } of batch) {
      if (this.inFlight.get(record.key)?.revision === record.revision) this.inFlight.delete(record.key);
      if (record.expiresAt > 0 && record.expiresAt < this.expiryAt) this.planExpiry(record.expiresAt);
    }
    this.watchers.publish(batch.map((write) => write.event), revision);
    for (const write of batch) write.resolve({ ok: true, revision: write.record.revision, previous: write.event.previous });
  }

  /** After a failed commit nobody can say what stands on disk: no more is served until the store is opened anew. */
  private fail(error: Error, batch: PendingWrite[]): void {
    this.failure = new StorageClosedError(`a commit failed: ${error.message}`, { cause: error });
    for (const write of [...batch, ...this.waiting]) write.reject(this.failure);
    this.waiting = [];
    this.expiryTimer?.cancel();
    this.compactionTimer?.cancel();
    this.watchers.close();
  }

  private clean(): Promise<void> {
    const earlier = this.compacting ?? Promise.resolve();
    const run = earlier.catch(() => undefined).then(() => this.cleanUp());
    this.compacting = run;
    return run;
  }

  /** A record at or below the compacted revision makes the one before it unreachable; a deletion goes itself too. */
  private async cleanUp(): Promise<void> {
    const target = this.compacted;
    await this.tables.commit({ records: [], compactedRevision: target });
    for (let from = this.tables.cleanedRevision(); from < target && !this.failure;) {
      const forget: { key: string; revision: number }[] = [];
      let seen = 0;
      let upTo = target;
      for (const record of this.tables.recordsAfter(from)) {
        if (record.revision > target) break;
        if (record.previousRevision > 0) forget.push({ key: record.key, revision: record.previousRevision });
        if (record.deleted) forget.push({ key: record.key, revision: record.revision });
        if (++seen === COMPACTION_RECORDS) {
          upTo = record.revision;
          break;
        }
      }
      await this.tables.commit({ records: [], forget, cleanedRevision: upTo });
      from = upTo;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Looks twice a period, so that what is forgotten is between one and one and a half periods old. */
  private planCompaction(period: number, older = this.published): void {
    const newer = this.published;
    this.compactionTimer = this.clock.after(period / 2, () => {
      if (this.failure) return;
      void this.compact(older).catch(() => undefined);
      this.planCompaction(period, newer);
    });
  }

  private planExpiry(at?: number): void {
    if (at === undefined) for (const first of this.tables.expiries()) { at = first.at; break; }
    this.expiryTimer?.cancel();
    this.expiryAt = at ?? Infinity;
    if (at === undefined) return;
    // Node's timers hold 31 bits of milliseconds.
    const wait = Math.min(Math.max(at - this.clock.now(), 0), 2 ** 31 - 1);
    this.expiryTimer = this.clock.after(wait, () => void this.expire().catch(() => undefined));
  }

  /** Deletes what is due. A row whose key was written since with another time is out of date and only taken away. */
  private async expire(): Promise<void> {
    if (this.failure) return;
    const due: { at: number; key: string }[] = [];
    for (const row of this.tables.expiries()) {
      if (row.at > this.clock.now() || due.length === EXPIRY_BATCH) break;
      due.push(row);
    }
    await Promise.all(due.map(({ at, key }) => {
      const current = this.inFlight.get(key)?.entry ?? entryAt(this.tables, key, this.published);
      return current?.expiresAt === at ? this.delete(key, { modRevision: current.modRevision }) : undefined;
    }));
    if (this.failure) return;
    if (due.length > 0) await this.tables.commit({ records: [], expired: due });
    this.planExpiry();
  }
}
