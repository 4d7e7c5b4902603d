import { CompactedError, StorageClosedError, type StoreEvent, type WatchSink } from '../storage.ts';
import type { Feed, FeedSink } from './feed.ts';

interface Watcher { prefix: string; after: number; sink: WatchSink; live: boolean; ended: boolean }

export interface WatcherSource {
  /** Revision up to which live watchers have been told. */
  revision(): number;
  compactedRevision(): number;
  feed(after: number, sink: FeedSink): Feed;
}

/**
 * The watchers of a store whose events come from elsewhere. Those in the past catch up together by one reading of the history and
 * go live in the turn in which it reaches the present, so nothing is missed or doubled. Who comes later waits for the next reading.
 */
export class EtcdWatchers {
  private readonly source: WatcherSource;
  private readonly live = new Set<Watcher>();
  private waiting = new Set<Watcher>();
  private group = new Set<Watcher>();
  private reading: Feed | undefined;

  constructor(source: WatcherSource) {
    this.source = source;
  }

  add(prefix: string, after: number, sink: WatchSink): () => void {
    const watcher: Watcher = { prefix, after, sink, live: false, ended: false };
    this.waiting.add(watcher);
    queueMicrotask(() => this.start());
    return () => this.drop(watcher);
  }

  publish(events: StoreEvent[], revision: number): void {
    for (const watcher of [...this.live]) {
      deliver(this, watcher, events);
      this.progress(watcher, revision);
    }
  }

  /** What live watchers have not been told yet is gone. */
  lose(error: CompactedError): void {
    for (const watcher of [...this.live]) this.end(watcher, error);
  }

  close(): void {
    this.reading?.stop();
    for (const watcher of [...this.live, ...this.waiting, ...this.group]) this.end(watcher, new StorageClosedError('the store was closed'));
  }

  end(watcher: Watcher, error: Error): void {
    if (watcher.ended) return;
    this.drop(watcher);
    watcher.sink.ended(error);
  }

  private drop(watcher: Watcher): void {
    watcher.ended = true;
    for (const set of [this.live, this.waiting, this.group]) set.delete(watcher);
  }

  /** Lets in who is up to date; reads the history for the others, if nobody does yet. */
  private start(): void {
    const compacted = this.source.compactedRevision();
    for (const watcher of [...this.waiting]) {
      if (watcher.after < compacted) this.end(watcher, new CompactedError(compacted));
      else if (watcher.after >= this.source.revision()) this.goLive(watcher);
    }
    if (this.reading || this.waiting.size === 0) return;
    this.group = this.waiting;
    this.waiting = new Set();
    const from = Math.min(...[...this.group].map((watcher) => watcher.after));
    this.reading = this.source.feed(from, {
      batch: (events, upTo) => this.catchUp(events, upTo),
      compacted: (error) => {
        for (const watcher of [...this.group]) if (watcher.after < error.compactedRevision) this.end(watcher, error);
        this.finish([...this.group]);
      },
    });
  }

  private catchUp(events: StoreEvent[], upTo: number): void {
    for (const watcher of [...this.group]) {
      deliver(this, watcher, events);
      watcher.after = Math.max(watcher.after, upTo);
    }
    if (upTo >= this.source.revision() || this.group.size === 0) this.finish([]);
    else this.reading?.askProgress();
  }

  private finish(again: Watcher[]): void {
    this.reading?.stop();
    this.reading = undefined;
    for (const watcher of again) this.waiting.add(watcher);
    for (const watcher of [...this.group]) if (!again.includes(watcher)) this.goLive(watcher);
    this.group = new Set();
    this.start();
  }

  private goLive(watcher: Watcher): void {
    for (const set of [this.waiting, this.group]) set.delete(watcher);
    this.live.add(watcher);
    this.progress(watcher, this.source.revision());
  }

  private progress(watcher: Watcher, revision: number): void {
    if (watcher.ended) return;
    try { watcher.sink.progress?.(revision); } catch (error) { this.end(watcher, error as Error); }
  }
}

function deliver(watchers: EtcdWatchers, watcher: Watcher, events: StoreEvent[]): void {
  const mine = events.filter((event) => event.entry.modRevision > watcher.after && event.entry.key.startsWith(watcher.prefix));
  if (mine.length === 0 || watcher.ended) return;
  try { watcher.sink.events(mine); } catch (error) { watchers.end(watcher, error as Error); }
}
