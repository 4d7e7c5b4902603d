import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Runtime } from '../../runtime/runtime.ts';

const MAX_BYTES = 10 * 2 ** 20;
const MAX_FILES = 5;

/** Moves logs that grew too large aside, and drops the oldest. */
export async function rotateLogs(runtime: Runtime, now: number): Promise<void> {
  for (const { id, state, logPath } of runtime.listContainers()) {
    if (state !== 'running') continue;
    const size = (await stat(logPath).catch(() => undefined))?.size ?? 0;
    if (size < MAX_BYTES) continue;
    const folder = dirname(logPath);
    const name = basename(logPath);
    const stamp = new Date(now).toISOString().replace(/[-:T]/g, '').slice(0, 14);
    await rename(logPath, join(folder, `${name}.${stamp}`));
    await runtime.reopenLog(id);
    const rotated = (await readdir(folder)).filter((file) => file.startsWith(`${name}.`)).sort();
    for (const file of rotated.slice(0, Math.max(0, rotated.length - (MAX_FILES - 1)))) await rm(join(folder, file), { force: true });
  }
}
