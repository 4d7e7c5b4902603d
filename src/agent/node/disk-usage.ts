import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that a tree takes on its disk, links not followed; what vanishes meanwhile counts nothing. */
export async function diskUsage(path: string): Promise<{ bytes: number; inodes: number }> {
  const total = { bytes: 0, inodes: 0 };
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return total;
  total.bytes = stats.blocks * 512;
  total.inodes = 1;
  if (!stats.isDirectory()) return total;
  const directory = await opendir(path).catch(() => undefined);
  if (!directory) return total;
  for await (const entry of directory) {
    const below = await diskUsage(join(path, entry.name));
    total.bytes += below.bytes;
    total.inodes += below.inodes;
  }
  return total;
}
