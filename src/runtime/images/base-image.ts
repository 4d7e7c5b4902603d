import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Header, pack } from 'tar-stream';
import { digesting, sha256 } from './digest.ts';
import type { ImageStore, StoredImage } from './store.ts';

/** The name under which nodes have it. */
export const BASE_IMAGE = 'naru.local/tools:latest';

const run = promisify(execFile);

/**
 * A small image of this machine's own Debian or Ubuntu programs, for clusters with no registry in reach: busybox (with httpd, nc,
 * nslookup, wget) under all its names, and bash, which is `sh` too since busybox's drops environment names such as `data-1`.
 * The same programs make the same image. See images/naru-base.
 */
export async function buildBaseImage(store: ImageStore): Promise<StoredImage> {
  const files = new Map<string, Entry>();
  const downloads: string[] = [];
  try {
    const [busybox, bash] = [await program('busybox', downloads), await program('bash', downloads)];
    for (const [path, target] of Object.entries(LINKS)) files.set(path, { link: target });
    for (const path of DIRECTORIES) files.set(path, { directory: path === 'tmp' || path === 'var/tmp' ? 0o1777 : 0o755 });
    for (const [path, text] of Object.entries(TEXTS)) files.set(path, { data: Buffer.from(text), mode: 0o644 });
    files.set('usr/bin/busybox', { data: await readFile(busybox), mode: 0o755 });
    files.set('usr/bin/bash', { data: await readFile(bash), mode: 0o755 });
    for (const library of new Set([...await libraries(busybox), ...await libraries(bash)])) {
      files.set(imagePath(library), { data: await readFile(library), mode: 0o755 });
    }
    const applets = (await run(busybox, ['--list'])).stdout.split('\n').filter(Boolean);
    for (const applet of applets) if (!files.has(`usr/bin/${applet}`)) files.set(`usr/bin/${applet}`, { link: 'busybox' });
    files.set('usr/bin/sh', { link: 'bash' });
    return await addAsImage(store, files);
  } finally {
    await Promise.all(downloads.map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

type Entry = { data: Buffer; mode: number } | { link: string } | { directory: number };

const DIRECTORIES = ['usr', 'usr/bin', 'usr/lib', 'usr/lib64', 'etc', 'tmp', 'var', 'var/tmp', 'var/www', 'root', 'home', 'proc', 'sys', 'dev', 'run', 'mnt', 'opt', 'srv'];
const LINKS = { bin: 'usr/bin', sbin: 'usr/bin', lib: 'usr/lib', lib64: 'usr/lib64', 'usr/sbin': 'bin' };
const TEXTS = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\n',
  'etc/group': 'root:x:0:\ntty:x:5:\nwww-data:x:33:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'var/www/index.html': 'naru\n',
};

/** Libraries keep their place, but below usr: `/lib` and `/lib64` are links to there. */
function imagePath(library: string): string {
  return library.startsWith('/usr/') ? library.slice(1) : `usr${library}`;
}

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

/** The shared libraries a program loads, and its loader. */
async function libraries(path: string): Promise<string[]> {
  const { stdout } = await run('ldd', [path]).catch(() => ({ stdout: '' }));
  return [...stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+) \(0x/gm)].map((match) => match[1] as string);
}

async function addAsImage(store: ImageStore, files: Map<string, Entry>): Promise<StoredImage> {
  const tar = pack();
  const epoch = new Date(0);
  const paths = [...files.keys()].sort();
  const depth = (path: string): number => path.split('/').length;
  for (const path of paths.sort((left, right) => depth(left) - depth(right))) {
    const entry = files.get(path) as Entry;
    const header: Partial<Header> & { name: string } = { name: path, uid: 0, gid: 0, mtime: epoch };
    if ('link' in entry) tar.entry({ ...header, type: 'symlink', linkname: entry.link, mode: 0o777 });
    else if ('directory' in entry) tar.entry({ ...header, name: `${path}/`, type: 'directory', mode: entry.directory });
    else {
      if (!files.has(dirname(path))) files.set(dirname(path), { directory: 0o755 });
      tar.entry({ ...header, type: 'file', mode: entry.mode }, entry.data);
    }
  }
  tar.finalize();
  const digest = digesting();
  const chunks: Buffer[] = [];
  for await (const chunk of Readable.from(tar).pipe(digest.stream) as AsyncIterable<Buffer>) chunks.push(chunk);
  const layer = Buffer.concat(chunks);
  const config = Buffer.from(JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', created: epoch.toISOString(),
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
  }));
  return store.add(config, [{ open: async () => Readable.from([layer]) }]);
}
