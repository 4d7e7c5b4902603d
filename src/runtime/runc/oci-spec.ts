import type { ContainerConfig, ContainerResources, ImageInfo, Mount, SandboxConfig } from '../runtime.ts';
import { cpuWeight } from '../../linux/cgroup.ts';
import type { ResolvedUser } from '../../linux/passwd.ts';
import { containerCapabilities } from './capabilities.ts';
import { type SeccompProfile, defaultSeccompProfile } from './seccomp.ts';

/** The OCI runtime specification's shapes, as far as they are used here. */
export interface OciMount { destination: string; type: string; source: string; options: string[] }
export interface OciDevice { path: string; type: 'c' | 'b' | 'p'; major: number; minor: number; fileMode?: number; uid?: number; gid?: number }
export interface OciNamespace { type: 'pid' | 'network' | 'ipc' | 'uts' | 'mount' | 'cgroup'; path?: string }
export interface OciSpec {
  ociVersion: string;
  process: {
    terminal: boolean; user: { uid: number; gid: number; additionalGids: number[]; umask?: number }; args: string[]; env: string[]; cwd: string;
    capabilities: Record<'bounding' | 'effective' | 'permitted' | 'inheritable' | 'ambient', string[]>;
    rlimits: { type: string; hard: number; soft: number }[]; noNewPrivileges: boolean; oomScoreAdj: number;
  };
  root: { path: string; readonly: boolean };
  mounts: OciMount[];
  annotations?: Record<string, string>;
  linux: {
    namespaces: OciNamespace[]; cgroupsPath: string; resources: OciResources; devices: OciDevice[]; rootfsPropagation?: string;
    maskedPaths: string[]; readonlyPaths: string[]; seccomp?: SeccompProfile;
  };
}
export interface OciResources {
  devices?: { allow: boolean; type?: string; major?: number; minor?: number; access: string }[];
  cpu: { shares?: number; quota?: number; period?: number; cpus?: string };
  memory: { limit?: number; swap?: number };
  pids?: { limit: number };
  hugepageLimits?: { pageSize: string; limit: number }[];
  unified?: Record<string, string>;
}

/** Everything a specification depends on; `buildSpec` looks at nothing else. */
export interface SpecInput {
  container: ContainerConfig; sandbox: SandboxConfig; image: ImageInfo;
  rootPath: string;
  /** Paths of the sandbox's namespaces; absent where it uses the node's. */
  namespaces: { network?: string; ipc?: string; uts?: string; pid?: string };
  /** Shared memory of the sandbox, a mounted tmpfs (or the node's). */
  sharedMemoryPath: string;
  user: ResolvedUser;
  /** Mounts whose source is settled: images are mounted already. */
  mounts: Mount[];
  devices: OciDevice[];
  localhostSeccomp?: SeccompProfile;
  node: NodeFacts;
}
export interface NodeFacts {
  cgroupVersion: 1 | 2; architecture: string; capabilities: string[]; openFilesLimit: number;
  /** Lowest oom_score_adj this process may give. */
  lowestOomScoreAdjust: number;
}

const MASKED = ['/proc/acpi', '/proc/asound', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats',
  '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap', '/proc/interrupts'];
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function buildSpec(input: SpecInput): OciSpec {
  const { container, sandbox, user, node } = input;
  const { security } = container;
  const capabilities = containerCapabilities(
    { privileged: security.privileged, add: security.addCapabilities, drop: security.dropCapabilities }, node.capabilities);
  const seccomp = seccompOf(input, capabilities);
  const masked = !security.privileged && !security.unmaskedProc;
  const propagation = rootPropagation(input.mounts);
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: container.tty,
      user: { uid: user.uid, gid: user.gid, additionalGids: groupsOf(input) },
      args: commandLine(container, input.image),
      env: environment(container, input.image, sandbox.hostname),
      cwd: container.workingDirectory || input.image.workingDirectory || '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities, inheritable: [], ambient: [] },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: node.openFilesLimit, soft: node.openFilesLimit }],
      noNewPrivileges: !security.allowPrivilegeEscalation && !security.privileged,
      oomScoreAdj: Math.max(container.resources.oomScoreAdjust, node.lowestOomScoreAdjust),
    },
    root: { path: input.rootPath, readonly: security.readOnlyRootFilesystem },
    mounts: mountsOf(input),
    linux: {
      namespaces: namespacesOf(input),
      cgroupsPath: containerCgroup(sandbox, container.id),
      resources: { devices: deviceRules(input), ...resourcesOf(container.resources, node.cgroupVersion) },
      devices: input.devices,
      ...(propagation ? { rootfsPropagation: propagation } : {}),
      maskedPaths: masked ? MASKED : [],
      readonlyPaths: masked ? READ_ONLY : [],
      ...(seccomp ? { seccomp } : {}),
    },
  };
}

export function containerCgroup(sandbox: SandboxConfig, containerId: string): string {
  return `${sandbox.cgroupParent}/${containerId}`;
}

/** A pod's command replaces the image's entrypoint and its arguments; its args alone replace the image's arguments. */
export function commandLine(container: Pick<ContainerConfig, 'command' | 'args'>, image: Pick<ImageInfo, 'entrypoint' | 'command'>): string[] {
  const own = container.command?.length ? container.command : undefined;
  const head = own ?? image.entrypoint ?? [];
  const tail = container.args?.length ? container.args : own ? [] : image.command ?? [];
  const line = [...head, ...tail];
  if (line.length === 0) throw new Error('no command specified');
  return line;
}

