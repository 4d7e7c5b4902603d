import { chmod, chown, lstat, mkdir, mkdtemp, readFile, readdir, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface PayloadFile { data: Uint8Array; mode: number; user?: number }
/** Path below the volume -> file. */
export type Payload = Map<string, PayloadFile>;
export interface Ownership { group?: number; user?: number }

const DATA = '..data';

/**
 * Puts a payload into a volume so that readers see all of it change at once: the files stand in a directory of their own, a
 * link named `..data` points at it, and the visible names are links through it. Returns false when nothing had changed.
 */
export async function writeAtomically(volume: string, payload: Payload, ownership: Ownership = {}): Promise<boolean> {
  for (const path of payload.keys()) assertInside(path);
  const old = await readlink(join(volume, DATA)).catch(() => undefined);
  if (old !== undefined && await isSame(join(volume, old), payload)) return false;
  // Not `join`: that would take `..` for the parent.
  const fresh = await mkdtemp(`${volume}/..v`);
  try {
    await chmod(fresh, 0o755);
    for (const [path, file] of payload) await writeOne(fresh, path, file, ownership);
    if (ownership.group !== undefined) await ownDirectory(fresh, ownership.group);
  } catch (error) {
    // It is tried again and again, and the disk may be full.
    await rm(fresh, { recursive: true, force: true });
    throw error;
  }
  const temporary = join(volume, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(fresh.slice(volume.length + 1), temporary);
  await rename(temporary, join(volume, DATA));
  await refreshLinks(volume, payload);
  if (old !== undefined) await rm(join(volume, old), { recursive: true, force: true });
  return true;
}

function assertInside(path: string): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..')) throw new Error(`invalid path: ${path}`);
}

async function writeOne(root: string, path: string, file: PayloadFile, ownership: Ownership): Promise<void> {
  const target = join(root, path);
  const directory = dirname(target);
  if (directory !== root) {
    await mkdir(directory, { recursive: true });
    for (let at = directory; at !== root; at = dirname(at)) {
      await chmod(at, 0o755);
      if (ownership.group !== undefined) await ownDirectory(at, ownership.group);
    }
  }
  await writeFile(target, file.data, { mode: 0o600 });
  const user = file.user ?? ownership.user;
  if (user !== undefined || ownership.group !== undefined) await chown(target, user ?? 0, ownership.group ?? 0);
  await chmod(target, ownership.group !== undefined ? file.mode | 0o440 : file.mode);
}

async function ownDirectory(path: string, group: number): Promise<void> {
  await chown(path, 0, group);
  await chmod(path, 0o2755);
}

async function isSame(directory: string, payload: Payload): Promise<boolean> {
  try {
    const existing = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory());
    if (existing.length !== payload.size) return false;
    for (const [path, file] of payload) {
      if (!Buffer.from(file.data).equals(await readFile(join(directory, path)))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

async function refreshLinks(volume: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0] as string));
  for (const name of await readdir(volume)) {
    if (name.startsWith('..') || wanted.has(name)) continue;
    if ((await lstat(join(volume, name))).isSymbolicLink()) await unlink(join(volume, name));
  }
  for (const name of wanted) {
    await symlink(join(DATA, name), join(volume, name)).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'EEXIST') throw error; });
  }
}
