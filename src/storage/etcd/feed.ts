import { systemClock, type Timer } from '../../base/clock.ts';
import { CompactedError, type Entry, type StoreEvent } from '../storage.ts';
import type { EtcdConnection, WatchStream } from './connection.ts';
import { ALL_KEYS, EVENT_DELETE, keyText, type KeyRange, type EtcdEvent, type KeyValue, type WatchResponse } from './messages.ts';

export interface FeedSink {
  /** All events after the last batch up to revision `upTo`, which is complete. None when all there was is about other keys. */
  batch(events: StoreEvent[], upTo: number): void;
  /** Revisions after the last batch are gone. Nothing follows. */
  compacted(error: CompactedError): void;
  /** The stream broke off; attempts to take it up again have begun. */
  interrupted?(error: Error): void;
  /** It goes on. */
  resumed?(): void;
}

const RECONNECT_MILLISECONDS = 50;
const SLOWEST_RECONNECT_MILLISECONDS = 1000;

/**
 * The events of a range of keys, from a revision on. When a stream breaks, the next one starts after the last whole revision, at whichever
 * member answers: nothing is lost or told twice.
 */
export class Feed {
  private readonly connection: EtcdConnection;
  private readonly keys: KeyRange;
  private readonly sink: FeedSink;
  private readonly expiryOf: ExpiryOf;
  private after: number;
  /** Of a revision whose other events are still to come. */
  private parts: StoreEvent[] = [];
  private stream: WatchStream | undefined;
  private timer: Timer | undefined;
  private failures = 0;
  private stopped = false;

  constructor(connection: EtcdConnection, keys: KeyRange, after: number, expiryOf: ExpiryOf, sink: FeedSink) {
    this.connection = connection;
    this.keys = keys;
    this.after = after;
    this.expiryOf = expiryOf;
    this.sink = sink;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.stream?.stop();
  }

  /** Where others' keys count revisions too, a batch without events says how far this has come. Among all keys every revision has its event. */
  askProgress(): void {
    if (this.keys !== ALL_KEYS) this.stream?.askProgress();
  }

  private open(): void {
    this.parts = [];
    this.stream = this.connection.watch({ ...this.keys, startRevision: this.after + 1, previousKv: true, fragment: true }, {
      response: (response) => this.take(response),
      ended: (error) => this.reopen(error),
    });
    this.askProgress();
  }

  private reopen(error: Error): void {
    if (this.stopped) return;
    this.stream?.stop();
    if (this.failures === 0) this.sink.interrupted?.(error);
    const wait = Math.min(RECONNECT_MILLISECONDS * 2 ** this.failures++, SLOWEST_RECONNECT_MILLISECONDS);
    this.timer = systemClock.after(wait, () => this.open());
  }

  private take(response: WatchResponse): void {
    if (this.stopped) return;
    if (response.canceled) {
      if (response.compactRevision === 0) return this.reopen(new Error(`etcd ended the watch: ${response.cancelReason}`));
      this.stop();
      return this.sink.compacted(new CompactedError(response.compactRevision));
    }
    if (this.failures > 0) this.sink.resumed?.();
    this.failures = 0;
    for (const event of response.events) {
      const told = toEvent(event, this.expiryOf);
      if (told && told.entry.modRevision > this.after) this.parts.push(told);
    }
    if (response.events.length === 0 && !response.created && this.parts.length === 0) return this.progress(response.header?.revision ?? 0);
    if (response.fragment || this.parts.length === 0) return;
    const events = this.parts;
    this.parts = [];
    this.after = (events.at(-1) as StoreEvent).entry.modRevision;
    this.sink.batch(events, this.after);
  }

  private progress(revision: number): void {
    if (revision <= this.after) return;
    this.after = revision;
    this.sink.batch([], revision);
  }
}

/** When a lease ends; undefined for none and for those that others took. */
export type ExpiryOf = (lease: bigint) => number | undefined;

export function toEntry(kv: KeyValue, expiryOf: ExpiryOf): Entry {
  const entry: Entry = { key: keyText(kv.key), value: kv.value, createRevision: kv.createRevision, modRevision: kv.modRevision };
  const expiresAt = kv.lease === 0n ? undefined : expiryOf(kv.lease);
  if (expiresAt !== undefined) entry.expiresAt = expiresAt;
  return entry;
}

function toEvent(event: EtcdEvent, expiryOf: ExpiryOf): StoreEvent | undefined {
  if (!event.kv) return undefined;
  const previous = event.previous && toEntry(event.previous, expiryOf);
  const now = toEntry(event.kv, expiryOf);
  const entry = event.type === EVENT_DELETE && previous ? { ...previous, modRevision: now.modRevision } : now;
  return { type: event.type === EVENT_DELETE ? 'delete' : 'put', entry, ...(previous ? { previous } : {}) };
}
