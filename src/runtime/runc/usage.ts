import { lstat, readdir } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { hasCode } from '../../linux/libc.ts';

/** Bytes on disk of everything below `directory`; what vanishes meanwhile counts nothing. */
export async function diskUsage(directory: string): Promise<number> {
  let total = 0;
  const pending = [directory];
  while (pending.length) {
    const current = pending.pop() as string;
    try {
      for (const entry of await readdir(current, { withFileTypes: true })) {
        const path = `${current}/${entry.name}`;
        const { blocks } = await lstat(path);
        total += blocks * 512;
        if (entry.isDirectory()) pending.push(path);
      }
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
  return total;
}

const LEAST_AGE_MILLISECONDS = 5_000;
/** A walk may take at most this share of the time. */
const COST_FACTOR = 20;

/** Disk usage of directories, walked again only when the last answer is old against what the walk cost. */
export function usageCache(clock: Clock): { of(directory: string): Promise<number>; forget(directory: string): void } {
  const known = new Map<string, { bytes: Promise<number>; validUntil: number }>();
  return {
    of(directory) {
      const entry = known.get(directory);
      if (entry && clock.monotonic() < entry.validUntil) return entry.bytes;
      const begun = clock.monotonic();
      const fresh = { bytes: diskUsage(directory), validUntil: Infinity };
      known.set(directory, fresh);
      const settle = (): void => {
        const now = clock.monotonic();
        fresh.validUntil = now + Math.max(LEAST_AGE_MILLISECONDS, (now - begun) * COST_FACTOR);
      };
      fresh.bytes.then(settle, () => known.delete(directory));
      return fresh.bytes;
    },
    forget: (directory) => void known.delete(directory),
  };
}
