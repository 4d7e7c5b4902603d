import { constants } from 'node:fs';
import { mkdir, open, readlink, realpath, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { O_PATH } from '../../linux/open-inside.ts';
import type { System } from '../system.ts';

/**
 * Mounts a path inside a volume at `target`, for a container to get only that. The path is opened first and it is checked where
 * the open file really is, so that a container which exchanges a directory for a link meanwhile gains nothing.
 */
export async function mountSubPath(system: System, volume: string, subPath: string, target: string): Promise<void> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw new Error(`subPath "${subPath}" must stay inside the volume`);
  const root = await realpath(volume);
  await makeInside(root, subPath);
  const handle = await open(await realpath(join(root, subPath)), O_PATH | constants.O_NOFOLLOW);
  try {
    const really = await readlink(`/proc/self/fd/${handle.fd}`);
    if (really !== root && !really.startsWith(root + '/')) throw new Error(`subpath "${subPath}" not within volume path ${volume}`);
    const directory = (await handle.stat()).isDirectory();
    system.unmount(target);
    await mkdir(dirname(target), { recursive: true });
    if (directory) await mkdir(target, { recursive: true });
    else {
      await rm(target, { recursive: true, force: true });
      await writeFile(target, '');
    }
    system.bindMount(`/proc/self/fd/${handle.fd}`, target, false);
  } finally {
    await handle.close();
  }
}

/** Makes the directories of a path that are missing, one by one, never through a link that leads outside. */
async function makeInside(root: string, subPath: string): Promise<void> {
  let at = root;
  const mode = (await stat(root)).mode & 0o777;
  for (const part of subPath.split('/').filter((piece) => piece !== '' && piece !== '.')) {
    const next = join(at, part);
    const real = await realpath(next).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (real === undefined) await makeDirectory(root, at, part, mode);
    else if (real !== root && !real.startsWith(root + '/')) throw new Error(`subpath "${subPath}" not within volume path ${root}`);
    at = real ?? next;
  }
}

/**
 * Makes one directory through open ones: by paths, a container that exchanges the parent or the new directory for a link meanwhile
 * would have the machine's own files made or opened to all.
 */
async function makeDirectory(root: string, parent: string, name: string, mode: number): Promise<void> {
  const above = await openDirectory(parent);
  try {
    const really = await readlink(`/proc/self/fd/${above.fd}`);
    if (really !== root && !really.startsWith(root + '/')) throw new Error(`${parent} is not within volume path ${root}`);
    await mkdir(`/proc/self/fd/${above.fd}/${name}`);
    const made = await openDirectory(`/proc/self/fd/${above.fd}/${name}`);
    try {
      await made.chmod(mode);
    } finally {
      await made.close();
    }
  } finally {
    await above.close();
  }
}

function openDirectory(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}
