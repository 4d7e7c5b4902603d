import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { systemClock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import type { PodNetwork } from '../../network/network.ts';
import { ImagePullError, type ContainerConfig, type ContainerState, type ImageInfo, type ImageService, type Runtime, type Sandbox } from '../../runtime/runtime.ts';
import { ImageManager } from '../images/image-manager.ts';
import { ObjectCache } from '../object-cache.ts';
import type { PodContext } from '../pod/pod-context.ts';
import { StatusManager } from '../pod/status-manager.ts';
import type { System } from '../system.ts';
import { PodCertificates } from '../volumes/pod-certificate.ts';
import { TokenSource } from '../volumes/token.ts';
import { FakeClient } from './fake-client.ts';
import { scratchDirectory } from './scratch.ts';

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };

interface FakeContainer { config: ContainerConfig; state: ContainerState; ended: PromiseWithResolvers<void> }

/** A runtime whose processes are entries in a map. `program` decides what a container does when it starts. */
export class FakeRuntime implements Runtime {
  readonly sandboxes = new Map<string, Sandbox>();
  readonly containers = new Map<string, FakeContainer>();
  readonly calls: string[] = [];
  /** Exit code and delay of a container; undefined: runs until stopped. */
  program: (config: ContainerConfig) => { exitCode: number; after?: number; oomKilled?: boolean } | undefined = () => undefined;
  /** Exit code on the stop signal. */
  stopCode = 143;
  execResult = { exitCode: 0, stdout: '', stderr: '', timedOut: false };
  private readonly listeners = new Set<(state: ContainerState) => void>();

