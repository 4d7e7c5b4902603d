import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own for a test, gone with the process. */
export function scratchDirectory(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `naru-${name}-`));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
