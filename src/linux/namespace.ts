import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { call } from './libc.ts';
import { bindMount } from './mount.ts';

/**
 * Namespaces of the calling (main) thread. A function given to `inNewNamespaces` or `inNamespace` is synchronous, and so is the
 * way back: no other code of this process ever runs elsewhere. Files it opens and sockets it makes stay where they were made.
 */
export const NamespaceFlag = { mnt: 0x20000, uts: 0x4000000, ipc: 0x8000000, pid: 0x20000000, net: 0x40000000 } as const;
export type NamespaceKind = keyof typeof NamespaceFlag;

const UNSHARE = 'int unshare(int)';
const SETNS = 'int setns(int, int)';

/** Where a file of the calling thread's namespace is; new processes get `pid_for_children`. */
function ownPath(kind: NamespaceKind): string {
  return `/proc/thread-self/ns/${kind === 'pid' ? 'pid_for_children' : kind}`;
}

/** Runs `action` in fresh namespaces of the given kinds; they vanish after it unless something pins or uses them. */
export function inNewNamespaces<T>(kinds: Exclude<NamespaceKind, 'mnt'>[], action: () => T): T {
  return withReturn(kinds, () => {
    call(UNSHARE, kinds.join(','), kinds.reduce((flags, kind) => flags | NamespaceFlag[kind], 0));
    return action();
  });
}

/** Runs `action` in the namespace that the file at `path` names. */
export function inNamespace<T>(kind: Exclude<NamespaceKind, 'mnt'>, path: string, action: () => T): T {
  return withReturn([kind], () => {
    const descriptor = openSync(path, 'r');
    try {
      call(SETNS, path, descriptor, NamespaceFlag[kind]);
    } finally {
      closeSync(descriptor);
    }
    return action();
  });
}

function withReturn<T>(kinds: NamespaceKind[], action: () => T): T {
  const home = kinds.map((kind) => openSync(ownPath(kind), 'r'));
  try {
    return action();
  } finally {
    try {
      kinds.forEach((kind, index) => call(SETNS, kind, home[index], NamespaceFlag[kind]));
    } catch (error) {
      // In a foreign namespace nothing this process does would be right any more.
      process.stderr.write(`cannot return to the own namespace: ${String(error)}\n`);
      process.abort();
    }
    for (const descriptor of home) closeSync(descriptor);
  }
}

/** Keeps the calling thread's namespace of that kind alive by a bind mount on the file at `path` (made when absent). */
export function pinNamespace(kind: NamespaceKind, path: string, source = ownPath(kind)): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  bindMount(source, path);
}

export function setHostname(name: string): void {
  call('int sethostname(const char*, size_t)', name, name, Buffer.byteLength(name));
}
export function setDomainname(name: string): void {
  call('int setdomainname(const char*, size_t)', name, name, Buffer.byteLength(name));
}
