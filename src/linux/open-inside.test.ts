import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openInside, readInsideDirectory } from './open-inside.ts';

const above = mkdtempSync(join(tmpdir(), 'naru-inside-'));
after(() => rmSync(above, { recursive: true }));

test('a file is read where it is, through links inside, and nothing outside is', { timeout: 10_000 }, async () => {
  const volume = join(above, 'volume');
  mkdirSync(join(volume, 'sub'), { recursive: true });
  writeFileSync(join(above, 'secret'), 'secret');
  writeFileSync(join(volume, 'sub/file'), 'text');
  symlinkSync('sub/file', join(volume, 'inside'));
  symlinkSync('../secret', join(volume, 'outside'));
  symlinkSync(above, join(volume, 'up'));
  execFileSync('mkfifo', [join(volume, 'pipe')]);
  for (const path of ['sub/file', 'inside']) assert.equal(await readInsideDirectory(volume, path, 100), 'text');
  for (const path of ['outside', 'up/secret', '../secret', 'sub', 'pipe', 'none']) assert.equal(await readInsideDirectory(volume, path, 100), undefined, path);
  await assert.rejects(readInsideDirectory(volume, 'sub/file', 3), /longer than 3 bytes/);
  assert.equal(await openInside(join(above, 'none'), 'x'), undefined);
});
