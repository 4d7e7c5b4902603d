/**
 * What the agent asks of a container runtime. Vocabulary as in CRI: a *sandbox* is a pod's shared namespaces (no pause
 * process; bind mounts pin them), a *container* one process tree in it. Everything survives a restart of the agent: state is
 * on disk, `list` finds it again.
 */
export interface SandboxConfig {
  /** Unique; the pod's uid and an attempt number: `<uid>-<attempt>`. */
  id: string;
  podUid: string; podName: string; podNamespace: string;
  hostname: string; domainname?: string;
  /** Which namespaces are the node's own. */
  hostNetwork: boolean; hostPID: boolean; hostIPC: boolean;
  /** One PID namespace for all containers. */
  shareProcessNamespace: boolean;
  /** Parent cgroup of the pod's containers, relative to the controllers' roots: `/naru-c1/node1/kubepods/burstable/pod<uid>`. */
  cgroupParent: string;
  sysctls: Record<string, string>;
  logDirectory: string;
  labels: Record<string, string>;
}
export interface Sandbox {
  id: string;
  config: SandboxConfig;
  /** Bind-mounted network namespace, e.g. /run/naru/<cluster>/<node>/sandboxes/<id>/net; absent with hostNetwork. */
  networkNamespacePath?: string;
  createdAt: number;
}

export interface Mount {
  hostPath: string; containerPath: string; readOnly: boolean; recursiveReadOnly?: boolean;
  propagation: 'private' | 'rslave' | 'rshared';
  /** An image mounted as a volume instead of hostPath. */
  imageReference?: string; imageSubPath?: string;
}
export interface ContainerConfig {
  /** Unique; random hex, 64 characters. */
  id: string;
  sandboxId: string;
  name: string; attempt: number;
  /** Resolved id of an image that is present (`ImageService.resolve`). */
  imageId: string;
  /** Already expanded; absent: the image's own entrypoint/cmd. */
  command?: string[]; args?: string[];
  environment: [name: string, value: string][];
  workingDirectory?: string;
  mounts: Mount[];
  devices: { hostPath: string; containerPath: string; permissions: string }[];
  stdin: boolean; stdinOnce: boolean; tty: boolean;
  /** Written in the CRI log format; relative to the sandbox's logDirectory: `<container>/<attempt>.log`. */
  logPath: string;
  security: ContainerSecurity;
  resources: ContainerResources;
  /** PID namespace of another container (ephemeral containers' targetContainerName). */
  targetContainerId?: string;
  labels: Record<string, string>;
  stopSignal?: string;
}
export interface ContainerSecurity {
  user?: number; group?: number; userName?: string; supplementalGroups: number[]; supplementalGroupsPolicy: 'Merge' | 'Strict';
  privileged: boolean; readOnlyRootFilesystem: boolean; allowPrivilegeEscalation: boolean;
  addCapabilities: string[]; dropCapabilities: string[];
  seccomp: { type: 'RuntimeDefault' | 'Unconfined' | 'Localhost'; path?: string };
  unmaskedProc: boolean;
}
export interface ContainerResources {
  cpuShares: number; cpuQuota: number; cpuPeriod: number;
  /** Bytes; 0: no limit. */
  memoryLimit: number; oomScoreAdjust: number; pidsLimit?: number; hugepageLimits?: Record<string, number>; cpusetCpus?: string;
}

export interface ContainerState {
  id: string; sandboxId: string; name: string; attempt: number; imageId: string; labels: Record<string, string>;
  state: 'created' | 'running' | 'exited';
  pid?: number; createdAt: number; startedAt?: number; finishedAt?: number;
  exitCode?: number; signal?: number; oomKilled?: boolean;
  /** Absolute path of the log. */
  logPath: string;
  /** Why it could not be started. */
  message?: string;
}

export interface ExecOptions { command: string[]; tty: boolean; stdin: boolean; timeoutMilliseconds?: number }
/** A running exec, attach or port-forward: raw streams, `done` resolves with the exit code. */
export interface StreamSession {
  stdin?: NodeJS.WritableStream; stdout?: NodeJS.ReadableStream; stderr?: NodeJS.ReadableStream;
  resize(width: number, height: number): void;
  done: Promise<number>;
  kill(): void;
}
export interface ExecResult { exitCode: number; stdout: string; stderr: string; timedOut: boolean }

export interface ContainerStats {
  cpuNanosecondsTotal: number; memoryWorkingSetBytes: number; memoryUsageBytes: number; memoryRssBytes: number;
  throttledPeriods: number; rootFsUsedBytes: number; logBytes: number; timestamp: number; pids: number;
}

export interface Runtime {
  createSandbox(config: SandboxConfig): Promise<Sandbox>;
  /** Kills what runs in it, unpins its namespaces. Fine when it is gone already. */
  removeSandbox(id: string): Promise<void>;
  listSandboxes(): Sandbox[];
  createContainer(config: ContainerConfig): Promise<void>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal, then SIGKILL after the grace; resolves once it exited. */
  stopContainer(id: string, graceMilliseconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(): ContainerState[];
  container(id: string): ContainerState | undefined;
  updateResources(id: string, resources: ContainerResources): Promise<void>;
  /** Called for every change of a container's state, also for ends noticed after a restart. */
  onChange(listener: (state: ContainerState) => void): () => void;
  execSync(id: string, command: string[], timeoutMilliseconds: number): Promise<ExecResult>;
  exec(id: string, options: ExecOptions): Promise<StreamSession>;
  attach(id: string, options: { stdin: boolean; tty: boolean }): Promise<StreamSession>;
  /** Connects to a port inside the sandbox's network namespace, on localhost. */
  portForward(sandboxId: string, port: number): Promise<import('node:stream').Duplex>;
  stats(id: string): Promise<ContainerStats>;
  /** Log file was rotated: open it anew. */
  reopenLog(id: string): Promise<void>;
  version(): Promise<{ name: string; version: string; apiVersion: string }>;
  close(): Promise<void>;
}

export interface ImageInfo {
  /** sha256:... of the image's config. */
  id: string; repoTags: string[]; repoDigests: string[]; size: number;
  user?: string; entrypoint?: string[]; command?: string[]; environment?: string[]; workingDirectory?: string; stopSignal?: string;
}
export interface PullCredentials { username?: string; password?: string; identityToken?: string }
/** Of the file system's capacity: reclaiming begins at `highPercent` and goes on until below `lowPercent`. */
export interface ReclaimThresholds { highPercent: number; lowPercent: number; minimumAgeMilliseconds: number }
export interface ImageService {
  list(): Promise<ImageInfo[]>;
  /** By tag, digest or id; undefined when not present. Names are normalised as Docker does (`nginx` -> docker.io/library/nginx:latest). */
  resolve(reference: string): Promise<ImageInfo | undefined>;
  /** Tries the credentials in turn; throws ImagePullError. */
  pull(reference: string, credentials: PullCredentials[], onProgress?: (message: string) => void): Promise<ImageInfo>;
  remove(id: string): Promise<void>;
  /** Removes images that no container uses, the longest unused first, when the disk is too full. */
  reclaim(thresholds: ReclaimThresholds): Promise<{ removed: string[]; missingBytes: number }>;
  filesystemUsage(): Promise<{ usedBytes: number; capacityBytes: number; availableBytes: number; inodes: number; inodesFree: number }>;
}
export class ImagePullError extends Error {
  override name = 'ImagePullError';
  readonly reason: 'ErrImagePull' | 'InvalidImageName' | 'RegistryUnavailable' | 'ErrImageNeverPull';
  constructor(reason: ImagePullError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
