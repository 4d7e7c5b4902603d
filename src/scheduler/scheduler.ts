import type { Binding } from '../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { systemRandom, type Random } from '../base/random.ts';
import type { Client, ResourceType } from '../client/client.ts';
import { createEventRecorder, type EventRecorder } from '../client/events.ts';
import type { InformerSet } from '../client/informer.ts';
import { PODS } from '../client/resources.ts';
import { bindVolumes, reserveVolumes } from './bind-volumes.ts';
import type { SchedulerContext } from './context.ts';
import { decide, type Placement } from './framework/decide.ts';
import { NominatedPods } from './framework/nominated-pods.ts';
import type { Candidate } from './framework/preemption.ts';
import { claimsOf, planVolumes, type VolumePlan } from './plugins/volume-binding.ts';
import { SchedulerMetrics } from './metrics.ts';
import { PodQueue, type QueuedPod } from './queue/pod-queue.ts';
import { Reporter } from './report.ts';
import { Cluster } from './state/cluster.ts';
import { informerObjects } from './state/informer-objects.ts';
import { PodInfo } from './state/pod-info.ts';
import { watchCluster } from './watch-cluster.ts';

export interface SchedulerOptions {
  client: Client;
  informers: InformerSet;
  clock: Clock;
  logger: Logger;
  random?: Random;
  events?: EventRecorder;
  /** Only pods with this `spec.schedulerName` are placed. */
  name?: string;
}

export interface RunningScheduler {
  /** Under upstream's names, in Prometheus' text form. */
  metricsText(): string;
  stop(): void;
}

const BINDINGS: ResourceType<Binding> = { group: '', version: 'v1', resource: PODS.resource, kind: 'Binding', namespaced: true };
/** A turn of the event loop is given back after so long. */
const SLICE_MILLISECONDS = 8;
const MAX_BINDINGS_UNDER_WAY = 256;

/** Places pods that have no node, from now until stopped. Starts once its informers have their first lists. */
export function startScheduler(options: SchedulerOptions): RunningScheduler {
  const scheduler = new Scheduler(options);
  void scheduler.start();
  return scheduler;
}

class Scheduler implements RunningScheduler {
  private readonly context: SchedulerContext;
  private readonly reporter: Reporter;
  private ends: (() => void)[] = [];
  private scheduled = false;
  private running = false;
  private stopped = false;
  private bindings = 0;
  private searchStart = 0;

  constructor({ client, informers, clock, logger, random = systemRandom, name = 'default-scheduler', events }: SchedulerOptions) {
    this.context = {
      name, client, informers, clock, random, logger,
      events: events ?? createEventRecorder({ client, clock, component: name, random }),
      cluster: new Cluster(informerObjects(informers)),
      queue: new PodQueue(clock, () => this.wake()),
      nominated: new NominatedPods(),
      assumed: new Set(),
      metrics: new SchedulerMetrics(name),
    };
    this.reporter = new Reporter(this.context);
    informers.for(PODS);
  }

  async start(): Promise<void> {
    await this.context.informers.synced();
    if (this.stopped) return;
    this.ends = watchCluster(this.context);
    this.running = true;
    this.wake();
  }

  metricsText(): string {
    const { metrics, queue, cluster, assumed } = this.context;
    return metrics.text(queue, cluster, assumed.size);
  }

  stop(): void {
    this.stopped = true;
    this.running = false;
    this.context.queue.stop();
    for (const end of this.ends) end();
  }

  private wake(): void {
    if (this.scheduled || !this.running) return;
    this.scheduled = true;
    queueMicrotask(() => this.work());
  }

  private work(): void {
    this.scheduled = false;
    const { clock, queue } = this.context;
    const end = clock.monotonic() + SLICE_MILLISECONDS;
    while (this.running && this.bindings < MAX_BINDINGS_UNDER_WAY) {
      const entry = queue.pop();
      if (!entry) return;
      this.schedule(entry);
      if (clock.monotonic() > end) {
        this.scheduled = true;
        setImmediate(() => this.work());
        return;
      }
    }
  }

