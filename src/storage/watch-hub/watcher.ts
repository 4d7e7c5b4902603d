import type { KubernetesObject } from '../../api/object.ts';
import type { CachedRevision, HubChange } from './cached-revision.ts';
import { TooOldError, type HubEvent, type HubWatcher, type HubWatchOptions } from './types.ts';

/** What a watcher needs of its hub. */
export interface WatcherSource {
  prefix: string;
  revision(): number;
  changesAfter(revision: number, limit: number): HubChange[] | undefined;
  /** The first revision that neither ring nor store can go on from. */
  oldestRevision(): number;
  /**
   * Changes after a revision that the ring no longer has, from the store's history, in pieces; `caughtUp` when there are
   * no more. Returns the function that ends it.
   */
  history(after: number, reader: HistoryReader): () => void;
  indexValue(object: KubernetesObject): string;
  detach(watcher: Watcher): void;
}

export interface HistoryReader {
  changes(changes: HubChange[]): void;
  caughtUp(revision: number): void;
  ended(error: Error): void;
}

const CHUNK = 500;

/**
 * One watch. It delivers the state it was given at the start in pieces, then what the ring holds since, then it is live:
 * the hub hands it changes as they come. A sink that refuses makes it stand still with nothing but its place (a revision);
 * on `resume` it reads the ring from there, or the store's history where the ring has gone on.
 */
export class Watcher implements HubWatcher {
  readonly options: HubWatchOptions;
  private readonly source: WatcherSource;
  private state: CachedRevision[] | undefined;
  private delivered = 0;
  private place: number;
  private live = false;
  private paused = false;
  private ended = false;
  private stopHistory: (() => void) | undefined;

  constructor(source: WatcherSource, options: HubWatchOptions, state: CachedRevision[] | undefined, place: number) {
    this.source = source;
    this.options = options;
    this.state = state;
    this.place = place;
    queueMicrotask(() => this.pump());
  }

  revision(): number {
    return this.live ? Math.max(this.place, this.source.revision()) : this.place;
  }

  resume(): void {
    if (!this.paused || this.ended) return;
    this.paused = false;
    this.pump();
  }

  stop(): void {
    this.ended = true;
    this.state = undefined;
    this.leaveHistory();
    this.source.detach(this);
  }

  end(error: Error): void {
    if (this.ended) return;
    this.stop();
    this.options.sink.ended(error);
  }

  /** A change as this watcher sees it. */
  view(change: HubChange): HubEvent | undefined {
    if (change.revision <= this.place || !this.inScope(change.key)) return undefined;
    const { current, previous } = change;
    const matches = current !== undefined && this.matches(current.object);
    const matched = previous !== undefined && this.matches(previous.object);
    if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', cached: current };
    return matched ? { type: 'DELETED', cached: change.departed() } : undefined;
  }

  /** From the hub, while live: the events of one commit. */
  offer(events: HubEvent[], revision: number): void {
    if (this.ended) return;
    this.deliver(events, revision);
    if (this.paused) this.live = false;
  }

  isLive(): boolean { return this.live && !this.ended; }

  bookmark(): void {
    if (this.isLive() && this.options.bookmarks) this.options.sink.bookmark?.(this.revision());
  }

  private matches(object: KubernetesObject): boolean {
    const { indexValue, filter } = this.options;
    return (indexValue === undefined || this.source.indexValue(object) === indexValue) && (filter === undefined || filter(object));
  }

  private inScope(key: string): boolean {
    const { namespace, name } = this.options;
    if (namespace === undefined && name === undefined) return true;
    const scope = this.source.prefix + (namespace === undefined ? '' : `${namespace}/`) + (name ?? '');
    return name === undefined ? key.startsWith(scope) : key === scope;
  }

  private pump(): void {
    if (this.ended || this.paused || this.live || this.stopHistory) return;
    if (this.state) this.pumpState(this.state);
    else this.pumpRing();
  }

  private pumpState(state: CachedRevision[]): void {
    const piece = state.slice(this.delivered, this.delivered + CHUNK);
    this.delivered += piece.length;
    if (piece.length > 0) this.deliver(piece.map((cached) => ({ type: 'ADDED', cached })), this.place);
    if (this.ended) return;
    if (this.delivered === state.length) {
      this.state = undefined;
      this.options.sink.synced?.(this.place);
    }
    this.goOn();
  }

  private pumpRing(): void {
    const changes = this.source.changesAfter(this.place, CHUNK);
    if (!changes) return this.readHistory();
    this.take(changes);
    if (this.ended || this.paused) return;
    if (changes.length < CHUNK) this.live = true;
    else this.goOn();
  }

  private readHistory(): void {
    const oldest = this.source.oldestRevision();
    if (this.place < oldest) return this.end(new TooOldError(this.place, oldest));
    this.stopHistory = this.source.history(this.place, {
      changes: (changes) => {
        this.take(changes);
        if (this.paused || this.ended) this.leaveHistory();
      },
      caughtUp: (revision) => {
        this.leaveHistory();
        this.place = Math.max(this.place, revision);
        this.pump();
      },
      ended: (error) => {
        this.stopHistory = undefined;
        this.end(error);
      },
    });
  }

  private leaveHistory(): void {
    this.stopHistory?.();
    this.stopHistory = undefined;
  }

  private take(changes: HubChange[]): void {
    const events: HubEvent[] = [];
    for (const change of changes) {
      const event = this.view(change);
      if (event) events.push(event);
    }
    const reached = changes.at(-1)?.revision ?? this.place;
    if (events.length > 0) this.deliver(events, reached);
    else this.place = Math.max(this.place, reached);
  }

  private goOn(): void {
    if (this.ended || this.paused) return;
    if (this.state || this.delivered >= CHUNK) setImmediate(() => this.pump());
    else this.pump();
  }

  private deliver(events: HubEvent[], revision: number): void {
    this.place = Math.max(this.place, revision);
    let takesMore: boolean;
    try {
      takesMore = this.options.sink.events(events);
    } catch (error) {
      return this.end(error as Error);
    }
    this.paused = !takesMore;
  }
}