  async createSandbox(config: Sandbox['config']): Promise<Sandbox> {
    const sandbox = { id: config.id, config, createdAt: systemClock.now(), ...(config.hostNetwork ? {} : { networkNamespacePath: `/fake/${config.id}` }) };
    this.sandboxes.set(config.id, sandbox);
    this.calls.push('createSandbox');
    return sandbox;
  }
  async removeSandbox(id: string): Promise<void> {
    for (const [containerId, container] of this.containers) if (container.config.sandboxId === id) this.containers.delete(containerId);
    this.sandboxes.delete(id);
    this.calls.push('removeSandbox');
  }
  listSandboxes(): Sandbox[] { return [...this.sandboxes.values()]; }
  async createContainer(config: ContainerConfig): Promise<void> {
    const state: ContainerState = {
      id: config.id, sandboxId: config.sandboxId, name: config.name, attempt: config.attempt, imageId: config.imageId, labels: config.labels,
      state: 'created', createdAt: systemClock.now(), logPath: `/nonexistent/${config.logPath}`,
    };
    this.containers.set(config.id, { config, state, ended: Promise.withResolvers() });
    this.calls.push(`create ${config.name}`);
    this.tell(config.id);
  }
  async startContainer(id: string): Promise<void> {
    const container = this.need(id);
    this.calls.push(`start ${container.config.name}`);
    container.state = { ...container.state, state: 'running', startedAt: systemClock.now(), pid: 1 };
    this.tell(id);
    const plan = this.program(container.config);
    if (plan) setTimeout(() => this.exit(id, plan.exitCode, plan.oomKilled), plan.after ?? 1);
  }
  exit(id: string, exitCode: number, oomKilled = false): void {
    const container = this.containers.get(id);
    if (!container || container.state.state === 'exited') return;
    container.state = { ...container.state, state: 'exited', exitCode, finishedAt: systemClock.now(), ...(oomKilled ? { oomKilled } : {}) };
    this.tell(id);
    container.ended.resolve();
  }
  async stopContainer(id: string, graceMilliseconds: number): Promise<void> {
    const container = this.containers.get(id);
    if (!container || container.state.state === 'exited') return;
    this.calls.push(`stop ${container.config.name}`);
    if (graceMilliseconds >= 0) setTimeout(() => this.exit(id, this.stopCode), 1);
    await container.ended.promise;
  }
  async removeContainer(id: string): Promise<void> {
    this.calls.push(`remove ${this.containers.get(id)?.config.name}`);
    this.containers.delete(id);
  }
  listContainers(): ContainerState[] { return [...this.containers.values()].map((container) => container.state); }
  container(id: string): ContainerState | undefined { return this.containers.get(id)?.state; }
  running(name: string): ContainerState | undefined { return this.listContainers().find((state) => state.name === name && state.state === 'running'); }
  config(name: string): ContainerConfig | undefined { return [...this.containers.values()].findLast((container) => container.config.name === name)?.config; }
  async updateResources(id: string): Promise<void> { this.calls.push(`resize ${this.containers.get(id)?.config.name}`); }
  onChange(listener: (state: ContainerState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  async execSync(id: string, command: string[]): Promise<typeof this.execResult> {
    this.calls.push(`exec ${this.need(id).config.name} ${command.join(' ')}`);
    return this.execResult;
  }
  exec(): Promise<never> { return Promise.reject(new Error('no exec here')); }
  attach(): Promise<never> { return Promise.reject(new Error('no attach here')); }
  portForward(): Promise<never> { return Promise.reject(new Error('no port forward here')); }
  stats(): Promise<never> { return Promise.reject(new Error('no stats here')); }
  async reopenLog(): Promise<void> {}
  async version(): Promise<{ name: string; version: string; apiVersion: string }> { return { name: 'fake', version: '1', apiVersion: 'v1' }; }
  async close(): Promise<void> {}

  private need(id: string): FakeContainer {
    const container = this.containers.get(id);
    if (!container) throw new Error(`container ${id} not found`);
    return container;
  }
  private tell(id: string): void {
    const state = this.containers.get(id)?.state;
    if (state) for (const listener of this.listeners) listener(state);
  }
}

export class FakeImages implements ImageService {
  readonly present = new Map<string, ImageInfo>();
  add(reference: string, more: Partial<ImageInfo> = {}): void {
    this.present.set(reference, { id: 'sha256:1', repoTags: [reference], repoDigests: [`${reference}@sha256:2`], size: 1, entrypoint: ['/x'], ...more });
  }
  async list(): Promise<ImageInfo[]> { return [...this.present.values()]; }
  async resolve(reference: string): Promise<ImageInfo | undefined> { return this.present.get(reference); }
  async pull(reference: string): Promise<ImageInfo> {
    const image = this.present.get(reference);
    if (!image) throw new ImagePullError('ErrImagePull', `${reference}: not found`);
    return image;
  }
  async remove(): Promise<void> {}
  async reclaim(): Promise<{ removed: string[]; missingBytes: number }> { return { removed: [], missingBytes: 0 }; }
  async filesystemUsage(): Promise<{ usedBytes: number; capacityBytes: number; availableBytes: number; inodes: number; inodesFree: number }> {
    return { usedBytes: 1, capacityBytes: 100, availableBytes: 99, inodes: 100, inodesFree: 99 };
  }
}

export function fakeNetwork(): PodNetwork & { addresses: Map<string, string[]> } {
  const addresses = new Map<string, string[]>();
  return {
    addresses,
    async attach({ sandboxId }) {
      const given = addresses.get(sandboxId) ?? [`10.244.0.${addresses.size + 2}`];
      addresses.set(sandboxId, given);
      return { addresses: given };
    },
    async detach(sandboxId) { addresses.delete(sandboxId); },
    attached: () => addresses,
  };
}

export const fakeSystem: System = {
  bindMount() {}, mountTmpfs() {}, unmount: () => false, unmountBelow: () => 0, isMounted: () => true, createCgroup() {}, setCgroupLimits() {},
  removeCgroup: async () => undefined, cgroupDirectories: () => [],
  cgroupStats: async () => ({
    cpuNanosecondsTotal: 0, throttledPeriods: 0, periods: 0, throttledNanoseconds: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0, memoryRssBytes: 0,
    pageFaults: 0, majorPageFaults: 0, memoryLimitBytes: 0, pids: 0,
  }),
};

export interface FakeNode { context: PodContext; client: FakeClient; runtime: FakeRuntime; images: FakeImages; network: ReturnType<typeof fakeNetwork>; events: string[] }

/** Everything a pod worker needs, without a kernel. */
export function fakeNode(): FakeNode {
  const directory = scratchDirectory('agent');
  const client = new FakeClient();
  const runtime = new FakeRuntime();
  const images = new FakeImages();
  images.add('app');
  const network = fakeNetwork();
  const events: string[] = [];
  const context: PodContext = {
    nodeName: 'node1', hostIPs: ['172.30.1.11'], client, runtime, images, imageManager: new ImageManager(images, systemClock), podNetwork: network,
    system: fakeSystem, objects: new ObjectCache(client, systemClock, silentLogger), tokens: new TokenSource(client, systemClock),
    statuses: new StatusManager(client, systemClock, silentLogger),
    events: { event: (_object, _type, reason, message) => { events.push(`${reason}: ${message}`); } },
    paths: { root: directory, pods: `${directory}/pods`, logs: `${directory}/logs` }, cgroupRoot: '/naru-test/node1',
    dns: { clusterDns: ['10.96.0.10'], clusterDomain: 'cluster.local', host: { nameservers: [], searches: [], options: [] } },
    clock: systemClock, random: systemRandom, logger: silentLogger, startedAt: systemClock.now(), memoryCapacity: 2 ** 32,
    allocatable: () => ({ cpu: '4', memory: '4Gi', pods: 110 }), services: () => [], apiServer: { host: '10.96.0.1', port: 443 },
    certificates: new PodCertificates({ client, clock: systemClock, random: systemRandom, nodeName: 'node1', events: { event: () => undefined } }),
    trustBundles: async () => [], resizeFits: () => ({ fits: true }),
  };
  return { context, client, runtime, images, network, events };
}

let serial = 0;
/** A pod with one container named `main` unless the specification says otherwise. */
export function makePod(spec: Partial<NonNullable<Pod['spec']>> = {}, metadata: Partial<NonNullable<Pod['metadata']>> = {}): Pod {
  const uid = `uid-${++serial}`;
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name: 'pod', namespace: 'default', uid, generation: 1, resourceVersion: '1', ...metadata },
    spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30, nodeName: 'node1', containers: [{ name: 'main', image: 'app' }], ...spec },
    status: { phase: 'Pending' },
  };
}
