/**
 * What a backend that lives in this process must be able to keep: one record a revision, an index from keys to their
 * revisions, and the times at which keys expire. All reads are synchronous and see every commit that has resolved.
 */
export interface Record {
  revision: number;
  deleted: boolean;
  key: string;
  /** 0 for a deletion. */
  createRevision: number;
  /** Revision of the key's record before this one; 0 when it did not exist then. */
  previousRevision: number;
  /** 0: never. */
  expiresAt: number;
  /** Empty for a deletion. */
  value: Uint8Array;
}

export interface Version {
  key: string; revision: number; deleted: boolean;
  /** Of what was written; undefined in rows of an older form, whose record has it. */
  createRevision?: number;
}

export interface Commit {
  records: Record[];
  /** Revisions that compaction takes away, with their keys. */
  forget?: { key: string; revision: number }[];
  /** Expiry rows that have been dealt with. */
  expired?: { at: number; key: string }[];
  compactedRevision?: number;
  /** How far compaction has cleaned up; at most `compactedRevision`. */
  cleanedRevision?: number;
}

export interface Tables {
  record(revision: number): Record | undefined;
  /** Ascending, from the first revision above `after`. */
  recordsAfter(after: number): Iterable<Record>;
  /** The newest version of the key at or below `revision`. */
  versionAt(key: string, revision: number): Version | undefined;
  /** All versions of all keys under the prefix, by key, then revision; only keys after `startAfter`. */
  versions(prefix: string, startAfter: string | undefined): Iterable<Version>;
  /** Revision of the last record; 0 when there is none. */
  lastRevision(): number;
  compactedRevision(): number;
  cleanedRevision(): number;
  /** Earliest first. */
  expiries(): Iterable<{ at: number; key: string }>;
  /** All or nothing; resolves when it is on disk. Commits that overlap take effect in the order they were given. */
  commit(commit: Commit): Promise<void>;
  close(): Promise<void>;
}
