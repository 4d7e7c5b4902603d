import { spawn } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { createCgroup, joinCgroup, removeCgroup } from '../../linux/cgroup.ts';
import { hasCode } from '../../linux/libc.ts';
import { MountFlag, mount, unmount } from '../../linux/mount.ts';
import { inNewNamespaces, pinNamespace, setDomainname, setHostname } from '../../linux/namespace.ts';
import { type ProcessIdentity, identifyProcess, isAlive, signalProcess } from '../../linux/process.ts';
import { loopbackUp } from '../../linux/socket.ts';
import type { Sandbox, SandboxConfig } from '../runtime.ts';
import type { RuntimePaths, SandboxPaths } from './paths.ts';
import { type SandboxRecord, namesIn, readRecord, writeRecord } from './records.ts';

const SHARED_MEMORY_OPTIONS = 'mode=1777,size=65536k';
const NSFS_MAGIC = 0x6e736673;
const SIGKILL = 9;

/** Namespaces of pods, pinned by bind mounts: no process is needed to keep them, but for a shared PID namespace. */
export interface Sandboxes {
  create(config: SandboxConfig): Promise<Sandbox>;
  remove(id: string): Promise<void>;
  get(id: string): Sandbox | undefined;
  list(): Sandbox[];
}

export function openSandboxes(paths: RuntimePaths, clock: Clock): Sandboxes {
  const records = new Map<string, SandboxRecord>();
  const broken: string[] = [];
  for (const id of namesIn(paths.sandboxes)) {
    const record = readRecord<SandboxRecord>(paths.sandbox(id).record);
    if (record && isWhole(record, paths.sandbox(id))) records.set(id, record);
    else broken.push(id);
  }
  const dismantle = async (id: string, record: SandboxRecord | undefined): Promise<void> => {
    const files = paths.sandbox(id);
    if (record?.pause) signalProcess(record.pause, SIGKILL);
    if (record) await removeCgroup(pauseCgroup(record.sandbox.config));
    for (const pin of [files.network, files.ipc, files.uts, files.pid, files.sharedMemory]) while (unmount(pin));
    await rm(files.directory, { recursive: true, force: true });
  };
  const cleaned = Promise.all(broken.map((id) => dismantle(id, readRecord<SandboxRecord>(paths.sandbox(id).record))));
  cleaned.catch(() => undefined);

  return {
    async create(config) {
      await cleaned;
      const existing = records.get(config.id);
      if (existing) return existing.sandbox;
      const files = paths.sandbox(config.id);
      mkdirSync(files.directory, { recursive: true });
      const sandbox: Sandbox = { id: config.id, config, createdAt: clock.now(), ...(config.hostNetwork ? {} : { networkNamespacePath: files.network }) };
      const record: SandboxRecord = { sandbox };
      try {
        makeNamespaces(config, files);
        if (!config.hostIPC) {
          mkdirSync(files.sharedMemory, { recursive: true });
          const flags = MountFlag.noSuid | MountFlag.noDev | MountFlag.noExec;
          mount({ source: 'shm', target: files.sharedMemory, type: 'tmpfs', flags, data: SHARED_MEMORY_OPTIONS });
        }
        if (config.shareProcessNamespace && !config.hostPID) record.pause = startPause(config, files);
        await writeRecord(files.record, record);
      } catch (error) {
        await dismantle(config.id, record);
        throw error;
      }
      records.set(config.id, record);
      return sandbox;
    },
    async remove(id) {
      const record = records.get(id);
      if (!record) return;
      await dismantle(id, record);
      records.delete(id);
    },
    get: (id) => records.get(id)?.sandbox,
    list: () => [...records.values()].map((record) => record.sandbox),
  };
}

/** After a restart of the machine the pins are plain files. */
function isWhole({ sandbox: { config }, pause }: SandboxRecord, files: SandboxPaths): boolean {
  if (!config.hostNetwork && !isNamespace(files.network)) return false;
  if (!config.hostIPC && !isNamespace(files.ipc)) return false;
  return !pause || isAlive(pause);
}
function isNamespace(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

function makeNamespaces(config: SandboxConfig, files: SandboxPaths): void {
  const kinds: ('net' | 'ipc' | 'uts')[] = [...(config.hostNetwork ? [] : ['net', 'uts'] as const), ...(config.hostIPC ? [] : ['ipc'] as const)];
  if (kinds.length === 0) return;
  inNewNamespaces(kinds, () => {
    if (!config.hostNetwork) {
      setHostname(config.hostname);
      setDomainname(config.domainname ?? '');
      loopbackUp();
      pinNamespace('net', files.network);
      pinNamespace('uts', files.uts);
    }
    if (!config.hostIPC) pinNamespace('ipc', files.ipc);
    for (const [name, value] of Object.entries(config.sysctls)) {
      writeFileSync(`/proc/sys/${name.includes('/') ? name : name.replaceAll('.', '/')}`, value);
    }
  });
}

/** Without the pod's uid: who looks for a pod's cgroup by that finds one. */
function pauseCgroup({ cgroupParent, id }: SandboxConfig): string {
  return `${cgroupParent}/sandbox-${id.slice(id.lastIndexOf('-') + 1)}`;
}

/**
 * The first process of a PID namespace that containers share. It ignores SIGCHLD, so that the kernel itself clears away the
 * processes it inherits.
 */
function startPause(config: SandboxConfig, files: SandboxPaths): ProcessIdentity {
  const cgroup = pauseCgroup(config);
  createCgroup(cgroup);
  const child = inNewNamespaces(['pid'], () => spawn('/bin/sh', ['-c', 'trap "" CHLD HUP INT TERM; exec sleep infinity'], {
    cwd: '/', stdio: 'ignore', detached: true, env: { PATH: '/usr/bin:/bin' },
  }));
  child.unref();
  child.on('error', () => undefined);
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (!identity) throw new Error('the sandbox\'s first process did not start');
  joinCgroup(cgroup, identity.pid);
  pinNamespace('pid', files.pid, `/proc/${identity.pid}/ns/pid`);
  return identity;
}
