import { constants } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Opens anything without reading it: a pipe or a device does nothing, and a link is opened itself. Node has no name for it. */
export const O_PATH = 0o10000000;

/**
 * Opens what `path` names in a directory that others write to. Links are followed inside it only, judged by where the open file really
 * is, so that exchanging one meanwhile gains nothing; opening a pipe does not wait for its writer. Undefined when there is nothing, or
 * when it is elsewhere.
 */
export async function openInside(directory: string, path: string): Promise<FileHandle | undefined> {
  const root = await realpath(directory).catch(() => undefined);
  if (root === undefined || path.split('/').includes('..')) return undefined;
  const handle = await realpath(join(root, path)).then((real) => open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)).catch(() => undefined);
  if (!handle) return undefined;
  const really = await readlink(`/proc/self/fd/${handle.fd}`);
  if (really === root || really.startsWith(`${root}/`)) return handle;
  await handle.close();
  return undefined;
}

/** A text file in such a directory, of so many bytes at most. */
export async function readInsideDirectory(directory: string, path: string, limit: number): Promise<string | undefined> {
  const handle = await openInside(directory, path);
  if (!handle) return undefined;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    if (stats.size > limit) throw new Error(`file "${path}" is longer than ${limit} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
