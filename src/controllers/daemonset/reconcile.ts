import type { DaemonSet, DaemonSetStatus } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Node, Pod, PodTemplateSpec, Toleration } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { intOrPercent } from '../shared/int-or-percent.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { matchesRequiredNodeAffinity, untoleratedTaint } from '../../api/placement.ts';
import { isPodAvailable, isPodReady, isPodTerminal, podFromTemplate } from '../shared/pods.ts';

/** Daemons stay on nodes in trouble. */
const DAEMON_TOLERATIONS: Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const HOST_NETWORK_TOLERATION: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };
/** A failed daemon pod is replaced after this, doubling for each further failure on the node. */
const FIRST_BACKOFF_MILLISECONDS = 1_000;
const LAST_BACKOFF_MILLISECONDS = 15 * 60 * 1000;

export function tolerationsOf(template: PodTemplateSpec | undefined): Toleration[] {
  const own = template?.spec?.tolerations ?? [];
  return [...own, ...DAEMON_TOLERATIONS, ...(template?.spec?.hostNetwork ? [HOST_NETWORK_TOLERATION] : [])];
}

/** Whether the node should have a pod, and whether one that runs there may stay. */
export function shouldRun(daemonSet: DaemonSet, node: Node): { run: boolean; stay: boolean } {
  const template = daemonSet.spec?.template;
  if (!matchesRequiredNodeAffinity({ spec: template?.spec }, { name: node.metadata?.name ?? '', labels: node.metadata?.labels ?? {} })) return { run: false, stay: false };
  if (template?.spec?.nodeName && template.spec.nodeName !== node.metadata?.name) return { run: false, stay: false };
  const tolerations = tolerationsOf(template);
  const taints = node.spec?.taints ?? [];
  if (!untoleratedTaint(taints, tolerations, ['NoSchedule', 'NoExecute'])) return { run: true, stay: true };
  return { run: false, stay: !untoleratedTaint(taints, tolerations, ['NoExecute']) };
}

/** The node a daemon pod stands on or is meant for. */
export function targetNode(pod: Pod): string {
  if (pod.spec?.nodeName) return pod.spec.nodeName;
  for (const term of pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []) {
    const field = term.matchFields?.find((expression) => expression.key === 'metadata.name' && expression.operator === 'In');
    if (field?.values?.length === 1) return field.values[0] as string;
  }
  return '';
}

export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const template = daemonSet.spec?.template as PodTemplateSpec;
  const pod = podFromTemplate(template, { ...daemonSet, apiVersion: 'apps/v1', kind: 'DaemonSet' });
  pod.metadata = { ...pod.metadata, labels: { ...pod.metadata?.labels, [REVISION_LABEL]: hash } };
  const spec = pod.spec as NonNullable<Pod['spec']>;
  const term = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  // The template's own terms were judged when the node was chosen; only the node's name is left to say.
  const nodeSelectorTerms = terms?.length ? terms.map((own) => ({ ...own, matchFields: term.matchFields })) : [term];
  spec.affinity = { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
  spec.tolerations = tolerationsOf(template);
  return pod;
}

export interface DaemonPlan { create: string[]; remove: Pod[]; wait?: number; failed: Pod[]; succeeded: Pod[] }

export interface DaemonState { daemonSet: DaemonSet; nodes: Node[]; pods: Pod[]; hash: string; now: number; failures: (node: string) => { count: number; at: number } | undefined }

function podsByNode(pods: Pod[]): Map<string, Pod[]> {
  const result = new Map<string, Pod[]>();
  for (const pod of pods) {
    // One that ended and is only waiting to be forgotten is no pod of its node any more.
    if (pod.metadata?.deletionTimestamp && isPodTerminal(pod)) continue;
    const node = targetNode(pod);
    const there = result.get(node);
    if (there) there.push(pod);
    else result.set(node, [pod]);
  }
  return result;
}

const byAge = (left: Pod, right: Pod): number => parseTime(left.metadata?.creationTimestamp ?? '') - parseTime(right.metadata?.creationTimestamp ?? '');

/** Nodes without their pod, and pods that should not be: on wrong or gone nodes, failed, second ones. */
export function planPlacement(state: DaemonState): DaemonPlan {
  const plan: DaemonPlan = { create: [], remove: [], failed: [], succeeded: [] };
  const perNode = podsByNode(state.pods);
  const maxSurge = surgeOf(state.daemonSet, state.nodes.length);
  for (const node of state.nodes) {
    const name = node.metadata?.name ?? '';
    const { run, stay } = shouldRun(state.daemonSet, node);
    const pods = perNode.get(name) ?? [];
    perNode.delete(name);
    if (run && pods.length === 0) plan.create.push(name);
    const living = pods.filter((pod) => !pod.metadata?.deletionTimestamp);
    if (!stay) { plan.remove.push(...living); continue; }
    plan.succeeded.push(...living.filter((pod) => pod.status?.phase === 'Succeeded'));
    const failed = living.filter((pod) => pod.status?.phase === 'Failed');
    if (failed.length > 0) retryFailed(state, name, failed, plan);
    const running = living.filter((pod) => !isPodTerminal(pod)).sort(byAge);
    if (maxSurge === 0) plan.remove.push(...running.slice(1));
    else if (running.length === 0 && run && pods.length > 0) plan.create.push(name);
    else plan.remove.push(...surplusInSurge(state, running));
  }
  plan.remove.push(...plan.succeeded);
  // What is left stands on nodes that are gone.
  for (const [name, pods] of perNode) if (name !== '') plan.remove.push(...pods.filter((pod) => !pod.metadata?.deletionTimestamp));
  return plan;
}

