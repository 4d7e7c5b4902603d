// The process that is killed: `writer.ts DIRECTORY` raises counters in the store there and prints each acknowledgement.
import { writeSync } from 'node:fs';
import { openLmdbStorage } from '../../../src/storage/lmdb/lmdb-storage.ts';

const WRITERS = 8;
const storage = await openLmdbStorage(process.argv[2] as string, { compactionMilliseconds: 15 });

async function writeForever(key: string): Promise<never> {
  for (;;) {
    const current = await storage.get(key);
    const counter = current ? Number(Buffer.from(current.value).toString().split(' ')[0]) + 1 : 1;
    // Sizes from within a page to several overflow pages.
    const value = Buffer.from(`${counter} ${'x'.repeat((counter * 997) % 20_000)}`);
    const result = await storage.put(key, value, { modRevision: current?.modRevision ?? 0 });
    if (!result.ok) throw new Error(`${key} was written by somebody else`);
    writeSync(1, `${key} ${counter} ${result.revision}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, index) => writeForever(`/counters/${index}`)));
