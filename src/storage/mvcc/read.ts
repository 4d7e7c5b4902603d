import { CompactedError, type Entry, type RangeOptions, type RangeResult, type StoreEvent } from '../storage.ts';
import type { Record, Tables } from './tables.ts';

export function toEntry(record: Record): Entry {
  const entry: Entry = { key: record.key, value: record.value, createRevision: record.createRevision, modRevision: record.revision };
  if (record.expiresAt > 0) entry.expiresAt = record.expiresAt;
  return entry;
}

/** An entry that reads its value only when somebody asks for it: what a write goes by are the revisions. */
class UnreadEntry implements Entry {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  private readonly read: () => Record;
  private known: Record | undefined;

  constructor(key: string, createRevision: number, modRevision: number, read: () => Record) {
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.read = read;
  }

  get value(): Uint8Array { return (this.known ??= this.read()).value; }
  get expiresAt(): number | undefined { return (this.known ??= this.read()).expiresAt || undefined; }
}

/** The newest state of the key at or below `revision`, its value unread. */
export function headAt(tables: Tables, key: string, revision: number): Entry | undefined {
  const version = tables.versionAt(key, revision);
  if (!version || version.deleted) return undefined;
  if (version.createRevision === undefined) return entryAt(tables, key, revision);
  return new UnreadEntry(key, version.createRevision, version.revision, () => {
    const record = tables.record(version.revision);
    if (!record) throw new CompactedError(tables.compactedRevision());
    return record;
  });
}

/** What a deletion tells: the last state under the deletion's revision. */
function departed(last: Entry, revision: number): Entry {
  return new UnreadEntry(last.key, last.createRevision, revision, () => ({
    revision, deleted: false, key: last.key, createRevision: last.createRevision, previousRevision: last.modRevision, expiresAt: last.expiresAt ?? 0, value: last.value,
  }));
}

/** The entry as it was at `revision`. */
export function entryAt(tables: Tables, key: string, revision: number): Entry | undefined {
  const version = tables.versionAt(key, revision);
  if (!version || version.deleted) return undefined;
  const record = tables.record(version.revision);
  return record && toEntry(record);
}

export function rangeAt(tables: Tables, options: RangeOptions, revision: number): RangeResult {
  const limit = options.limit && options.limit > 0 ? options.limit : Infinity;
  const revisions: number[] = [];
  let key: string | undefined;
  let newest = 0; // of `key`, at or below `revision`; 0 when it does not exist there
  let more = false;
  for (const version of tables.versions(options.prefix, options.startAfter)) {
    if (version.key !== key) {
      if (newest > 0) revisions.push(newest);
      newest = 0;
      key = version.key;
      if (revisions.length > limit) break;
    }
    if (version.revision <= revision) newest = version.deleted ? 0 : version.revision;
  }
  if (newest > 0) revisions.push(newest);
  if (revisions.length > limit) {
    more = true;
    revisions.length = limit;
  }
  const entries: Entry[] = [];
  for (const each of revisions) {
    const record = tables.record(each);
    if (record) entries.push(toEntry(record));
  }
  return { entries, revision, more };
}

/** The event a record stands for; `previous` must be given where the record has one. */
export function toEvent(record: Record, previous: Entry | undefined): StoreEvent {
  if (record.deleted) {
    const last = previous ?? toEntry(record);
    return { type: 'delete', entry: departed(last, record.revision), previous: last };
  }
  return previous ? { type: 'put', entry: toEntry(record), previous } : { type: 'put', entry: toEntry(record) };
}

/** Events under the prefix after that revision and up to `newest`, out of at most `limit` records. */
export function eventsAfter(
  tables: Tables, prefix: string, after: number, newest: number, limit: number,
): { events: StoreEvent[]; upTo: number } {
  const records: Record[] = [];
  let upTo = newest;
  let seen = 0;
  for (const record of tables.recordsAfter(after)) {
    if (record.revision > newest) break;
    if (record.key.startsWith(prefix)) records.push(record);
    if (++seen === limit) {
      upTo = record.revision;
      break;
    }
  }
  const events = records.map((record) => {
    const before = record.previousRevision > 0 ? tables.record(record.previousRevision) : undefined;
    return toEvent(record, before && toEntry(before));
  });
  return { events, upTo };
}
