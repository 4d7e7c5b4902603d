import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { storageConformance } from '../conformance.ts';
import { openLmdbStorage } from './lmdb-storage.ts';

const directories: string[] = [];
after(async () => { for (const directory of directories) await rm(directory, { recursive: true, force: true }); });

storageConformance('lmdb', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'naru-lmdb-'));
  directories.push(directory);
  const open = () => openLmdbStorage(directory);
  return { open, reopen: open };
});
