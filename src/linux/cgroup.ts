import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { sleep } from '../base/clock.ts';
import { hasCode } from './libc.ts';
import { type MountEntry, listMounts } from './mount.ts';

/** Where the machine's cgroups are. Version 1 has a tree a controller, and maybe a version 2 tree `unified` beside them. */
export interface CgroupLayout {
  version: 1 | 2;
  /** Controller -> directory of its tree's root; in version 2 the same for all. */
  roots: Map<string, string>;
}

const V1_CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'blkio', 'devices', 'freezer', 'hugetlb', 'net_cls', 'net_prio', 'perf_event', 'rdma', 'misc'];
const V2_CONTROLLERS = ['cpu', 'memory', 'pids', 'cpuset', 'io', 'hugetlb'];

let detected: CgroupLayout | undefined;
export function cgroupLayout(): CgroupLayout {
  return detected ??= layoutOf(listMounts());
}

export function layoutOf(mounts: MountEntry[]): CgroupLayout {
  const roots = new Map<string, string>();
  for (const entry of mounts) {
    if (entry.type !== 'cgroup') continue;
    const options = entry.superOptions.split(',');
    for (const controller of V1_CONTROLLERS) if (options.includes(controller)) roots.set(controller, entry.mountPoint);
    if (options.includes('name=systemd')) roots.set('systemd', entry.mountPoint);
  }
  const unified = mounts.find((entry) => entry.type === 'cgroup2');
  if (roots.has('memory') || roots.has('cpu')) {
    // runc makes a cgroup in the tree beside as well, so that it must be removed there too.
    if (unified?.mountPoint.endsWith('/unified')) roots.set('unified', unified.mountPoint);
    return { version: 1, roots };
  }
  if (!unified) throw new Error('no cgroup file system is mounted');
  return { version: 2, roots: new Map(V2_CONTROLLERS.map((controller) => [controller, unified.mountPoint])) };
}

/** The directories that make up the cgroup `path` (`/naru-c1/...`), one in version 2. */
export function cgroupDirectories(path: string, layout = cgroupLayout()): string[] {
  return [...new Set(layout.roots.values())].map((root) => root + path);
}
export function cgroupFile(controller: string, path: string, file: string, layout = cgroupLayout()): string | undefined {
  const root = layout.roots.get(controller);
  return root === undefined ? undefined : `${root}${path}/${file}`;
}

/** Limits of a cgroup; what is absent is left as it is. 0 means no limit. */
export interface CgroupLimits {
  cpuShares?: number; cpuQuota?: number; cpuPeriod?: number; memoryLimit?: number; pidsLimit?: number; cpusetCpus?: string;
  hugepageLimits?: Record<string, number>;
}

/** Version 2 counts weights from 1 to 10000 where version 1 has shares from 2 to 262144. */
export function cpuWeight(shares: number): number {
  return Math.max(1, Math.min(10000, 1 + Math.floor((Math.max(2, Math.min(262144, shares)) - 2) * 9999 / 262142)));
}

/** The files to write for these limits: controller, file, text. Order matters where one bounds the other. */
export function limitWrites(limits: CgroupLimits, version: 1 | 2): [controller: string, file: string, text: string][] {
  const writes: [string, string, string][] = [];
  const unlimited = version === 1 ? '-1' : 'max';
  const amount = (value: number): string => value > 0 ? String(value) : unlimited;
  if (limits.cpuShares) writes.push(version === 1
    ? ['cpu', 'cpu.shares', String(Math.max(2, limits.cpuShares))] : ['cpu', 'cpu.weight', String(cpuWeight(limits.cpuShares))]);
  if (limits.cpuQuota !== undefined) {
    const period = limits.cpuPeriod || 100_000;
    if (version === 1) writes.push(['cpu', 'cpu.cfs_period_us', String(period)], ['cpu', 'cpu.cfs_quota_us', amount(limits.cpuQuota)]);
    else writes.push(['cpu', 'cpu.max', `${amount(limits.cpuQuota)} ${period}`]);
  }
  if (limits.memoryLimit !== undefined) {
    writes.push(['memory', version === 1 ? 'memory.limit_in_bytes' : 'memory.max', amount(limits.memoryLimit)]);
  }
  if (limits.pidsLimit !== undefined) writes.push(['pids', 'pids.max', limits.pidsLimit > 0 ? String(limits.pidsLimit) : 'max']);
  if (limits.cpusetCpus) writes.push(['cpuset', 'cpuset.cpus', limits.cpusetCpus]);
  for (const [size, bytes] of Object.entries(limits.hugepageLimits ?? {})) {
    writes.push(['hugetlb', version === 1 ? `hugetlb.${size}.limit_in_bytes` : `hugetlb.${size}.max`, String(bytes)]);
  }
  return writes;
}

