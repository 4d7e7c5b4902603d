import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fakeSystem } from '../testing/fakes.ts';
import { scratchDirectory } from '../testing/scratch.ts';
import { writeAtomically } from './atomic-writer.ts';
import { prepareHostPath } from './host-path.ts';
import { giveToGroup } from './ownership.ts';
import { keyedPayload } from './payload.ts';
import { mountSubPath } from './sub-path.ts';

const scratch = async () => scratchDirectory('volumes');
const file = (text: string, mode = 0o644) => ({ data: Buffer.from(text), mode });

describe('atomic writer', () => {
  test('shows files through ..data, replaces all at once and takes away what is gone', async () => {
    const volume = await scratch();
    assert.equal(await writeAtomically(volume, new Map([['a', file('1')], ['deep/b', file('2', 0o400)]])), true);
    assert.equal(await readFile(join(volume, 'deep/b'), 'utf8'), '2');
    assert.equal((await stat(join(volume, 'deep/b'))).mode & 0o777, 0o400);
    const first = await readlink(join(volume, '..data'));
    assert.equal(await writeAtomically(volume, new Map([['a', file('1')], ['deep/b', file('2', 0o400)]])), false);
    assert.equal(await writeAtomically(volume, new Map([['a', file('3')]])), true);
    assert.equal(await readFile(join(volume, 'a'), 'utf8'), '3');
    const names = await readdir(volume);
    assert.ok(!names.includes('deep') && !names.includes(first), names.join());
  });
  test('leaves nothing behind when it fails', async () => {
    const volume = await scratch();
    await assert.rejects(writeAtomically(volume, new Map([['a', file('1')], ['a/b', file('2')]])));
    assert.deepEqual(await readdir(volume), []);
  });
  test('refuses paths that lead out', async () => {
    await assert.rejects(writeAtomically(await scratch(), new Map([['../x', file('')]])), /invalid path/);
  });
});

test('listed keys only, and a missing one is an error unless optional', () => {
  const data = new Map([['a', Buffer.from('1')], ['b', Buffer.from('2')]]);
  assert.deepEqual([...keyedPayload(data, [{ key: 'a', path: 'x/y', mode: 0o600 }], undefined, false, 'config')], [['x/y', { data: Buffer.from('1'), mode: 0o600 }]]);
  assert.throws(() => keyedPayload(data, [{ key: 'z', path: 'z' }], undefined, false, 'secret'), { message: 'references non-existent secret key: z' });
  assert.equal(keyedPayload(data, [{ key: 'z', path: 'z' }], undefined, true, 'secret').size, 0);
});

test('hostPath types check and make what they say', async () => {
  const root = await scratch();
  await assert.rejects(prepareHostPath(join(root, 'no'), 'Directory'), { message: `hostPath type check failed: ${root}/no is not a directory` });
  await assert.rejects(prepareHostPath(root, 'File'), { message: `hostPath type check failed: ${root} is not a file` });
  await prepareHostPath(join(root, 'made'), 'DirectoryOrCreate');
  await prepareHostPath(join(root, 'file'), 'FileOrCreate');
  assert.ok((await stat(join(root, 'file'))).isFile());
  await assert.rejects(prepareHostPath(join(root, 'file'), 'Socket'), /is not a socket file/);
});

describe('sub-paths', () => {
  test('are made inside the volume', async () => {
    const volume = await scratch();
    const target = join(await scratch(), 'mnt');
    const mounts: string[] = [];
    await mountSubPath({ ...fakeSystem, bindMount: (source) => { mounts.push(source); } }, volume, 'a/b', target);
    assert.ok((await stat(join(volume, 'a/b'))).isDirectory());
    assert.match(mounts[0] ?? '', /^\/proc\/self\/fd\/\d+$/);
  });
  test('are as open as the volume, whatever the umask', async () => {
    const volume = await scratch();
    await chmod(volume, 0o777);
    await mountSubPath(fakeSystem, volume, 'a/b', join(await scratch(), 'mnt'));
    assert.equal((await stat(join(volume, 'a/b'))).mode & 0o777, 0o777);
  });
  test('may be a socket', async () => {
    const volume = await scratch();
    const server = createServer().listen(join(volume, 'socket'));
    await once(server, 'listening');
    const mounts: string[] = [];
    await mountSubPath({ ...fakeSystem, bindMount: (source) => { mounts.push(source); } }, volume, 'socket', join(await scratch(), 'mnt'));
    server.close();
    assert.equal(mounts.length, 1);
  });
  test('do not follow links out of the volume', async () => {
    const volume = await scratch();
    const outside = await scratch();
    await mkdir(join(outside, 'secret'));
    await symlink(outside, join(volume, 'link'));
    await assert.rejects(mountSubPath(fakeSystem, volume, 'link/secret', join(await scratch(), 'mnt')), /not within volume path/);
    await assert.rejects(mountSubPath(fakeSystem, volume, 'link/fresh', join(await scratch(), 'mnt')), /not within volume path/);
    assert.deepEqual(await readdir(outside), ['secret']);
    await assert.rejects(mountSubPath(fakeSystem, volume, '../x', join(await scratch(), 'mnt')), /must stay inside/);
  });
});

describe('a volume given to a group', { skip: process.getuid?.() !== 0 && 'only root may give files away' }, () => {
  test('all of it changes hands, and links are not followed', async () => {
    const above = await scratch();
    const volume = join(above, 'volume');
    await mkdir(join(volume, 'sub'), { recursive: true });
    await chmod(join(volume, 'sub'), 0o755);
    await writeFile(join(volume, 'sub/file'), '', { mode: 0o600 });
    await writeFile(join(above, 'outside'), '', { mode: 0o600 });
    await symlink('../outside', join(volume, 'link'));
    await giveToGroup(volume, 4321, { readOnly: false, onRootMismatch: false });
    const facts = async (path: string) => { const { gid, mode } = await lstat(join(above, path)); return [gid, mode & 0o7777]; };
    assert.deepEqual(await facts('volume/sub/file'), [4321, 0o660]);
    assert.deepEqual(await facts('volume/sub'), [4321, 0o2775]);
    assert.equal((await facts('volume/link'))[0], 4321);
    assert.deepEqual(await facts('outside'), [0, 0o600]);
  });
  test('a link that a container puts in the place of a file meanwhile gains nothing', async () => {
    const above = await scratch();
    const volume = join(above, 'volume');
    await mkdir(volume);
    await writeFile(join(above, 'outside'), '', { mode: 0o600 });
    const swapper = spawn('sh', ['-c', 'ln -s ../outside link; : > file; while :; do : > entry; mv -T entry file; ln -s ../outside entry; mv -T entry file; done'], { cwd: volume, stdio: 'ignore' });
    try {
      for (let round = 0; round < 300; round++) await giveToGroup(volume, 4321, { readOnly: false, onRootMismatch: false });
    } finally {
      swapper.kill('SIGKILL');
      await once(swapper, 'exit');
    }
    const { gid, mode } = await lstat(join(above, 'outside'));
    assert.deepEqual([gid, mode & 0o7777], [0, 0o600]);
  });
});
