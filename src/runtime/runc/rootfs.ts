import { closeSync, constants, openSync } from 'node:fs';
import { lstat, mkdir, open, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../linux/libc.ts';
import { MountFlag, bindMount, mount, mountAsync, remountReadOnly } from '../../linux/mount.ts';

/** mount(2) takes one page of options. */
const OPTIONS_LIMIT = 4000;

export interface OverlayRequest {
  /** Absolute directories, the topmost layer first. */
  layers: string[];
  target: string;
  /** Absent: read-only. */
  writable?: { upper: string; work: string };
}

/** Mounts an image's layers as one tree at `target`, which exists. */
export async function mountOverlay({ layers, target, writable }: OverlayRequest): Promise<void> {
  if (!writable && layers.length === 1) {
    bindMount(layers[0] as string, target);
    remountReadOnly(target);
    return;
  }
  // `volatile`: a crash of the machine loses the container anyway, so its writes need not be flushed when it is unmounted.
  const suffix = writable ? `,upperdir=${writable.upper},workdir=${writable.work},volatile` : '';
  const request = { source: 'overlay', target, type: 'overlay', flags: writable ? 0 : MountFlag.readOnly };
  const data = `lowerdir=${layers.map(escapeColon).join(':')}${suffix}`;
  if (data.length < OPTIONS_LIMIT) return mountAsync({ ...request, data });
  mountFromShortNames(layers, (names) => mount({ ...request, data: `lowerdir=${names.join(':')}${suffix}` }));
}

/** Many layers: their directory becomes the working directory for the moment of the call, so that names stay short. */
function mountFromShortNames(layers: string[], action: (names: string[]) => void): void {
  const directory = dirname(layers[0] as string);
  if (!layers.every((layer) => dirname(layer) === directory)) throw new Error(`an image of ${layers.length} layers in several directories cannot be mounted`);
  const home = openSync('.', 'r');
  try {
    process.chdir(directory);
    action(layers.map((layer) => layer.slice(directory.length + 1)));
  } finally {
    process.chdir(`/proc/self/fd/${home}`);
    closeSync(home);
  }
}

function escapeColon(path: string): string {
  return path.replace(/[\\:,]/g, (character) => `\\${character}`);
}

const LINKS_LIMIT = 40;

/** The path inside `root` that `path` names for someone whose root is there: links never lead out of it. */
export async function joinInside(root: string, path: string): Promise<string> {
  const pending = path.split('/').filter(Boolean).reverse();
  let inside = '/';
  let links = 0;
  while (pending.length) {
    const part = pending.pop() as string;
    if (part === '.') continue;
    if (part === '..') {
      inside = dirname(inside);
      continue;
    }
    const candidate = join(inside, part);
    const entry = await lstat(root + candidate).catch(() => undefined);
    if (!entry?.isSymbolicLink()) {
      inside = candidate;
      continue;
    }
    if (++links > LINKS_LIMIT) throw new Error(`${path}: too many links`);
    const target = await readlink(root + candidate);
    if (target.startsWith('/')) inside = '/';
    pending.push(...target.split('/').filter(Boolean).reverse());
  }
  return root + (inside === '/' ? '' : inside);
}

const TEXT_LIMIT = 16 * 1024 * 1024;

/** A small text file of an image; empty when there is none. An image may have a pipe or a device there, which would hold its reader for ever. */
export async function readInside(root: string, path: string): Promise<string> {
  try {
    const handle = await open(await joinInside(root, path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) return '';
      if (stats.size > TEXT_LIMIT) throw new Error(`${path} of the image is too large`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENXIO')) return '';
    throw error;
  }
}

export async function makeDirectories(...directories: string[]): Promise<void> {
  for (const directory of directories) await mkdir(directory, { recursive: true });
}
