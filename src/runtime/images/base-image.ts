import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ImageFiles, addProgram, buildImage } from './image-builder.ts';
import type { NodeImageService } from './service.ts';
import { type ImageStore, type StoredImage, baseImageRecord, writeAtomically } from './store.ts';

/** The name under which nodes have it. */
export const BASE_IMAGE = 'naru.local/tools:latest';

const run = promisify(execFile);

/**
 * A small image of this machine's own Debian or Ubuntu programs, for clusters with no registry in reach: busybox (with httpd, nc,
 * nslookup, wget) under all its names, and bash, which is `sh` too since busybox's drops environment names such as `data-1`.
 * The same programs make the same image. See images/naru-base.
 */
export async function buildBaseImage(store: ImageStore): Promise<StoredImage> {
  const files: ImageFiles = new Map();
  const downloads: string[] = [];
  try {
    const busybox = await program('busybox', downloads), bash = await program('bash', downloads);
    for (const [path, target] of Object.entries(LINKS)) files.set(path, { link: target });
    for (const path of DIRECTORIES) files.set(path, { directory: path.endsWith('tmp') ? 0o1777 : 0o755 });
    for (const [path, text] of Object.entries(TEXTS)) files.set(path, { data: Buffer.from(text), mode: 0o644 });
    await addProgram(files, busybox, 'usr/bin/busybox');
    await addProgram(files, bash, 'usr/bin/bash');
    const applets = (await run(busybox, ['--list'])).stdout.split('\n').filter(Boolean);
    for (const applet of applets) if (!files.has(`usr/bin/${applet}`)) files.set(`usr/bin/${applet}`, { link: 'busybox' });
    files.set('usr/bin/sh', { link: 'bash' });
    return await buildImage(store, files, { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['/bin/sh'] });
  } finally {
    await Promise.all(downloads.map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

/** Gives a node the image; it is made when the machine does not have it yet. */
export async function ensureBaseImage(store: ImageStore, service: NodeImageService): Promise<void> {
  if (await service.resolve(BASE_IMAGE)) return;
  const lock = await store.holdOff();
  try {
    const made = await readFile(baseImageRecord(store), 'utf8').catch(() => undefined);
    const image = (made === undefined ? undefined : await store.image(made)) ?? await buildBaseImage(store);
    await writeAtomically(baseImageRecord(store), image.id);
    await service.tag(image.id, [BASE_IMAGE]);
  } finally {
    await lock.release();
  }
}

const DIRECTORIES = ['usr/bin', 'usr/lib', 'usr/lib64', 'etc', 'tmp', 'var/tmp', 'var/www', 'root', 'home', 'proc', 'sys', 'dev', 'run', 'mnt', 'opt', 'srv'];
const LINKS = { bin: 'usr/bin', sbin: 'usr/bin', lib: 'usr/lib', lib64: 'usr/lib64', 'usr/sbin': 'bin' };
const TEXTS = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nwww-data:x:33:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'var/www/index.html': 'naru\n',
};

/** The path of a program: the installed one, else from its package, which needs no installing. */
async function program(name: string, downloads: string[]): Promise<string> {
  const places = [`/usr/bin/${name}`, `/bin/${name}`];
  for (const place of places) if (await stat(place).catch(() => undefined)) return realpath(place);
  const directory = await mkdtemp(join(tmpdir(), 'naru-base-'));
  downloads.push(directory);
  await run('apt-get', ['download', name], { cwd: directory });
  const archive = (await readdir(directory)).find((file) => file.endsWith('.deb'));
  if (!archive) throw new Error(`apt-get download ${name} left no package`);
  await run('dpkg-deb', ['-x', join(directory, archive), directory]);
  for (const place of places) if (await stat(directory + place).catch(() => undefined)) return directory + place;
  throw new Error(`the package ${name} has no program ${name}`);
}
