import type { Database, PutOptions, RootDatabase } from 'lmdb';
import type { Commit, Record, Tables, Version } from '../mvcc/tables.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

const WRITTEN = 0;
const DELETED = 1;
/** Revisions only grow: pages are filled to the end instead of being split in the middle. (The types know options with `version` only.) */
const LAST = { append: true } satisfies PutOptions as unknown as number;
const DELETED_ROW = Buffer.from([DELETED]);
const NOTHING = Buffer.alloc(0);
/** Sorts behind every key and every revision. */
const AFTER_ALL_TEXT = '\u{10FFFF}';
const AFTER_ALL_NUMBERS = Number.MAX_SAFE_INTEGER;

/**
 * Four tables of one LMDB environment:
 * - records: revision -> record (`record-codec.ts`)
 * - versions: [key, revision] -> 0 written or 1 deleted (1 byte), create revision of what was written (8-byte double; older rows lack it)
 * - expiries: [milliseconds, key] -> nothing
 * - state: name -> number
 */
export class LmdbTables implements Tables {
  private readonly root: RootDatabase<Buffer, string>;
  private readonly records: Database<Buffer, number>;
  private readonly versionTable: Database<Buffer, [string, number]>;
  private readonly expiryTable: Database<Buffer, [number, string]>;
  private readonly state: Database<Buffer, string>;

  constructor(root: RootDatabase<Buffer, string>) {
    this.root = root;
    this.records = root.openDB<Buffer, number>({ name: 'records', encoding: 'binary' });
    this.versionTable = root.openDB<Buffer, [string, number]>({ name: 'versions', encoding: 'binary' });
    this.expiryTable = root.openDB<Buffer, [number, string]>({ name: 'expiries', encoding: 'binary' });
    this.state = root.openDB<Buffer, string>({ name: 'state', encoding: 'binary' });
  }

  record(revision: number): Record | undefined {
    const bytes = this.records.getBinary(revision);
    return bytes && decodeRecord(revision, bytes);
  }

  *recordsAfter(after: number): Iterable<Record> {
    for (const { key, value } of this.records.getRange({ start: after + 1, end: AFTER_ALL_NUMBERS })) yield decodeRecord(key, value);
  }

  versionAt(key: string, revision: number): Version | undefined {
    for (const found of this.versionTable.getRange({ start: [key, revision], end: [key, 0], reverse: true, limit: 1 })) {
      return versionOf(key, found.key[1], found.value);
    }
    return undefined;
  }

  *versions(prefix: string, startAfter: string | undefined): Iterable<Version> {
    const start = startAfter !== undefined && startAfter >= prefix ? [startAfter, AFTER_ALL_NUMBERS] : [prefix];
    for (const { key, value } of this.versionTable.getRange({ start, end: [prefix + AFTER_ALL_TEXT] } as object)) {
      yield versionOf(key[0], key[1], value);
    }
  }

  lastRevision(): number {
    for (const revision of this.records.getKeys({ reverse: true, limit: 1 })) return revision;
    return 0;
  }

  compactedRevision(): number { return this.readState('compactedRevision'); }
  cleanedRevision(): number { return this.readState('cleanedRevision'); }

  *expiries(): Iterable<{ at: number; key: string }> {
    for (const [at, key] of this.expiryTable.getKeys()) yield { at, key };
  }

  async commit(commit: Commit): Promise<void> {
    const committed = this.root.batch(() => this.apply(commit));
    await committed;
    await this.root.flushed;
    this.root.resetReadTxn();
  }

  async close(): Promise<void> {
    await this.root.close();
  }

  private apply(commit: Commit): void {
    for (const record of commit.records) {
      void this.records.put(record.revision, encodeRecord(record) as Buffer, LAST);
      void this.versionTable.put([record.key, record.revision], record.deleted ? DELETED_ROW : writtenRow(record.createRevision));
      if (record.expiresAt > 0) void this.expiryTable.put([record.expiresAt, record.key], NOTHING);
    }
    for (const { key, revision } of commit.forget ?? []) {
      void this.records.remove(revision);
      void this.versionTable.remove([key, revision]);
    }
    for (const { at, key } of commit.expired ?? []) void this.expiryTable.remove([at, key]);
    if (commit.compactedRevision !== undefined) this.writeState('compactedRevision', commit.compactedRevision);
    if (commit.cleanedRevision !== undefined) this.writeState('cleanedRevision', commit.cleanedRevision);
  }

  private readState(name: string): number {
    const bytes = this.state.getBinary(name);
    return bytes ? bytes.readDoubleBE(0) : 0;
  }

  private writeState(name: string, value: number): void {
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleBE(value);
    void this.state.put(name, bytes);
  }
}

function writtenRow(createRevision: number): Buffer {
  const row = Buffer.allocUnsafe(9);
  row[0] = WRITTEN;
  row.writeDoubleBE(createRevision, 1);
  return row;
}

function versionOf(key: string, revision: number, row: Buffer): Version {
  const version: Version = { key, revision, deleted: row[0] === DELETED };
  if (row.length > 1) version.createRevision = row.readDoubleBE(1);
  return version;
}
