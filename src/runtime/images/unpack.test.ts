import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Header, pack } from 'tar-stream';
import { unpackLayer } from './unpack.ts';

type TarEntry = Partial<Header> & { name: string; text?: string };
const directory = (name: string, more: Partial<Header> = {}): TarEntry => ({ name, type: 'directory', mode: 0o755, ...more });
const symlink = (name: string, linkname: string): TarEntry => ({ name, type: 'symlink', linkname });

describe('a layer that puts a link in the place of one of its directories by another name', { skip: process.getuid?.() !== 0 && 'only root unpacks' }, () => {
  let above = '';
  beforeEach(() => {
    above = mkdtempSync(join(tmpdir(), 'naru-unpack-'));
    mkdirSync(join(above, 'layer'));
    mkdirSync(join(above, 'outside/c'), { recursive: true });
    writeFileSync(join(above, 'outside/file'), 'safe');
  });
  afterEach(() => rmSync(above, { recursive: true }));

  async function unpack(...entries: TarEntry[]): Promise<void> {
    const tar = pack();
    for (const { text, ...header } of entries) tar.entry({ mtime: new Date(0), ...header }, text ?? '');
    tar.finalize();
    await unpackLayer(Readable.from([Buffer.concat(await Readable.from(tar).toArray() as Buffer[])]), join(above, 'layer')).catch(() => undefined);
  }
  const outsideIsSafe = (): void => assert.equal(readFileSync(join(above, 'outside/file'), 'utf8'), 'safe');

  test('a directory that was known by its own name', async () => {
    await unpack(directory('a'), directory('a/b'), symlink('x', 'a'), symlink('x/b', join(above, 'outside')), { name: 'a/b/file', text: 'bad' });
    outsideIsSafe();
  });
  test('a directory that was known by another name', async () => {
    await unpack(directory('a'), symlink('x', 'a'), symlink('y', 'x'), directory('y/c'), symlink('x', join(above, 'outside')), { name: 'y/c/file', text: 'bad' });
    assert.throws(() => lstatSync(join(above, 'outside/c/file')), { code: 'ENOENT' });
  });
  test('times of directories are not set through it either', async () => {
    const before = lstatSync(join(above, 'outside/c')).mtimeMs;
    await unpack(directory('a'), directory('a/c'), symlink('x', 'a'), symlink('a', join(above, 'outside')));
    assert.equal(lstatSync(join(above, 'outside/c')).mtimeMs, before);
  });
});
