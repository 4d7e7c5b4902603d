import type { Node, NodeStatus, NodeSystemInfo, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { Lease } from '../../../schema/v1.37/types/coordination-v1.ts';
import { StatusError } from '../../api/status.ts';
import { formatMicroTime, type Timer } from '../../base/clock.ts';
import type { EventRecorder } from '../../client/events.ts';
import { LEASES, NODES } from '../../client/resources.ts';
import type { AgentOptions } from '../options.ts';
import type { PodManager } from '../pod/pod-manager.ts';
import { qosClass } from '../pod/qos.ts';
import { same } from '../pod/status-patch.ts';
import type { System } from '../system.ts';
import { rotateLogs } from './log-rotation.ts';
import { EvictionManager } from './eviction.ts';
import { nodeObject, nodeStatus, readSystemInfo, type Pressure } from './node-object.ts';
import { forbiddenSysctl } from './sysctls.ts';

const LEASE_SECONDS = 40;
const LEASE_INTERVAL_MILLISECONDS = 10_000;
const STATUS_INTERVAL_MILLISECONDS = 300_000;
const CHECK_INTERVAL_MILLISECONDS = 10_000;
const IMAGES_INTERVAL_MILLISECONDS = 300_000;
const IMAGE_THRESHOLDS = { highPercent: 85, lowPercent: 80, minimumAgeMilliseconds: 120_000 };
const RETRY_MILLISECONDS = 200;

export type ReporterOptions = AgentOptions & { system: System; events: EventRecorder };

/** Registers the node and keeps its status and its lease fresh. */
export class NodeStatusReporter {
  serverPort = 10250;
  private readonly options: ReporterOptions;
  private current: Node;
  private sent: NodeStatus | undefined;
  private sentAt = 0;
  private info: NodeSystemInfo | undefined;
  private pressure: Pressure = { memory: false, disk: false, pid: false };
  private lease: Lease | undefined;
  private eviction: EvictionManager | undefined;
  private pods: PodManager | undefined;
  private timers: Timer[] = [];
  private stopped = false;

  constructor(options: ReporterOptions) {
    this.options = options;
    this.current = nodeObject(options.nodeName, options.node, {});
  }

  /** This node, with the labels that administrators gave it. */
  get node(): Node { return this.current; }

  /** Resolves once the node is registered. */
  async start(pods: PodManager): Promise<void> {
    this.pods = pods;
    this.eviction = new EvictionManager(this.options, pods);
    const informer = this.options.informers.for(NODES, { fieldSelector: `metadata.name=${this.options.nodeName}` });
    informer.onEvent({
      add: (node) => { this.current = node; },
      update: (node) => { this.current = node; },
      // Whoever deleted it gets it back: the node is still here.
      delete: () => void this.register(),
    });
    await this.register();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) timer.cancel();
  }

  /** Why a pod may not run here, beyond what the scheduler looks at. */
  unfit(pod: Pod): { reason: string; message: string } | undefined {
    const sysctl = forbiddenSysctl(pod);
    if (sysctl) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${sysctl}" not allowlisted` };
    if (pod.spec?.os?.name && pod.spec.os.name !== 'linux') return { reason: 'PodOSNotSupported', message: 'Failed to admit pod as the OS field doesn\'t match node OS' };
    const critical = (pod.spec?.priority ?? 0) >= 2_000_000_000;
    if (critical) return undefined;
    if (this.pressure.disk || this.pressure.pid) return { reason: 'Evicted', message: `The node had condition: [${this.pressure.disk ? 'DiskPressure' : 'PIDPressure'}]. ` };
    if (this.pressure.memory && qosClass(pod) === 'BestEffort') return { reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' };
    return undefined;
  }

  private async register(): Promise<void> {
    const { client, nodeName, node, events, logger } = this.options;
    while (!this.stopped) {
      try {
        const status = await this.status();
        const wanted = nodeObject(nodeName, node, status);
        try {
          this.current = await client.create(NODES, wanted);
        } catch (error) {
          if (!(error instanceof StatusError) || error.code !== 409) throw error;
          this.current = await client.patch(NODES, undefined, nodeName, { metadata: { labels: wanted.metadata?.labels } }, { type: 'merge' });
          await this.sendStatus(status);
        }
        this.sent = status;
        this.sentAt = this.options.clock.now();
        break;
      } catch (error) {
        logger.warn('node not registered', { error: (error as Error).message });
        await new Promise<void>((resolve) => this.options.clock.after(RETRY_MILLISECONDS, resolve));
      }
    }
    if (this.timers.length > 0 || this.stopped) return;
    events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } }, 'Normal', 'Starting', 'Starting kubelet.');
    this.every(LEASE_INTERVAL_MILLISECONDS, () => this.renewLease());
    this.every(CHECK_INTERVAL_MILLISECONDS, () => this.check());
    this.every(IMAGES_INTERVAL_MILLISECONDS, () => this.reclaimImages());
    void this.renewLease().catch(() => undefined);
  }

  private every(milliseconds: number, action: () => Promise<void>): void {
    const index = this.timers.length;
    const tick = (): void => {
      if (this.stopped) return;
      action().catch((error: Error) => this.options.logger.warn('node not reported', { error: error.message })).finally(() => {
        this.timers[index] = this.options.clock.after(milliseconds, tick);
      });
    };
    this.timers[index] = this.options.clock.after(milliseconds, tick);
  }

  private async status(): Promise<NodeStatus> {
    const { runtime, images, nodeName, node, clock } = this.options;
    if (!this.info) {
      const version = await runtime.version();
      this.info = await readSystemInfo(`${version.name}://${version.version}`);
    }
    return nodeStatus({
      nodeName, node, info: this.info, images: await images.list().catch(() => []), pressure: this.pressure, port: this.serverPort,
      volumesInUse: [], now: clock.now(), old: this.sent ?? this.current.status,
    });
  }

  /** Sends the status when something other than its time changed, or when it grew old. */
  private async check(): Promise<void> {
    const { clock } = this.options;
    await rotateLogs(this.options.runtime, clock.now()).catch((error: Error) => this.options.logger.warn('log not rotated', { error: error.message }));
    if (this.eviction && this.pods) this.pressure = await this.eviction.check();
    const status = await this.status();
    const due = clock.now() - this.sentAt >= STATUS_INTERVAL_MILLISECONDS;
    if (!due && this.sent && same(withoutHeartbeats(status), withoutHeartbeats(this.sent))) return;
    await this.sendStatus(status);
    this.sent = status;
    this.sentAt = clock.now();
  }

  private async reclaimImages(): Promise<void> {
    const { images, events, logger, nodeName } = this.options;
    const { removed, missingBytes } = await images.reclaim(IMAGE_THRESHOLDS);
    if (removed.length > 0) logger.info('unused images removed', { images: removed.length });
    if (missingBytes === 0) return;
    events.event({ apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName } }, 'Warning', 'ImageGCFailed',
      `The disk of the images is too full, and no unused image is left to remove: ${Math.ceil(missingBytes)} bytes more should be free`);
  }

  private async sendStatus(status: NodeStatus): Promise<void> {
    await this.options.client.patch(NODES, undefined, this.options.nodeName, { status }, { type: 'strategic', subresource: 'status' });
  }

  private async renewLease(): Promise<void> {
    const { client, clock, nodeName } = this.options;
    const namespace = 'kube-node-lease';
    const spec = { holderIdentity: nodeName, leaseDurationSeconds: LEASE_SECONDS, renewTime: formatMicroTime(clock.now()) };
    try {
      if (this.lease) {
        this.lease = await client.update(LEASES, { ...this.lease, spec: { ...this.lease.spec, ...spec } });
        return;
      }
      const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: this.current.metadata?.uid ?? '' };
      const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: nodeName, namespace, ...(owner.uid ? { ownerReferences: [owner] } : {}) }, spec };
      this.lease = await client.create(LEASES, lease, { namespace });
    } catch (error) {
      // Somebody else's version, or one of a former agent: read it, then renew.
      this.lease = undefined;
      if (!(error instanceof StatusError) || error.code !== 409) throw error;
      this.lease = await client.get(LEASES, namespace, nodeName);
      this.lease = await client.update(LEASES, { ...this.lease, spec: { ...this.lease.spec, ...spec } });
    }
  }
}

function withoutHeartbeats(status: NodeStatus): NodeStatus {
  return { ...status, conditions: status.conditions?.map((condition) => ({ ...condition, lastHeartbeatTime: undefined })) };
}
