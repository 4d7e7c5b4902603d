import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type Header, pack } from 'tar-stream';
import { sha256 } from './digest.ts';
import type { ImageStore, StoredImage } from './store.ts';

/** What an image holds at a path (relative, without a slash at the ends). */
export type ImageFile =
  | { data: Uint8Array; mode: number; uid?: number; gid?: number }
  | { link: string }
  | { directory: number; uid?: number; gid?: number };
export type ImageFiles = Map<string, ImageFile>;

/** The `config` part of an image's config, with its own names. */
export interface ImageBuildConfig {
  Entrypoint?: string[]; Cmd?: string[]; Env?: string[]; WorkingDir?: string; User?: string; StopSignal?: string; Labels?: Record<string, string>;
}

/** Makes an image of one layer. The same files and config always make the same image. */
export async function buildImage(store: ImageStore, files: ImageFiles, config: ImageBuildConfig): Promise<StoredImage> {
  const layer = await layerOf(files);
  const blob = Buffer.from(JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch, os: 'linux', created: EPOCH.toISOString(), config,
    rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
  }));
  return store.add(blob, [{ open: async () => Readable.from([layer]) }]);
}

const EPOCH = new Date(0);

/** The layer as a tar, parents before what is in them. */
export async function layerOf(files: ImageFiles): Promise<Buffer> {
  const all = new Map(files);
  for (const path of files.keys()) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) if (!all.has(parent)) all.set(parent, { directory: 0o755 });
  }
  const tar = pack();
  // Sorted, parents come before what is in them.
  for (const [path, file] of [...all].sort(([left], [right]) => left < right ? -1 : 1)) {
    const header: Partial<Header> & { name: string } = { name: path, mtime: EPOCH, uid: 0, gid: 0 };
    if ('link' in file) tar.entry({ ...header, type: 'symlink', linkname: file.link, mode: 0o777 });
    else {
      const owner = { uid: file.uid ?? 0, gid: file.gid ?? 0 };
      if ('directory' in file) tar.entry({ ...header, ...owner, name: `${path}/`, type: 'directory', mode: file.directory });
      else tar.entry({ ...header, ...owner, type: 'file', mode: file.mode }, file.data);
    }
  }
  tar.finalize();
  return Buffer.concat(await Readable.from(tar).toArray() as Uint8Array[]);
}

/**
 * Puts a program of this machine into an image at `path`, with the shared libraries it loads and its loader at their own places
 * (below usr/: `lib` and `lib64` become links to there). A program that needs no libraries comes alone.
 */
export async function addProgram(files: ImageFiles, program: string, path: string): Promise<void> {
  files.set(path, { data: await readFile(program), mode: 0o755 });
  for (const library of await sharedLibraries(program)) {
    const place = library.startsWith('/usr/') ? library.slice(1) : `usr${library}`;
    if (!files.has(place)) files.set(place, { data: await readFile(library), mode: 0o755 });
    for (const name of ['lib', 'lib64']) {
      if (library.startsWith(`/${name}/`) && !files.has(name)) files.set(name, { link: `usr/${name}` });
    }
  }
}

async function sharedLibraries(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ldd', [program]).catch(() => ({ stdout: '' }));
  return [...stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+) \(0x/gm)].map((match) => match[1] as string);
}
