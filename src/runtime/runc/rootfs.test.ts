import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { joinInside, readInside } from './rootfs.ts';

test('links are followed as inside the root, and never lead out of it', { timeout: 10_000 }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'naru-rootfs-'));
  try {
    await mkdir(`${root}/usr/etc`, { recursive: true });
    await writeFile(`${root}/usr/etc/passwd`, 'inside');
    await symlink('/usr/etc', `${root}/etc`);
    await symlink('../../../../../etc/passwd', `${root}/usr/up`);
    await symlink('loop', `${root}/loop`);
    assert.equal(await joinInside(root, '/etc/passwd'), `${root}/usr/etc/passwd`);
    assert.equal(await readInside(root, '/usr/up'), 'inside');
    assert.equal(await joinInside(root, '/../..'), root);
    assert.equal(await joinInside(root, 'not/there'), `${root}/not/there`);
    await assert.rejects(joinInside(root, '/loop/x'), /too many links/);
    assert.equal(await readInside(root, '/no/file'), '');
    execFileSync('mkfifo', [`${root}/pipe`]);
    assert.equal(await readInside(root, '/pipe'), '', 'it is not waited for a writer');
  } finally {
    await rm(root, { recursive: true });
  }
});
