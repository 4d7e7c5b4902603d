import { mkdir, readFile, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImageFiles } from '../src/runtime/images/image-builder.ts';
import { PACKAGES } from './cache.ts';
import { KitError, output } from './commands.ts';

/** Of this machine's distribution. The static busybox will not do: its programs crash when they look up names. */
const WANTED = ['busybox', 'bash', 'curl', 'netcat-openbsd', 'iproute2', 'socat', 'iperf', 'bind9-dnsutils', 'bind9-host', 'nginx', 'libc-bin'];
const TREE = join(PACKAGES, 'tree');
const [TRIPLET, LOADER] = process.arch === 'arm64' ? ['aarch64-linux-gnu', '/lib/ld-linux-aarch64.so.1'] : ['x86_64-linux-gnu', '/lib64/ld-linux-x86-64.so.2'];
/** glibc loads these by itself, so no program names them. */
const NAME_SERVICES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/** A file or folder of the unpacked packages. */
export const packaged = (path: string): string => join(TREE, path);

/**
 * Unpacks the packages and all that they depend on beside the system. None is installed: nginx would start a server, and the
 * machine's own libraries may be others.
 */
export async function unpackPackages(say: (message: string) => void): Promise<void> {
  const stamp = join(PACKAGES, 'unpacked');
  if (await readFile(stamp, 'utf8').catch(() => '') === WANTED.join(' ')) return;
  say('fetching Debian packages for the test images');
  const archives = join(PACKAGES, 'archives'), fresh = join(PACKAGES, 'tree.new');
  await rm(PACKAGES, { recursive: true, force: true });
  await mkdir(join(archives, 'partial'), { recursive: true });
  await mkdir(fresh);
  // With an empty list of installed packages, apt fetches every dependency.
  const empty = join(PACKAGES, 'status');
  await writeFile(empty, '');
  const options = { 'Dir::State::status': empty, 'Dir::Cache::archives': archives, 'APT::Sandbox::User': 'root', 'Debug::NoLocking': '1' };
  const args = ['-qq', '-y', '--no-install-recommends', '--download-only', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]), 'install', ...WANTED];
  await output('apt-get', args).catch(async () => {
    await output('apt-get', ['-qq', 'update']);
    await output('apt-get', args);
  });
  for (const file of await readdir(archives)) if (file.endsWith('.deb')) await output('dpkg-deb', ['-x', join(archives, file), fresh]);
  await rename(fresh, TREE);
  await rm(archives, { recursive: true });
  await writeFile(stamp, WANTED.join(' '));
}

/** Adds programs of the packages under their own paths, with the libraries they load. */
export async function addPackaged(files: ImageFiles, ...paths: string[]): Promise<void> {
  const library = async (source: string, place: string): Promise<void> => {
    if (!files.has(place)) files.set(place, { data: await readFile(source), mode: 0o755 });
  };
  for (const path of paths) {
    files.set(path.slice(1), { data: await readFile(packaged(path)), mode: 0o755 });
    for (const source of await librariesOf(path)) await library(source, `lib/${TRIPLET}/${basename(source)}`);
  }
  for (const name of NAME_SERVICES) await library(packaged(`/lib/${TRIPLET}/${name}`), `lib/${TRIPLET}/${name}`);
  await library(await realpath(packaged(LOADER)), LOADER.slice(1));
}

async function librariesOf(path: string): Promise<string[]> {
  const list = await runPackaged(path, true);
  const missing = /^\s*(\S+) => not found/m.exec(list);
  if (missing) throw new KitError(`${path} needs ${missing[1]}, which no package brought`);
  return [...list.matchAll(/=> (\/\S+)/g)].map((match) => match[1] as string);
}

/** Runs a program of the packages with the packages' libraries, or lists those. */
export async function runPackaged(path: string, listLibraries: boolean, ...args: string[]): Promise<string> {
  const folders = [`/lib/${TRIPLET}`, `/usr/lib/${TRIPLET}`].map(packaged).join(':');
  return output(packaged(LOADER), ['--library-path', folders, ...(listLibraries ? ['--list'] : []), packaged(path), ...args]);
}

/** Adds a file or a whole folder of this machine. */
export async function addTree(files: ImageFiles, source: string, place: string, mode = 0o644): Promise<void> {
  const entries = await readdir(source, { withFileTypes: true, recursive: true }).catch(() => undefined);
  if (!entries) return void files.set(place, { data: await readFile(source), mode });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(join(place, dirname(path).slice(source.length), entry.name), { data: await readFile(path), mode });
  }
}