/** While surging an old and a new pod share the node: second ones of either go, and the old one when it is of no use any more. */
function surplusInSurge(state: DaemonState, running: Pod[]): Pod[] {
  if (running.length <= 1) return [];
  const fresh = running.filter((pod) => pod.metadata?.labels?.[REVISION_LABEL] === state.hash);
  const old = running.filter((pod) => !fresh.includes(pod));
  const result = [...fresh.slice(1), ...old.slice(1)];
  if (fresh[0] && old[0] && (!isPodReady(old[0]) || isPodAvailable(fresh[0], state.daemonSet.spec?.minReadySeconds ?? 0, state.now))) result.push(old[0]);
  return result;
}

function retryFailed(state: DaemonState, node: string, failed: Pod[], plan: DaemonPlan): void {
  const before = state.failures(node);
  const due = before ? before.at + Math.min(FIRST_BACKOFF_MILLISECONDS * 2 ** (before.count - 1), LAST_BACKOFF_MILLISECONDS) : 0;
  if (due > state.now) {
    plan.wait = Math.min(plan.wait ?? Infinity, due - state.now);
    return;
  }
  plan.remove.push(...failed);
  plan.failed.push(...failed);
}

function surgeOf(daemonSet: DaemonSet, nodes: number): number {
  if (daemonSet.spec?.updateStrategy?.type !== 'RollingUpdate') return 0;
  return intOrPercent(daemonSet.spec.updateStrategy.rollingUpdate?.maxSurge, nodes, true);
}

/** Rolling update: old pods to remove now, nodes to give a second, new pod. */
export function planUpdate(state: DaemonState): { remove: Pod[]; create: string[] } {
  const strategy = state.daemonSet.spec?.updateStrategy;
  if (strategy?.type !== 'RollingUpdate') return { remove: [], create: [] };
  const wanted = state.nodes.filter((node) => shouldRun(state.daemonSet, node).run);
  const perNode = podsByNode(state.pods);
  const minReady = state.daemonSet.spec?.minReadySeconds ?? 0;
  const maxSurge = surgeOf(state.daemonSet, wanted.length);
  const maxUnavailable = Math.max(intOrPercent(strategy.rollingUpdate?.maxUnavailable ?? 1, wanted.length, true), maxSurge > 0 ? 0 : 1);
  let unavailable = 0;
  let surging = 0;
  const free: Pod[] = [];
  const replaceable: Pod[] = [];
  const surgeable: string[] = [];
  const create: string[] = [];
  for (const node of wanted) {
    const name = node.metadata?.name ?? '';
    const pods = (perNode.get(name) ?? []).filter((pod) => !pod.metadata?.deletionTimestamp && pod.status?.phase !== 'Failed');
    const fresh = pods.find((pod) => pod.metadata?.labels?.[REVISION_LABEL] === state.hash);
    const old = pods.find((pod) => pod !== fresh);
    const freshAvailable = fresh !== undefined && isPodAvailable(fresh, minReady, state.now);
    const oldAvailable = old !== undefined && isPodAvailable(old, minReady, state.now);
    if (!freshAvailable && !oldAvailable) unavailable++;
    if (fresh && old && !freshAvailable) surging++;
    if (!old) continue;
    if (maxSurge > 0) {
      if (freshAvailable) free.push(old);
      else if (!fresh) (oldAvailable ? surgeable : create).push(name);
    } else if (!oldAvailable) free.push(old);
    else replaceable.push(old);
  }
  const room = Math.max(0, maxUnavailable - unavailable);
  return { remove: [...free, ...replaceable.slice(0, room)], create: [...create, ...surgeable.slice(0, Math.max(0, maxSurge - surging))] };
}

export function daemonStatus(state: DaemonState): DaemonSetStatus {
  const perNode = podsByNode(state.pods);
  const minReady = state.daemonSet.spec?.minReadySeconds ?? 0;
  const count = { desired: 0, current: 0, misscheduled: 0, ready: 0, updated: 0, available: 0 };
  for (const node of state.nodes) {
    const pods = (perNode.get(node.metadata?.name ?? '') ?? []).sort(byAge);
    if (!shouldRun(state.daemonSet, node).run) {
      if (pods.length > 0) count.misscheduled++;
      continue;
    }
    count.desired++;
    if (pods.length === 0) continue;
    count.current++;
    const living = pods.filter((pod) => !pod.metadata?.deletionTimestamp);
    const ready = living.find(isPodReady);
    if (ready) count.ready++;
    if (living.some((pod) => isPodAvailable(pod, minReady, state.now))) count.available++;
    if (living.some((pod) => pod.metadata?.labels?.[REVISION_LABEL] === state.hash)) count.updated++;
  }
  return {
    currentNumberScheduled: count.current, numberMisscheduled: count.misscheduled, desiredNumberScheduled: count.desired, numberReady: count.ready,
    observedGeneration: state.daemonSet.metadata?.generation, updatedNumberScheduled: count.updated || undefined, numberAvailable: count.available || undefined,
    numberUnavailable: count.desired - count.available || undefined, collisionCount: state.daemonSet.status?.collisionCount, conditions: state.daemonSet.status?.conditions,
  };
}
