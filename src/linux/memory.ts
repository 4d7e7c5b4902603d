import { callAsync } from './libc.ts';

/** Gives memory that the C library keeps for later back to the kernel; resolves when that is done, after some tens of milliseconds on a thread of the pool. */
export async function returnFreeMemory(): Promise<void> {
  await callAsync('int malloc_trim(size_t)', undefined, 0);
}
