import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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

test('a store whose version rows lack the create revision goes on with the right one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'naru-lmdb-'));
  directories.push(directory);
  const before = await openLmdbStorage(directory);
  const made = await before.put('/old', Buffer.from('1'), { modRevision: 0 });
  assert.ok(made.ok);
  await before.close();
  const { open } = await import('lmdb');
  const root = open<Buffer, string>({ path: directory, encoding: 'binary', maxDbs: 8, noSubdir: false });
  await root.openDB<Buffer, [string, number]>({ name: 'versions', encoding: 'binary' }).put(['/old', made.revision], Buffer.from([0]));
  await root.close();
  const after = await openLmdbStorage(directory);
  const changed = await after.put('/old', Buffer.from('2'), { modRevision: made.revision });
  assert.ok(changed.ok);
  assert.equal(Buffer.from(changed.previous?.value ?? []).toString(), '1');
  assert.equal((await after.get('/old'))?.createRevision, made.revision);
  await after.close();
});
