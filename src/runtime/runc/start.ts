import { constants, openSync, closeSync, readSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { sleep } from '../../base/clock.ts';
import { hasCode } from '../../linux/libc.ts';
import { type ProcessIdentity, isAlive } from '../../linux/process.ts';

const POLL_MILLISECONDS = 1;

/**
 * Lets a created container run, in process: its first process waits in opening a pipe in runc's directory, and goes on when
 * someone reads it. That is all that `runc start` does, without its 20 ms.
 */
export async function openStartFifo(fifo: string, first: ProcessIdentity): Promise<void> {
  const descriptor = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const byte = Buffer.alloc(8);
    for (let pause = 0; !readSome(descriptor, byte); pause = POLL_MILLISECONDS) {
      if (!isAlive(first)) {
        if (readSome(descriptor, byte)) break;
        throw new Error('the container\'s process ended before it was started');
      }
      await sleep(pause);
    }
  } finally {
    closeSync(descriptor);
  }
  await unlink(fifo).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
}

function readSome(descriptor: number, buffer: Buffer): boolean {
  try {
    return readSync(descriptor, buffer) > 0;
  } catch (error) {
    if (hasCode(error, 'EAGAIN')) return false;
    throw error;
  }
}
