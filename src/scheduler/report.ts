import type { Pod } from '../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../api/object.ts';
import { formatTime } from '../base/clock.ts';
import { PODS } from '../client/resources.ts';
import type { SchedulerContext } from './context.ts';
import type { NoPlacement, Placement } from './framework/decide.ts';
import { nodeReasonsMessage, nodeScoresMessage } from './framework/messages.ts';
import type { Candidate } from './framework/preemption.ts';
import type { QueuedPod } from './queue/pod-queue.ts';
import type { PodInfo } from './state/pod-info.ts';

/** The same reason is told again only after this. */
const REPEAT_MILLISECONDS = 30_000;
/** Events that only explain, naru's own: at most so many at once, then so many a second. */
const EXPLANATIONS = { burst: 25, perSecond: 5 };

export function podReference(pod: PodInfo): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: pod.pod.metadata as KubernetesObject['metadata'] };
}

/** Writes what came of a pod: conditions, events, and the deletions of a preemption. */
export class Reporter {
  private readonly context: SchedulerContext;
  private tokens = EXPLANATIONS.burst;
  private refilledAt: number;

  constructor(context: SchedulerContext) {
    this.context = context;
    this.refilledAt = context.clock.now();
  }

  bound(pod: PodInfo, placement: Placement): void {
    const { events, cluster } = this.context;
    events.event(podReference(pod), 'Normal', 'Scheduled', `Successfully assigned ${pod.key} to ${placement.node.name}`);
    if (cluster.nodes.length > 1 && this.mayExplain()) {
      events.event(podReference(pod), 'Normal', 'NodeScores', nodeScoresMessage(placement.scores, placement.rejections));
    }
  }

  unschedulable(entry: QueuedPod, decision: NoPlacement, nominate: string | undefined): void {
    const message = decision.preemption
      ? `${decision.message} preemption: found a potential placement for pod on node ${decision.preemption.node.name}, preempting ${decision.preemption.victims.length} victims`
      : decision.message;
    this.tell(entry, message, decision);
    void this.setCondition(entry.pod, 'Unschedulable', message, nominate);
  }

  failed(entry: QueuedPod, message: string): void {
    this.tell(entry, message, undefined);
    void this.setCondition(entry.pod, 'SchedulerError', message, undefined);
  }

  /**
   * Lets the victims go, after those nominated to the same node with lower priority were told to look elsewhere. False when
   * one of them could not be made to.
   */
  async preempt(pod: PodInfo, { node, victims }: Candidate): Promise<boolean> {
    const { nominated, client, logger } = this.context;
    for (const other of nominated.on(node.name)) {
      if (other.key === pod.key || other.priority >= pod.priority) continue;
      nominated.delete(other.key);
      void client.patch(PODS, other.namespace, other.name, { status: { nominatedNodeName: null } }, { type: 'merge', subresource: 'status' }).catch(() => undefined);
    }
    const evictions = await Promise.allSettled(victims.filter((victim) => !victim.terminating).map((victim) => this.evict(victim, pod, node.name)));
    let done = true;
    for (const eviction of evictions) {
      if (eviction.status === 'fulfilled' || (eviction.reason as { code?: number }).code === 404) continue;
      logger.warn('preempting a pod failed', { pod: pod.key, error: (eviction.reason as Error).message });
      done = false;
    }
    return done;
  }

  private async evict(victim: PodInfo, pod: PodInfo, nodeName: string): Promise<void> {
    const { client, events, clock, name } = this.context;
    const condition = {
      type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', lastTransitionTime: formatTime(clock.now()),
      message: `${name}: preempting to accommodate a higher priority pod`,
    };
    await client.patch(PODS, victim.namespace, victim.name, { metadata: { uid: victim.uid }, status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' });
    await client.delete(PODS, victim.namespace, victim.name, { preconditions: { uid: victim.uid } });
    events.event(podReference(victim), 'Normal', 'Preempted', `Preempted by pod ${pod.uid} on node ${nodeName}`);
  }

  private tell(entry: QueuedPod, message: string, decision: NoPlacement | undefined): void {
    const { clock, events, cluster } = this.context;
    const now = clock.now();
    const same = entry.told?.message === message;
    if (same && now - (entry.told?.at ?? 0) < REPEAT_MILLISECONDS) return;
    entry.told = { message, at: now };
    events.event(podReference(entry.pod), 'Warning', 'FailedScheduling', message);
    if (!same && decision && cluster.nodes.length > 1 && decision.rejections.size > 0 && this.mayExplain()) {
      events.event(podReference(entry.pod), 'Warning', 'NodeReasons', nodeReasonsMessage(decision.rejections));
    }
  }

  /** `nominate`: '' takes a nomination away, undefined leaves it. */
  private async setCondition({ pod, namespace, name, uid }: PodInfo, reason: string, message: string, nominate: string | undefined): Promise<void> {
    const { client, clock, logger } = this.context;
    const old = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    const sameCondition = old?.status === 'False' && old.reason === reason && old.message === message;
    const sameNomination = nominate === undefined || nominate === (pod.status?.nominatedNodeName ?? '');
    if (sameCondition && sameNomination) return;
    const condition: NonNullable<NonNullable<Pod['status']>['conditions']>[number] = {
      type: 'PodScheduled', status: 'False', reason, message,
      lastTransitionTime: (old?.status === 'False' && old.lastTransitionTime) || formatTime(clock.now()),
      ...(pod.metadata?.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    };
    const status = { conditions: [condition], ...(sameNomination ? {} : { nominatedNodeName: nominate || null }) };
    try {
      await client.patch(PODS, namespace, name, { metadata: { uid }, status }, { type: 'strategic', subresource: 'status' });
    } catch (error) {
      const code = (error as { code?: number }).code;
      if (code !== 404 && code !== 409) logger.warn('the pod condition could not be written', { pod: `${namespace}/${name}`, error: (error as Error).message });
    }
  }

  private mayExplain(): boolean {
    const now = this.context.clock.now();
    this.tokens = Math.min(EXPLANATIONS.burst, this.tokens + ((now - this.refilledAt) / 1000) * EXPLANATIONS.perSecond);
    this.refilledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