  /** One cycle: runs in one go, so the cluster does not change under it. */
  private schedule(entry: QueuedPod): void {
    const { cluster, nominated, queue, random, logger, clock, metrics } = this.context;
    const { pod } = entry;
    const started = clock.monotonic();
    try {
      const decision = decide({ pod, cluster, nominated, start: this.searchStart, fraction: () => random.fraction() });
      metrics.decided(clock.monotonic() - started);
      if (decision.kind === 'placed') {
        this.searchStart = decision.nextStart;
        this.place(entry, decision, started);
        return;
      }
      let nominate: string | undefined = decision.clearNomination ? '' : undefined;
      if (decision.preemption) nominate = decision.preemption.node.name;
      if (nominate !== undefined) nominated.set(pod, nominate);
      queue.waitForEvent(entry, decision.plugins);
      metrics.attempted('unschedulable', clock.monotonic() - started);
      this.reporter.unschedulable(entry, decision, nominate);
      if (decision.preemption) void this.preempt(pod, decision.preemption);
    } catch (error) {
      logger.error('scheduling failed', { pod: pod.key, error });
      queue.retryLater(entry);
      metrics.attempted('error', clock.monotonic() - started);
      this.reporter.failed(entry, (error as Error).message);
    }
  }

  /** Until the victims are told, another attempt would choose further ones. */
  private async preempt(pod: PodInfo, candidate: Candidate): Promise<void> {
    const { queue, metrics } = this.context;
    metrics.preemptions++;
    metrics.preemptionVictims.observe(candidate.victims.length);
    queue.hold(pod.key);
    const done = await this.reporter.preempt(pod, candidate);
    queue.letGo(pod.key, !done);
  }

  /** Counts the pod to the node at once and binds it meanwhile. */
  private place(entry: QueuedPod, placement: Placement, started: number): void {
    const { cluster, assumed, nominated } = this.context;
    const { pod } = entry;
    const nodeName = placement.node.name;
    const plan = this.volumePlan(pod, placement);
    assumed.add(pod.key);
    nominated.delete(pod.key);
    cluster.addPod(pod, nodeName);
    const release = plan && reserveVolumes(this.context, plan, nodeName);
    void this.bind(entry, placement, plan, started).finally(() => {
      release?.();
      assumed.delete(pod.key);
    });
  }

  private volumePlan(pod: PodInfo, { node }: Placement): VolumePlan | undefined {
    if (pod.claims.length === 0) return undefined;
    const claims = claimsOf(pod, this.context.cluster);
    const plan = typeof claims === 'string' ? [claims] : planVolumes(claims, this.context.cluster, node);
    if (Array.isArray(plan)) throw new Error(`volumes of ${pod.key} do not fit ${node.name}: ${plan.join(', ')}`);
    return plan;
  }

  private async bind(entry: QueuedPod, placement: Placement, plan: VolumePlan | undefined, started: number): Promise<void> {
    const { logger, clock, metrics } = this.context;
    const { pod } = entry;
    const nodeName = placement.node.name;
    try {
      if (plan) await bindVolumes(this.context, pod, nodeName, plan);
      await this.postBinding(pod, nodeName);
      this.context.queue.delete(pod.key);
      const now = clock.monotonic();
      metrics.attempted('scheduled', now - started);
      metrics.bound(entry.attempts, now - entry.cameAt);
      this.reporter.bound(pod, placement);
    } catch (error) {
      metrics.attempted('error', clock.monotonic() - started);
      logger.debug('binding failed', { pod: pod.key, node: nodeName, error: (error as Error).message });
      this.bindFailed(entry, error as Error);
    }
  }

  private async postBinding(pod: PodInfo, nodeName: string): Promise<void> {
    this.bindings++;
    try {
      const binding: Binding = {
        apiVersion: 'v1', kind: 'Binding', metadata: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
        target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
      };
      await this.context.client.create(BINDINGS, binding, { namespace: pod.namespace, name: pod.name, subresource: 'binding' });
    } finally {
      this.bindings--;
      this.wake();
    }
  }

  private bindFailed(entry: QueuedPod, error: Error): void {
    const { informers, cluster, queue, assumed } = this.context;
    const { pod } = entry;
    assumed.delete(pod.key);
    const now = informers.for(PODS).get(pod.namespace, pod.name);
    // Somebody else bound it, and the informer has told so: then it stands there rightly.
    if (now?.metadata?.uid === pod.uid && now.spec?.nodeName) return;
    cluster.removePod(pod.key);
    queue.move('PodGone');
    if (!now || now.metadata?.uid !== pod.uid || now.metadata?.deletionTimestamp) {
      queue.delete(pod.key);
      if (now && !now.metadata?.deletionTimestamp) queue.put(new PodInfo(now), true);
      return;
    }
    entry.pod = new PodInfo(now);
    queue.retryLater(entry);
    this.reporter.failed(entry, error.message);
  }
}
