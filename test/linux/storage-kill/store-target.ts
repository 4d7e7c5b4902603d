import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openLmdbStorage } from '../../../src/storage/lmdb/lmdb-storage.ts';
import type { KillTarget, RunningTarget } from './survives-kills.ts';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** The bare store in `directory`. */
export function storeTarget(directory: string): KillTarget {
  return { start: () => start(directory), read: () => read(directory) };
}

async function start(directory: string): Promise<RunningTarget> {
  const child = spawn(process.execPath, [WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged = new Map<string, number>();
  let revision = 0;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [key, counter, writtenAt, rest] = line.split(' ');
    if (!key || !counter || !writtenAt || rest !== undefined) throw new Error(`bad line from the writer: ${line}`);
    acknowledged.set(key, Number(counter));
    revision = Math.max(revision, Number(writtenAt));
  });
  const closed = once(lines, 'close');
  await Promise.race([once(lines, 'line'), closed]);
  return {
    acknowledged,
    revision: () => revision,
    async kill() {
      if (child.exitCode !== null) throw new Error(`the writer ended by itself with code ${child.exitCode}`);
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function read(directory: string): Promise<{ counters: Map<string, number>; revision: number }> {
  const storage = await openLmdbStorage(directory, { compactionMilliseconds: 0 });
  try {
    const { entries, revision } = await storage.range({ prefix: '/counters/' });
    return { counters: new Map(entries.map((entry) => [entry.key, Number(Buffer.from(entry.value).toString().split(' ')[0])])), revision };
  } finally {
    await storage.close();
  }
}