/** Makes the cgroup (fine when it is there) and sets its limits. */
export function createCgroup(path: string, limits: CgroupLimits = {}, layout = cgroupLayout()): void {
  if (layout.version === 2) enableControllers(path, layout);
  for (const directory of cgroupDirectories(path, layout)) {
    mkdirSync(directory, { recursive: true });
    if (layout.version === 1 && directory.startsWith(layout.roots.get('cpuset') ?? '\0')) inheritCpuset(directory, layout);
  }
  setCgroupLimits(path, limits, layout);
}

export function setCgroupLimits(path: string, limits: CgroupLimits, layout = cgroupLayout()): void {
  for (const [controller, file, text] of limitWrites(limits, layout.version)) {
    const target = cgroupFile(controller, path, file, layout);
    if (target === undefined) continue;
    try {
      writeFileSync(target, text);
    } catch (error) {
      // A kernel without that knob (hugepages of a size, a controller that is not delegated).
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

/** Version 2: a cgroup has only the controllers that all its ancestors pass down. */
function enableControllers(path: string, layout: CgroupLayout): void {
  const root = layout.roots.get('memory') as string;
  let directory = root;
  for (const part of path.split('/').filter(Boolean)) {
    const available = words(`${directory}/cgroup.controllers`), passed = words(`${directory}/cgroup.subtree_control`);
    for (const controller of V2_CONTROLLERS.filter((candidate) => available.includes(candidate) && !passed.includes(candidate))) {
      if (!passDown(directory, controller) && directory === root && vacateRoot(root)) passDown(directory, controller);
    }
    directory += '/' + part;
    mkdirSync(directory, { recursive: true });
  }
}

function words(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split(' ');
}

/** False when processes in the cgroup itself forbid it. */
function passDown(directory: string, controller: string): boolean {
  try {
    writeFileSync(`${directory}/cgroup.subtree_control`, `+${controller}`);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EBUSY', 'ENOENT', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL')) throw error;
    return !hasCode(error, 'EBUSY');
  }
}

/**
 * In a container the tree's visible root is an ordinary cgroup with processes in it, which may not pass controllers down. They move
 * to `init` below it. False where the root is the machine's own.
 */
export function vacateRoot(root: string): boolean {
  if (!existsSync(`${root}/cgroup.type`)) return false;
  mkdirSync(`${root}/init`, { recursive: true });
  for (const pid of readFileSync(`${root}/cgroup.procs`, 'utf8').split('\n').filter(Boolean)) {
    try {
      writeFileSync(`${root}/init/cgroup.procs`, pid);
    } catch (error) {
      if (!hasCode(error, 'ESRCH', 'EINVAL')) throw error;
    }
  }
  return true;
}

/** Version 1: a new cpuset is empty, and nothing can run in it before it has processors and memory nodes. */
function inheritCpuset(directory: string, layout: CgroupLayout): void {
  const root = layout.roots.get('cpuset') as string;
  let current = root;
  for (const part of directory.slice(root.length).split('/').filter(Boolean)) {
    const parent = current;
    current += '/' + part;
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (readFileSync(`${current}/${file}`, 'utf8').trim() === '') writeFileSync(`${current}/${file}`, readFileSync(`${parent}/${file}`, 'utf8').trim());
    }
  }
}

/** Moves a process into the cgroup. */
export function joinCgroup(path: string, pid: number, layout = cgroupLayout()): void {
  for (const directory of cgroupDirectories(path, layout)) writeFileSync(`${directory}/cgroup.procs`, String(pid));
}

/** Ids of the processes in the cgroup and the cgroups below it. */
export function cgroupProcesses(path: string, layout = cgroupLayout()): number[] {
  const root = layout.roots.get('pids') ?? layout.roots.get('memory');
  return root === undefined ? [] : processesBelow(root + path);
}
function processesBelow(directory: string): number[] {
  try {
    const own = readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').filter(Boolean).map(Number);
    return own.concat(...subdirectories(directory).map(processesBelow));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENODEV', 'EOPNOTSUPP')) return [];
    throw error;
  }
}
function subdirectories(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => `${directory}/${entry.name}`);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

export function killCgroup(path: string, signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of cgroupProcesses(path)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error;
    }
  }
}

const REMOVE_ATTEMPTS = 40;
const REMOVE_PAUSE_MILLISECONDS = 25;

/** Kills what is in it and removes the cgroup with those below it. Fine when it is gone; throws when processes will not go. */
export async function removeCgroup(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    killCgroup(path);
    const left = cgroupDirectories(path).filter((directory) => !removeTree(directory));
    if (left.length === 0) return;
    if (attempt === REMOVE_ATTEMPTS) throw new Error(`cgroup ${left[0]} cannot be removed: processes ${cgroupProcesses(path).join(', ')} are in it`);
    await sleep(REMOVE_PAUSE_MILLISECONDS);
  }
}
function removeTree(directory: string): boolean {
  const below = subdirectories(directory).map(removeTree);
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true;
    if (hasCode(error, 'EBUSY', 'ENOTEMPTY')) return false;
    throw below.includes(false) ? new Error(`cgroup ${directory}: ${String(error)}`) : error;
  }
}