function environment(container: ContainerConfig, image: ImageInfo, hostname: string): string[] {
  const values = new Map<string, string>();
  const set = (text: string): void => {
    const equals = text.indexOf('=');
    values.set(equals < 0 ? text : text.slice(0, equals), equals < 0 ? '' : text.slice(equals + 1));
  };
  set(DEFAULT_PATH);
  if (container.tty) set('TERM=xterm');
  set(`HOSTNAME=${hostname}`);
  image.environment?.forEach(set);
  for (const [name, value] of container.environment) values.set(name, value);
  return [...values].map(([name, value]) => `${name}=${value}`);
}

function groupsOf({ user, container: { security } }: SpecInput): number[] {
  const fromImage = security.supplementalGroupsPolicy === 'Strict' ? [] : user.additionalGroups;
  return [...new Set([user.gid, ...fromImage, ...security.supplementalGroups])];
}

function seccompOf({ container, localhostSeccomp, node }: SpecInput, capabilities: string[]): SeccompProfile | undefined {
  const { privileged, seccomp } = container.security;
  if (privileged || seccomp.type === 'Unconfined') return undefined;
  return seccomp.type === 'Localhost' ? localhostSeccomp : defaultSeccompProfile(capabilities, node.architecture);
}

function namespacesOf({ namespaces, sandbox, node, container }: SpecInput): OciNamespace[] {
  const list: OciNamespace[] = [{ type: 'mount' }];
  if (namespaces.pid) list.push({ type: 'pid', path: namespaces.pid });
  else if (!sandbox.hostPID) list.push({ type: 'pid' });
  if (namespaces.network) list.push({ type: 'network', path: namespaces.network });
  if (namespaces.ipc) list.push({ type: 'ipc', path: namespaces.ipc });
  if (namespaces.uts) list.push({ type: 'uts', path: namespaces.uts });
  if (node.cgroupVersion === 2 && !container.security.privileged) list.push({ type: 'cgroup' });
  return list;
}

function mountsOf(input: SpecInput): OciMount[] {
  const { container, sandbox, sharedMemoryPath } = input;
  const access = container.security.privileged ? 'rw' : 'ro';
  const guarded = ['nosuid', 'noexec', 'nodev'];
  const standard: OciMount[] = [
    { destination: '/proc', type: 'proc', source: 'proc', options: guarded },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
    { destination: '/dev/shm', type: 'bind', source: sharedMemoryPath, options: ['rbind', 'rprivate', ...guarded] },
    sandbox.hostIPC
      ? { destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', 'rprivate', ...guarded] }
      : { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: guarded },
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...guarded, access] },
    { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...guarded, 'relatime', access] },
  ];
  const depth = (mount: OciMount): number => mount.destination.split('/').filter(Boolean).length;
  const own = input.mounts.map(bindOf).sort((left, right) => depth(left) - depth(right));
  const replaced = new Set(own.map((mount) => mount.destination));
  return [...standard.filter((mount) => !replaced.has(mount.destination)), ...own];
}

function bindOf(mount: Mount): OciMount {
  const propagation = mount.propagation === 'private' ? 'rprivate' : mount.propagation;
  const access = mount.readOnly ? (mount.recursiveReadOnly ? 'rro' : 'ro') : 'rw';
  const trimmed = mount.containerPath.replace(/\/+$/, '');
  return { destination: trimmed || '/', type: 'bind', source: mount.hostPath, options: ['rbind', propagation, access] };
}

/** The container's root must pass mounts on when one of its mounts wants to receive or give them. */
function rootPropagation(mounts: Mount[]): string | undefined {
  if (mounts.some((mount) => mount.propagation === 'rshared')) return 'rshared';
  return mounts.some((mount) => mount.propagation === 'rslave') ? 'rslave' : undefined;
}

function deviceRules({ container, devices }: SpecInput): OciResources['devices'] {
  if (container.security.privileged) return [{ allow: true, access: 'rwm' }];
  const permissions = new Map(container.devices.map((device) => [device.containerPath, device.permissions]));
  return [{ allow: false, access: 'rwm' }, ...devices.map((device) => ({
    allow: true, type: device.type, major: device.major, minor: device.minor, access: permissions.get(device.path) ?? 'rwm',
  }))];
}

export function resourcesOf(resources: ContainerResources, cgroupVersion: 1 | 2): OciResources {
  const hugepages = Object.entries(resources.hugepageLimits ?? {});
  return {
    cpu: {
      ...(resources.cpuShares ? { shares: resources.cpuShares } : {}),
      ...(resources.cpuQuota ? { quota: resources.cpuQuota, period: resources.cpuPeriod || 100_000 } : {}),
      ...(resources.cpusetCpus ? { cpus: resources.cpusetCpus } : {}),
    },
    // No swap beyond the memory: with swap a limit would bound nothing.
    memory: resources.memoryLimit > 0 ? { limit: resources.memoryLimit, ...(cgroupVersion === 2 ? { swap: resources.memoryLimit } : {}) } : {},
    ...(resources.pidsLimit ? { pids: { limit: resources.pidsLimit } } : {}),
    ...(hugepages.length ? { hugepageLimits: hugepages.map(([pageSize, limit]) => ({ pageSize, limit })) } : {}),
    ...(cgroupVersion === 2 ? {
      unified: { 'memory.oom.group': '1', ...(resources.cpuShares ? { 'cpu.weight': String(cpuWeight(resources.cpuShares)) } : {}) },
    } : {}),
  };
}
