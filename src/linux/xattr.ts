import { call, hasCode } from './libc.ts';

/** Sets an extended attribute of the file itself (of the link, not what it points to). False where the file system has none. */
export function setXattr(path: string, name: string, value: string | Uint8Array): boolean {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
  try {
    call('int lsetxattr(const char*, const char*, const void*, size_t, int)', `${name} of ${path}`, path, name, bytes, bytes.length, 0);
    return true;
  } catch (error) {
    if (hasCode(error, 'EOPNOTSUPP', 'ENOTSUP')) return false;
    throw error;
  }
}

const CHARACTER_DEVICE = 0o020000;
const BLOCK_DEVICE = 0o060000;
const FIFO = 0o010000;

/** Makes a device file or a named pipe. */
export function makeNode(path: string, kind: 'character' | 'block' | 'fifo', permissions: number, major = 0, minor = 0): void {
  const type = kind === 'character' ? CHARACTER_DEVICE : kind === 'block' ? BLOCK_DEVICE : FIFO;
  const device = BigInt(minor & 0xff) | BigInt(major & 0xfff) << 8n | BigInt(minor & ~0xff) << 12n;
  call('int mknod(const char*, unsigned int, unsigned long)', path, path, type | permissions, device);
}
