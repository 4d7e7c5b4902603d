import { open } from 'node:fs/promises';
import { sleep } from '../base/clock.ts';
import { call, hasCode } from './libc.ts';

const SHARED = 1, EXCLUSIVE = 2, NON_BLOCKING = 4;
const RETRY_MILLISECONDS = 5;

export interface FileLock { release(): Promise<void> }

/** A lock between processes on the file at `path`; the kernel drops it when its holder dies. undefined when taken and `wait` is false. */
export async function lockFile(path: string, mode: 'shared' | 'exclusive', wait: boolean): Promise<FileLock | undefined> {
  const handle = await open(path, 'a');
  for (;;) {
    try {
      call('int flock(int, int)', path, handle.fd, (mode === 'shared' ? SHARED : EXCLUSIVE) | NON_BLOCKING);
      return { release: () => handle.close() };
    } catch (error) {
      if (!hasCode(error, 'EAGAIN', 'EWOULDBLOCK') || !wait) {
        await handle.close();
        if (hasCode(error, 'EAGAIN', 'EWOULDBLOCK')) return undefined;
        throw error;
      }
    }
    await sleep(RETRY_MILLISECONDS);
  }
}

export async function withFileLock<T>(path: string, action: () => Promise<T>): Promise<T> {
  const lock = await lockFile(path, 'exclusive', true);
  try {
    return await action();
  } finally {
    await lock?.release();
  }
}
