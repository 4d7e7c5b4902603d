import { mkdir } from 'node:fs/promises';
import { systemClock, type Clock } from '../../base/clock.ts';
import { MvccStorage } from '../mvcc/mvcc-storage.ts';
import type { Storage } from '../storage.ts';
import { LmdbTables } from './lmdb-tables.ts';

export interface LmdbStorageOptions {
  clock?: Clock;
  /** How long the past is kept at least (half of it longer at most); default five minutes, 0 for ever. */
  compactionMilliseconds?: number;
}

/** Three pods to a page; of LMDB's usual page a pod takes one and leaves half of it empty. An older store keeps the pages it has. */
const PAGE_BYTES = 8192;

/** Opens the store in `directory`, which is made when it is missing. One process may have it open at a time. */
export async function openLmdbStorage(directory: string, options: LmdbStorageOptions = {}): Promise<Storage> {
  const [{ open }] = await Promise.all([import('lmdb'), mkdir(directory, { recursive: true, mode: 0o700 })]);
  const root = open<Buffer, string>({ path: directory, encoding: 'binary', maxDbs: 8, noSubdir: false, overlappingSync: false, pageSize: PAGE_BYTES });
  return new MvccStorage(new LmdbTables(root), {
    clock: options.clock ?? systemClock, compactionMilliseconds: options.compactionMilliseconds ?? 300_000,
  });
}
