import { existsSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Resolves once the file exists; the directory must exist. Costs nothing while waiting. */
export function waitForFile(path: string): Promise<void> {
  if (existsSync(path)) return Promise.resolve();
  return new Promise((resolve) => {
    const watcher = watch(dirname(path), (_event, name) => {
      if (name !== null && name !== basename(path)) return;
      if (existsSync(path)) finish();
    });
    const finish = (): void => { watcher.close(); resolve(); };
    // It may have come between the first look and the watch.
    if (existsSync(path)) finish();
  });
}
