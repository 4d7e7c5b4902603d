import { chmod, lchown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Gives a volume's tree to a group: readable and writable by it, and new files inherit it. */
export async function giveToGroup(root: string, group: number, options: { readOnly: boolean; onRootMismatch: boolean }): Promise<void> {
  if (options.onRootMismatch) {
    const { gid, mode } = await lstat(root);
    const wanted = options.readOnly ? 0o2550 : 0o2770;
    if (gid === group && (mode & wanted) === wanted) return;
  }
  await own(root, group, options.readOnly);
}

async function own(path: string, group: number, readOnly: boolean): Promise<void> {
  const { uid, mode } = await lstat(path);
  if ((mode & 0o170000) === 0o120000) return lchown(path, uid, group);
  const directory = (mode & 0o170000) === 0o040000;
  if (directory) for await (const entry of await opendir(path)) await own(join(path, entry.name), group, readOnly);
  await lchown(path, uid, group);
  const added = directory ? (readOnly ? 0o2550 : 0o2770) : readOnly ? 0o440 : 0o660;
  await chmod(path, (mode & 0o7777) | added);
}
