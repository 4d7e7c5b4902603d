import type { Storage } from '../storage.ts';
import type { HubOptions, WatchHub } from './types.ts';

export * from './types.ts';

/** A hub for the resource stored under `prefix`, which ends in a slash: `/registry/core/pods/`. Starts to load at once. */
export function createWatchHub(storage: Storage, prefix: string, options: HubOptions): WatchHub {
  void storage; void prefix; void options;
  throw new Error('being written');
}
