import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../base/clock.ts';

/**
 * A node's cgroup `/naru-<cluster>/<node>`: `system` holds the agent and the sandbox's holder, `kubepods` the pods. Capacity is a
 * limit on `kubepods`, which the agent makes. Works with the v2 tree and with v1 controllers.
 */
const ROOT = '/sys/fs/cgroup';
const isV2 = (): boolean => existsSync(join(ROOT, 'cgroup.controllers'));

export function nodeCgroup(cluster: string, node: string): string {
  return `/naru-${cluster}/${node}`;
}

/** Every tree in which a node has groups: the v2 tree, or the v1 controllers and what is mounted beside them. */
function hierarchies(): string[] {
  if (isV2()) return [ROOT];
  return readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'cgroup.procs'))).map((name) => join(ROOT, name));
}

/** The tree that is walked to find processes: any will do, runc puts containers into all. */
function searchTree(): string {
  return isV2() ? ROOT : join(ROOT, existsSync(join(ROOT, 'pids')) ? 'pids' : 'memory');
}

/** Makes the cgroup of the node's own processes and gives the file to which a process's id is written to put it there. */
export function systemProcessList(cgroup: string): string {
  const directory = join(searchTree(), cgroup, 'system');
  mkdirSync(directory, { recursive: true });
  return join(directory, 'cgroup.procs');
}

function processesBelow(directory: string): number[] {
  if (!existsSync(directory)) return [];
  const found: number[] = [];
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) found.push(...processesBelow(join(directory, entry.name)));
  }
  try {
    found.push(...readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number));
  } catch {
    // The group went away meanwhile.
  }
  return found;
}

function removeBelow(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeBelow(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch {
    // Still in use: the caller tries again.
  }
}

/** Removes what is left of a cluster's groups once its nodes have ended; the kernel lets go of them a moment later. */
export async function removeClusterCgroup(cluster: string): Promise<void> {
  const directories = hierarchies().map((tree) => join(tree, `naru-${cluster}`));
  for (let attempt = 0; attempt < 50; attempt++) {
    directories.forEach(removeBelow);
    if (!directories.some(existsSync)) return;
    await sleep(20);
  }
}

/** Kills everything in the node's cgroup, then removes it. Bounded: gives up after two seconds of trying. */
export async function killNodeCgroup(cgroup: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const pids = processesBelow(join(searchTree(), cgroup));
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended on its own.
      }
    }
    if (pids.length === 0) break;
    await sleep(20);
  }
  for (const tree of hierarchies()) removeBelow(join(tree, cgroup));
}
