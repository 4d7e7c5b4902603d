import { chmod, lchown, link, lstat, lutimes, mkdir, open, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Header, extract } from 'tar-stream';
import { hasCode } from '../../linux/libc.ts';
import { makeNode, setXattr } from '../../linux/xattr.ts';
import { joinInside } from '../runc/rootfs.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const XATTR_PREFIX = 'SCHILY.xattr.';

/**
 * Unpacks one layer's tar into `directory`. Docker's marks for removed files become overlayfs' own. Nothing is written outside
 * `directory`, whatever names and links the archive holds.
 */
export async function unpackLayer(tar: Readable, directory: string): Promise<void> {
  const unpacker = new Unpacker(directory);
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  tar.once('close', () => { if (!tar.readableEnded) entries.destroy(new Error('the layer broke off')); });
  tar.pipe(entries);
  for await (const entry of entries) {
    await unpacker.add(entry.header, entry as unknown as Readable);
    entry.resume();
  }
  await unpacker.finish();
}

class Unpacker {
  private readonly root: string;
  /** Directories known to be there and to be reached without links. */
  private readonly directories = new Set<string>(['']);
  /** Written at the end, since what is put into a directory changes its time. */
  private readonly directoryTimes = new Map<string, Date>();

  constructor(root: string) {
    this.root = root;
  }

  async add(header: Header, content: Readable): Promise<void> {
    const name = safeName(header.name);
    if (name === '') return this.metadata(this.root, header);
    const slash = name.lastIndexOf('/');
    const parent = await this.parent(slash < 0 ? '' : name.slice(0, slash));
    const base = name.slice(slash + 1);
    if (base === OPAQUE) return void setXattr(parent, 'trusted.overlay.opaque', 'y');
    if (base.startsWith(WHITEOUT)) return this.whiteout(join(parent, base.slice(WHITEOUT.length)));
    await this.write(join(parent, base), name, header, content);
  }

  private async write(path: string, name: string, header: Header, content: Readable): Promise<void> {
    const existing = await lstat(path).catch(() => undefined);
    if (existing && !(existing.isDirectory() && header.type === 'directory')) {
      await rm(path, { recursive: true });
      if (existing.isDirectory()) this.forget(path);
    }
    switch (header.type) {
      case 'directory':
        if (!existing?.isDirectory()) await mkdir(path);
        if (path === join(this.root, name)) this.directories.add(name);
        if (header.mtime) this.directoryTimes.set(path, header.mtime);
        return this.metadata(path, header);
      case 'symlink':
        await symlink(header.linkname ?? '', path);
        return this.metadata(path, header);
      case 'link':
        return link(await this.linkTarget(header.linkname ?? ''), path);
      case 'character-device': case 'block-device': case 'fifo':
        makeNode(path, header.type === 'fifo' ? 'fifo' : header.type === 'block-device' ? 'block' : 'character', (header.mode ?? 0o600) & 0o7777,
          header.devmajor ?? 0, header.devminor ?? 0);
        return this.metadata(path, header);
      case 'file': case 'contiguous-file': case undefined: case null:
        return this.file(path, header, content);
      default:
        // Headers of the archive itself.
    }
  }

  private async file(path: string, header: Header, content: Readable): Promise<void> {
    const handle = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) await handle.write(chunk);
      await handle.chown(header.uid ?? 0, header.gid ?? 0);
      await handle.chmod((header.mode ?? 0o644) & 0o7777);
      if (header.mtime) await handle.utimes(header.mtime, header.mtime);
    } finally {
      await handle.close();
    }
    attributes(path, header);
  }

  private async metadata(path: string, header: Header): Promise<void> {
    await lchown(path, header.uid ?? 0, header.gid ?? 0);
    // A link has no permissions of its own; changing owners clears set-user-id, so this comes after.
    if (header.type !== 'symlink') await chmod(path, (header.mode ?? 0o755) & 0o7777);
    if (header.mtime && header.type !== 'directory') await lutimes(path, header.mtime, header.mtime);
    attributes(path, header);
  }

  private async whiteout(path: string): Promise<void> {
    // What this layer itself put there stays.
    if (!await lstat(path).catch(() => undefined)) makeNode(path, 'character', 0);
  }

  /** The real directory for `name`, made when it is missing. Links in the layer are followed, but never out of it. */
  private async parent(name: string): Promise<string> {
    if (this.directories.has(name)) return join(this.root, name);
    const path = await joinInside(this.root, name);
    try {
      const first = await mkdir(path, { recursive: true });
      if (first !== undefined) await chmodBetween(first, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST', 'ENOTDIR')) throw error;
      throw new Error(`the layer puts a file below ${name}, which is none of its directories`);
    }
    if (path === join(this.root, name)) this.directories.add(name);
    return path;
  }

  private async linkTarget(linkname: string): Promise<string> {
    const name = safeName(linkname);
    const parent = await joinInside(this.root, dirname(name) === '.' ? '' : dirname(name));
    return join(parent, name.slice(name.lastIndexOf('/') + 1));
  }

  /** A directory is gone, by whatever name the archive called it: a link may come in its place. */
  private forget(path: string): void {
    const isBelow = (known: string): boolean => known === path || known.startsWith(`${path}/`);
    for (const name of this.directories) if (isBelow(join(this.root, name))) this.directories.delete(name);
    for (const known of this.directoryTimes.keys()) if (isBelow(known)) this.directoryTimes.delete(known);
  }

  async finish(): Promise<void> {
    for (const [path, time] of this.directoryTimes) {
      await lutimes(path, time, time).catch((error: unknown) => {
        if (!hasCode(error, 'ENOENT')) throw error;
      });
    }
  }
}

/** Directories that the archive does not name are open to all, whatever this process's umask. */
async function chmodBetween(first: string, last: string): Promise<void> {
  for (let path = last; path.length >= first.length; path = dirname(path)) await chmod(path, 0o755);
}

function attributes(path: string, header: Header): void {
  for (const [key, value] of Object.entries((header.pax ?? {}) as Record<string, string>)) {
    if (key.startsWith(XATTR_PREFIX)) setXattr(path, key.slice(XATTR_PREFIX.length), Buffer.from(value, 'utf8'));
  }
}

/** Relative, without `.`, empty parts or a slash at the end. Throws for `..`. */
export function safeName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`the archive holds a name that leads out of it: ${name}`);
  return parts.join('/');
}
