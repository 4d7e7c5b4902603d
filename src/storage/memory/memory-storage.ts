import { systemClock, type Clock } from '../../base/clock.ts';
import { MvccStorage } from '../mvcc/mvcc-storage.ts';
import type { Storage } from '../storage.ts';
import { MemoryTables } from './memory-tables.ts';

export interface MemoryStorageOptions {
  clock?: Clock;
  /** How long the past is kept; default five minutes, 0 for ever. */
  compactionMilliseconds?: number;
}

/** A store that is gone with the process: for tests, simulations and throw-away clusters. */
export function openMemoryStorage(options: MemoryStorageOptions = {}): Storage {
  return new MvccStorage(new MemoryTables(), {
    clock: options.clock ?? systemClock, compactionMilliseconds: options.compactionMilliseconds ?? 300_000,
  });
}
