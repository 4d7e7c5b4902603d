import { constants } from 'node:fs';
import { chmod, chown, lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { hasCode } from '../../linux/libc.ts';
import { O_PATH } from '../../linux/open-inside.ts';

/** Two open files a level. Deeper trees would not fit into the length of a path either. */
const DEEPEST_LEVEL = 1000;
const KIND = { mask: 0o170000, link: 0o120000, directory: 0o040000 } as const;

/** Gives a volume's tree to a group: readable and writable by it, and new files inherit it. */
export async function giveToGroup(root: string, group: number, options: { readOnly: boolean; onRootMismatch: boolean }): Promise<void> {
  if (options.onRootMismatch) {
    const { gid, mode } = await lstat(root);
    const wanted = options.readOnly ? 0o2550 : 0o2770;
    if (gid === group && (mode & wanted) === wanted) return;
  }
  const handle = await open(root, O_PATH);
  try {
    await own(handle, group, options.readOnly, 0);
  } finally {
    await handle.close();
  }
}

/**
 * Everything is reached through the open directory above it: containers that share the volume may meanwhile put links in the place of
 * files and directories, which must not lead to the machine's own.
 */
async function own(handle: FileHandle, group: number, readOnly: boolean, level: number): Promise<void> {
  if (level > DEEPEST_LEVEL) throw new Error('directories are nested too deeply to be given to a group');
  const path = `/proc/self/fd/${handle.fd}`;
  const { uid, mode } = await handle.stat();
  const kind = mode & KIND.mask;
  if (kind === KIND.directory) for await (const { name } of await opendir(path)) await ownEntry(`${path}/${name}`, group, readOnly, level + 1);
  // The path of an open file leads to just that file, also when it is a link.
  await tolerant(chown(path, uid, group));
  if (kind === KIND.link) return;
  const added = kind === KIND.directory ? (readOnly ? 0o2550 : 0o2770) : readOnly ? 0o440 : 0o660;
  await tolerant(chmod(path, (mode & 0o7777) | added));
}

/** File systems that know no owners, or may not be written, are used as they are. */
async function tolerant(change: Promise<void>): Promise<void> {
  await change.catch((error: unknown) => { if (!hasCode(error, 'EROFS', 'EPERM', 'EOPNOTSUPP', 'ENOTSUP')) throw error; });
}

async function ownEntry(path: string, group: number, readOnly: boolean, level: number): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(path, O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    // Deleted meanwhile.
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  try {
    await own(handle, group, readOnly, level);
  } finally {
    await handle.close();
  }
}
