import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus, MetricSpec, MetricStatus } from '../../../schema/v1.37/types/autoscaling-v2.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { quantityMilliValue } from '../../api/quantity.ts';
import { parseLabelSelector } from '../../api/selectors.ts';
import { formatTime } from '../../base/clock.ts';
import { resourcePath } from '../../client/path.ts';
import { HORIZONTAL_POD_AUTOSCALERS, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { rememberResources } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';
import { writeStatus } from '../shared/status-write.ts';
import { completeBehavior, decideScale, type Recommendation, type ScaleEvent, type ScalingDecision } from './behavior.ts';
import { failureReason, metricName, metricStatus, readUsage, resourceTarget } from './metrics.ts';
import { proposeReplicas } from './proposal.ts';

const PERIOD_MILLISECONDS = 15_000;
const DEFAULT_TOLERANCE_MILLI = 100;

interface Scale extends KubernetesObject { spec?: { replicas?: number }; status?: { replicas?: number; selector?: string } }
interface Memory { recommendations: Recommendation[]; events: ScaleEvent[] }
interface Wish { replicas: number; name: string; metrics: MetricStatus[]; error?: Error }

/** Sets the size of what HorizontalPodAutoscalers name by what its pods use. */
export function startAutoscaler(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const autoscalers = informers.for(HORIZONTAL_POD_AUTOSCALERS);
  const pods = informers.for(PODS);
  const events = context.eventsOf('horizontal-pod-autoscaler');
  const memories = new Map<string, Memory>();
  const queue = new WorkQueue(sync, { name: 'autoscaler', logger: context.logger, workers: 2, clock });
  const resources = rememberResources(context);
  const touch = (autoscaler: HorizontalPodAutoscaler): void => queue.add(keyOf(autoscaler));
  const stop = autoscalers.onEvent({
    add: touch, delete: (autoscaler) => memories.delete(keyOf(autoscaler)),
    update(autoscaler, old) { if (autoscaler.metadata?.generation !== old.metadata?.generation || JSON.stringify(autoscaler.spec) !== JSON.stringify(old.spec)) touch(autoscaler); },
  });

  async function sync(key: string): Promise<void> {
    await Promise.all([autoscalers.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const found = autoscalers.get(namespace, name);
    if (!found || found.metadata?.deletionTimestamp) return;
    queue.addAfter(key, PERIOD_MILLISECONDS);
    const autoscaler = { ...found, apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
    const status: HorizontalPodAutoscalerStatus = { ...autoscaler.status, desiredReplicas: autoscaler.status?.desiredReplicas ?? 0, observedGeneration: autoscaler.metadata?.generation };
    const set = (type: string, value: string, reason: string, message: string): void => { status.conditions = withCondition(status.conditions, type, value, reason, message, formatTime(clock.now())); };
    try {
      await scale(key, namespace, autoscaler, status, set);
    } catch (error) {
      context.logger.debug('not scaled', { autoscaler: key, error: (error as Error).message });
    }
    await writeStatus(client, HORIZONTAL_POD_AUTOSCALERS, autoscaler, status);
  }

  type SetCondition = (type: string, value: string, reason: string, message: string) => void;

  async function scale(key: string, namespace: string, autoscaler: HorizontalPodAutoscaler & KubernetesObject, status: HorizontalPodAutoscalerStatus, set: SetCondition): Promise<void> {
    const path = await scalePath(namespace, autoscaler.spec.scaleTargetRef).catch((error: Error) => error);
    const target = path instanceof Error ? path : await (client.raw('GET', path) as Promise<Scale>).catch((error: Error) => error);
    if (path instanceof Error || target instanceof Error) {
      const { message } = target as Error;
      events.event(autoscaler, 'Warning', 'FailedGetScale', message);
      return set('AbleToScale', 'False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`);
    }
    set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
    const current = target.spec?.replicas ?? 0;
    status.currentReplicas = current;
    const memory = memories.get(key) ?? { recommendations: [{ replicas: current, at: clock.now() }], events: [] };
    memories.set(key, memory);
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    if (current === 0 && minReplicas > 0) {
      status.desiredReplicas = 0;
      return set('ScalingActive', 'False', 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    }
    let desired: number;
    let reason: string;
    if (current > maxReplicas) [desired, reason] = [maxReplicas, 'Current number of replicas above Spec.MaxReplicas'];
    else if (current < minReplicas) [desired, reason] = [minReplicas, 'Current number of replicas below Spec.MinReplicas'];
    else {
      const wish = await askMetrics(autoscaler, target, current, set);
      status.currentMetrics = wish.metrics.length > 0 ? wish.metrics : undefined;
      if (wish.replicas < 0) {
        events.event(autoscaler, 'Warning', 'FailedComputeMetricsReplicas', wish.error?.message ?? '');
        return;
      }
      const decision = decide(autoscaler, memory, current, wish.replicas);
      set('AbleToScale', 'True', decision.able.reason, decision.able.message);
      set('ScalingLimited', decision.limited.status, decision.limited.reason, decision.limited.message);
      desired = decision.replicas;
      reason = desired > current ? `${wish.name} above target` : 'All metrics below target';
    }
    status.desiredReplicas = desired;
    if (desired === current) return;
    await rescale(autoscaler, path, target, desired, reason, set).then(() => {
      status.lastScaleTime = formatTime(clock.now());
      memory.events.push({ change: desired - current, at: clock.now() });
    }, () => { status.desiredReplicas = current; });
  }

  async function rescale(autoscaler: KubernetesObject, path: string, target: Scale, desired: number, reason: string, set: SetCondition): Promise<void> {
    try {
      await client.raw('PUT', path, { ...target, spec: { ...target.spec, replicas: desired } });
    } catch (error) {
      events.event(autoscaler, 'Warning', 'FailedRescale', `New size: ${desired}; reason: ${reason}; error: ${(error as Error).message}`);
      set('AbleToScale', 'False', 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${(error as Error).message}`);
      throw error;
    }
    set('AbleToScale', 'True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`);
    events.event(autoscaler, 'Normal', 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`);
  }

  async function scalePath(namespace: string, { apiVersion = '', kind, name }: { apiVersion?: string; kind: string; name: string }): Promise<string> {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const type = (await resources.types()).find((candidate) => candidate.group === group && candidate.kind === kind);
    if (!type) throw new Error(`no matches for kind "${kind}" in group "${group}"`);
    return resourcePath(type, namespace, name, 'scale');
  }

  /** The largest wish of all metrics; replicas is -1 when none can be trusted. */
  async function askMetrics(autoscaler: HorizontalPodAutoscaler & KubernetesObject, target: Scale, current: number, set: SetCondition): Promise<Wish> {
    const selector = target.status?.selector ?? '';
    if (!selector) {
      events.event(autoscaler, 'Warning', 'SelectorRequired', 'selector is required');
      set('ScalingActive', 'False', 'InvalidSelector', "the HPA target's scale is missing a selector");
      return { replicas: -1, name: '', metrics: [], error: new Error('selector is required') };
    }
    const metrics = autoscaler.spec.metrics ?? [];
    const wish: Wish = { replicas: 0, name: '', metrics: [] };
    const failures: { metric: MetricSpec; error: Error }[] = [];
    for (const metric of metrics) {
      try {
        const proposal = await propose(autoscaler, metric, selector, current);
        wish.metrics.push(proposal.status);
        if (wish.name === '' || proposal.replicas > wish.replicas) Object.assign(wish, { replicas: proposal.replicas, name: proposal.name });
      } catch (error) {
        failures.push({ metric, error: error as Error });
      }
    }
    const first = failures[0];
    if (first) {
      events.event(autoscaler, 'Warning', failureReason(first.metric), first.error.message);
      wish.error = new Error(`invalid metrics (${failures.length} invalid out of ${metrics.length}), first error is: ${first.error.message}`);
    }
    // Less is only believed when every metric agrees.
    if (first && (failures.length === metrics.length || wish.replicas < current)) {
      set('ScalingActive', 'False', failureReason(first.metric), `the HPA was unable to compute the replica count: ${first.error.message}`);
      return { ...wish, replicas: -1 };
    }
    set('ScalingActive', 'True', 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${wish.name}`);
    return wish;
  }

  async function propose(autoscaler: HorizontalPodAutoscaler, metric: MetricSpec, selector: string, current: number): Promise<{ replicas: number; name: string; status: MetricStatus }> {
    const target = resourceTarget(metric);
    if (!target) throw new Error(`unable to get metric of type ${metric.type}: no custom or external metrics API is asked`);
    const what = target.utilization === undefined ? 'usage' : 'utilization';
    try {
      const namespace = autoscaler.metadata?.namespace ?? '';
      const usage = await readUsage(client, namespace, selector, target);
      const matches = parseLabelSelector(selector);
      const members = [...pods.list(namespace)].filter((pod) => matches.matches(pod.metadata?.labels ?? {}));
      const tolerance = (value: string | number | undefined): number => (value === undefined ? DEFAULT_TOLERANCE_MILLI : quantityMilliValue(value)) / 1000;
      const proposal = proposeReplicas({
        target, current, pods: members, usage, now: clock.now(),
        toleranceUp: tolerance(autoscaler.spec.behavior?.scaleUp?.tolerance), toleranceDown: tolerance(autoscaler.spec.behavior?.scaleDown?.tolerance),
      });
      return { replicas: proposal.replicas, name: metricName(target), status: metricStatus(metric, proposal) };
    } catch (error) {
      throw new Error(`failed to get ${target.resource} ${what}: ${(error as Error).message}`);
    }
  }

  function decide(autoscaler: HorizontalPodAutoscaler, memory: Memory, current: number, desired: number): ScalingDecision {
    const now = clock.now();
    const behavior = completeBehavior(autoscaler.spec.behavior);
    const decision = decideScale({ behavior, minimum: autoscaler.spec.minReplicas ?? 1, maximum: autoscaler.spec.maxReplicas, current, desired, ...memory, now });
    const rules = [behavior.scaleUp, behavior.scaleDown];
    const longestWindow = Math.max(...rules.map((each) => each.stabilizationWindowSeconds)) * 1000;
    const longestPeriod = Math.max(...rules.flatMap((each) => each.policies.map((policy) => policy.periodSeconds))) * 1000;
    memory.recommendations = [...memory.recommendations.filter(({ at }) => at >= now - longestWindow), { replicas: desired, at: now }];
    memory.events = memory.events.filter(({ at }) => at >= now - longestPeriod);
    return decision;
  }

  return { stop() { stop(); resources.stop(); queue.stop(); } };
}

function withCondition(conditions: HorizontalPodAutoscalerCondition[] = [], type: string, status: string, reason: string, message: string, time: string): HorizontalPodAutoscalerCondition[] {
  const old = conditions.find((condition) => condition.type === type);
  const condition = { type, status, reason, message, lastTransitionTime: old?.status === status ? old.lastTransitionTime : time };
  return old ? conditions.map((each) => (each === old ? condition : each)) : [...conditions, condition];
}
