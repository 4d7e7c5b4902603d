import type { Commit, Record, Tables, Version } from '../mvcc/tables.ts';

/** Index of the first element for which `isAtOrAfter` holds; the array must be ordered by it. */
function firstIndex<T>(items: T[], isAtOrAfter: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAtOrAfter(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export class MemoryTables implements Tables {
  /** Ordered by revision. */
  private log: Record[] = [];
  private readonly byRevision = new Map<number, Record>();
  private readonly keys: string[] = [];
  private readonly versionsOf = new Map<string, Version[]>();
  private expiryRows: { at: number; key: string }[] = [];
  private compacted = 0;
  private cleaned = 0;

  record(revision: number): Record | undefined { return this.byRevision.get(revision); }

  *recordsAfter(after: number): Iterable<Record> {
    for (let index = firstIndex(this.log, (record) => record.revision > after); index < this.log.length; index++) yield this.log[index] as Record;
  }

  versionAt(key: string, revision: number): Version | undefined {
    const versions = this.versionsOf.get(key) ?? [];
    return versions[firstIndex(versions, (version) => version.revision > revision) - 1];
  }

  *versions(prefix: string, startAfter: string | undefined): Iterable<Version> {
    const start = startAfter !== undefined && startAfter >= prefix
      ? firstIndex(this.keys, (key) => key > startAfter) : firstIndex(this.keys, (key) => key >= prefix);
    for (let index = start; index < this.keys.length && (this.keys[index] as string).startsWith(prefix); index++) {
      yield* this.versionsOf.get(this.keys[index] as string) as Version[];
    }
  }

  lastRevision(): number { return this.log.at(-1)?.revision ?? 0; }
  compactedRevision(): number { return this.compacted; }
  cleanedRevision(): number { return this.cleaned; }
  expiries(): Iterable<{ at: number; key: string }> { return this.expiryRows; }

  async commit(commit: Commit): Promise<void> {
    for (const record of commit.records) this.append(record);
    for (const { key, revision } of commit.forget ?? []) this.forget(key, revision);
    if (commit.forget?.length) this.log = this.log.filter((record) => this.byRevision.has(record.revision));
    if (commit.expired) {
      const gone = new Set(commit.expired.map((row) => `${row.at} ${row.key}`));
      this.expiryRows = this.expiryRows.filter((row) => !gone.has(`${row.at} ${row.key}`));
    }
    this.compacted = commit.compactedRevision ?? this.compacted;
    this.cleaned = commit.cleanedRevision ?? this.cleaned;
  }

  async close(): Promise<void> {}

  private append(record: Record): void {
    this.log.push(record);
    this.byRevision.set(record.revision, record);
    const version: Version = { key: record.key, revision: record.revision, deleted: record.deleted, createRevision: record.createRevision };
    const versions = this.versionsOf.get(record.key);
    if (versions) versions.push(version);
    else {
      this.versionsOf.set(record.key, [version]);
      this.keys.splice(firstIndex(this.keys, (key) => key >= record.key), 0, record.key);
    }
    if (record.expiresAt > 0) {
      const at = firstIndex(this.expiryRows, (row) => row.at > record.expiresAt);
      this.expiryRows.splice(at, 0, { at: record.expiresAt, key: record.key });
    }
  }

  private forget(key: string, revision: number): void {
    this.byRevision.delete(revision);
    const left = (this.versionsOf.get(key) ?? []).filter((version) => version.revision !== revision);
    if (left.length > 0) this.versionsOf.set(key, left);
    else if (this.versionsOf.delete(key)) this.keys.splice(firstIndex(this.keys, (each) => each >= key), 1);
  }
}
