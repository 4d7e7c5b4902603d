import { readFileSync } from 'node:fs';
import { call, callAsync, hasCode } from './libc.ts';

const MOUNT = 'int mount(const char*, const char*, const char*, unsigned long, const char*)';
const UMOUNT = 'int umount2(const char*, int)';

export const MountFlag = {
  readOnly: 1, noSuid: 2, noDev: 4, noExec: 8, remount: 32, noAtime: 1024, bind: 4096, move: 8192, recursive: 16384,
  unbindable: 1 << 17, private: 1 << 18, slave: 1 << 19, shared: 1 << 20, relAtime: 1 << 21, strictAtime: 1 << 24,
} as const;
const DETACH = 2;

export interface MountRequest { source: string; target: string; type?: string; flags?: number; data?: string }

export function mount(request: MountRequest): void {
  call(MOUNT, request.target, request.source, request.target, request.type ?? null, request.flags ?? 0, request.data ?? null);
}
export async function mountAsync(request: MountRequest): Promise<void> {
  await callAsync(MOUNT, request.target, request.source, request.target, request.type ?? null, request.flags ?? 0, request.data ?? null);
}

/** Makes what is at `source` (file or directory, with the mounts below it when `recursive`) visible at `target`, which exists. */
export function bindMount(source: string, target: string, options: { readOnly?: boolean; recursive?: boolean } = {}): void {
  const flags = MountFlag.bind | (options.recursive ? MountFlag.recursive : 0);
  mount({ source, target, flags });
  if (options.readOnly) remountReadOnly(target);
}

/** A bind mount keeps the flags of its source, and a remount must repeat those that the kernel locks. */
export function remountReadOnly(target: string): void {
  mount({ source: 'none', target, flags: MountFlag.bind | MountFlag.remount | MountFlag.readOnly | currentFlags(target) });
}

export type Propagation = 'private' | 'slave' | 'shared' | 'unbindable';
export function setPropagation(target: string, propagation: Propagation, recursive = false): void {
  mount({ source: 'none', target, flags: MountFlag[propagation] | (recursive ? MountFlag.recursive : 0) });
}

/** Lazily unmounts what is topmost at `target`. False when nothing was mounted there. */
export function unmount(target: string): boolean {
  try {
    call(UMOUNT, target, target, DETACH);
    return true;
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return false;
    throw error;
  }
}
export async function unmountAsync(target: string): Promise<boolean> {
  try {
    await callAsync(UMOUNT, target, target, DETACH);
    return true;
  } catch (error) {
    if (hasCode(error, 'EINVAL', 'ENOENT')) return false;
    throw error;
  }
}

export interface MountEntry { mountPoint: string; options: string[]; type: string; source: string; superOptions: string; root: string }

/** The mounts of this process, in the order they were made. */
export function listMounts(): MountEntry[] {
  return parseMountInfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

export function parseMountInfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const separator = line.indexOf(' - ');
    if (separator < 0) continue;
    const head = line.slice(0, separator).split(' ');
    const tail = line.slice(separator + 3).split(' ');
    entries.push({
      root: unescape(head[3] ?? ''), mountPoint: unescape(head[4] ?? ''), options: (head[5] ?? '').split(','),
      type: tail[0] ?? '', source: unescape(tail[1] ?? ''), superOptions: tail[2] ?? '',
    });
  }
  return entries;
}

/** mountinfo writes blanks and the like as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Unmounts everything at and below `directory`, the last mounted first. Returns how many there were. */
export function unmountBelow(directory: string): number {
  const targets = listMounts().map((entry) => entry.mountPoint).filter((path) => path === directory || path.startsWith(directory + '/'));
  for (const target of targets.reverse()) unmount(target);
  return targets.length;
}

const OPTION_FLAGS: Record<string, number> = {
  nosuid: MountFlag.noSuid, nodev: MountFlag.noDev, noexec: MountFlag.noExec, noatime: MountFlag.noAtime, relatime: MountFlag.relAtime,
};
function currentFlags(target: string): number {
  const entry = listMounts().findLast((candidate) => candidate.mountPoint === target);
  return (entry?.options ?? []).reduce((flags, option) => flags | (OPTION_FLAGS[option] ?? 0), 0);
}
