import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

type Kind = 'directory' | 'file' | 'socket' | 'character' | 'block' | 'other' | 'none';

async function kindOf(path: string): Promise<Kind> {
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : stats.isSocket() ? 'socket'
      : stats.isCharacterDevice() ? 'character' : stats.isBlockDevice() ? 'block' : 'other';
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 'none';
    throw error;
  }
}

/** Checks a hostPath against its type, and makes what its type allows to make. Throws with the reason. */
export async function prepareHostPath(path: string, type: string | undefined): Promise<void> {
  const kind = await kindOf(path);
  const fail = (what: string): never => { throw new Error(`hostPath type check failed: ${path} is not ${what}`); };
  switch (type ?? '') {
    case '':
      if (kind === 'none') await mkdir(path, { recursive: true, mode: 0o755 });
      return;
    case 'DirectoryOrCreate':
      if (kind === 'none') await mkdir(path, { recursive: true, mode: 0o755 });
      else if (kind !== 'directory') fail('a directory');
      return;
    case 'FileOrCreate':
      if (kind === 'none') await createFile(path);
      else if (kind !== 'file') fail('a file');
      return;
    case 'Directory': return kind === 'directory' ? undefined : fail('a directory');
    case 'File': return kind === 'file' ? undefined : fail('a file');
    case 'Socket': return kind === 'socket' ? undefined : fail('a socket file');
    case 'CharDevice': return kind === 'character' ? undefined : fail('a character device');
    case 'BlockDevice': return kind === 'block' ? undefined : fail('a block device');
    default: throw new Error(`${type} is an invalid volume type`);
  }
}

async function createFile(path: string): Promise<void> {
  if (await kindOf(dirname(path)) !== 'directory') throw new Error(`hostPath type check failed: could not open ${path}: no such file or directory`);
  await (await open(path, 'a', 0o644)).close();
}
