import { CompactedError, StorageClosedError, type StoreEvent, type WatchSink } from '../storage.ts';

/** Where a watcher that is behind reads from. */
export interface EventLog {
  revision(): number;
  compactedRevision(): number;
  /** Events under the prefix after that revision, out of at most `limit` records; `upTo` is the last record looked at. */
  read(prefix: string, after: number, limit: number): { events: StoreEvent[]; upTo: number };
}

interface Watcher { prefix: string; after: number; sink: WatchSink; live: boolean; ended: boolean }

const BACKFILL_RECORDS = 512;

/**
 * The watchers of a store. One that is behind reads the log in pieces, a piece a turn of the event loop, until it has
 * reached the newest revision; it becomes live in that same turn, so nothing is missed, doubled or buffered.
 */
export class Watchers {
  private readonly watchers = new Set<Watcher>();
  private readonly log: EventLog;

  constructor(log: EventLog) {
    this.log = log;
  }

  add(prefix: string, after: number, sink: WatchSink): () => void {
    const watcher: Watcher = { prefix, after, sink, live: false, ended: false };
    this.watchers.add(watcher);
    queueMicrotask(() => this.backfill(watcher));
    return () => { watcher.ended = true; this.watchers.delete(watcher); };
  }

  /** Hands a commit's events to the live watchers. */
  publish(events: StoreEvent[], revision: number): void {
    for (const watcher of this.watchers) {
      if (!watcher.live) continue;
      const mine = events.filter((event) => event.entry.modRevision > watcher.after && event.entry.key.startsWith(watcher.prefix));
      this.deliver(watcher, mine, revision);
    }
  }

  close(): void {
    for (const watcher of [...this.watchers]) this.end(watcher, new StorageClosedError('the store was closed'));
  }

  private backfill(watcher: Watcher): void {
    if (watcher.ended) return;
    if (watcher.after < this.log.compactedRevision()) return this.end(watcher, new CompactedError(this.log.compactedRevision()));
    const newest = this.log.revision();
    if (watcher.after < newest) {
      const { events, upTo } = this.log.read(watcher.prefix, watcher.after, BACKFILL_RECORDS);
      this.deliver(watcher, events, undefined);
      watcher.after = upTo;
      if (upTo < newest) {
        setImmediate(() => this.backfill(watcher));
        return;
      }
    }
    if (watcher.ended) return;
    watcher.live = true;
    try { watcher.sink.progress?.(newest); } catch (error) { this.end(watcher, error as Error); }
  }

  private deliver(watcher: Watcher, events: StoreEvent[], progress: number | undefined): void {
    if (watcher.ended) return;
    try {
      if (events.length > 0) watcher.sink.events(events);
      if (progress !== undefined && !watcher.ended) watcher.sink.progress?.(progress);
    } catch (error) {
      this.end(watcher, error as Error);
    }
  }

  private end(watcher: Watcher, error: Error): void {
    if (watcher.ended) return;
    watcher.ended = true;
    this.watchers.delete(watcher);
    watcher.sink.ended(error);
  }
}
