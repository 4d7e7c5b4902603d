import type { ContainerStatus, Pod, PodCondition } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { isSidecar } from './restart-policy.ts';

type Draft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The conditions the agent owns; all others in a pod's status belong to somebody else and are kept. */
export const OWN_CONDITIONS = new Set([
  'PodScheduled', 'Ready', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers', 'PodResizePending', 'PodResizeInProgress',
  'AllContainersRestarting',
]);

export interface ConditionInput {
  pod: Pod;
  phase: string;
  initStatuses: ContainerStatus[];
  statuses: ContainerStatus[];
  sandboxReady: boolean;
  /** Of others, and of this agent's own one-time events (DisruptionTarget). */
  foreign: PodCondition[];
  /** Resize conditions, when there are any. */
  extra?: Draft[];
}

export function podConditions(input: ConditionInput): Draft[] {
  const containersReady = containersReadyCondition(input);
  return [
    ...(input.extra ?? []),
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initializedCondition(input),
    readyCondition(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ];
}

function list(names: string[]): string {
  return `[${names.join(' ')}]`;
}

function terminalReason(phase: string): string | undefined {
  return phase === 'Failed' ? 'PodFailed' : phase === 'Succeeded' ? 'PodCompleted' : undefined;
}

function containersReadyCondition({ pod, phase, initStatuses, statuses }: ConditionInput): Draft {
  const type = 'ContainersReady';
  const known = new Map([...initStatuses, ...statuses].map((status) => [status.name, status]));
  const counted = [...(pod.spec?.initContainers ?? []).filter(isSidecar), ...(pod.spec?.containers ?? [])];
  const unknown = counted.filter((container) => !known.has(container.name)).map((container) => container.name);
  const unready = counted.filter((container) => known.get(container.name)?.ready === false).map((container) => container.name);
  const terminal = terminalReason(phase);
  if (terminal && (phase === 'Failed' || unknown.length === 0)) return { type, status: 'False', reason: terminal };
  const messages: string[] = [];
  if (unknown.length > 0) messages.push(`containers with unknown status: ${list(unknown)}`);
  if (unready.length > 0) messages.push(`containers with unready status: ${list(unready)}`);
  if (messages.length > 0) return { type, status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') };
  return { type, status: 'True' };
}

function readyCondition({ pod, foreign }: ConditionInput, containersReady: Draft): Draft {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const messages: string[] = [];
  for (const gate of pod.spec?.readinessGates ?? []) {
    const condition = foreign.find((candidate) => candidate.type === gate.conditionType);
    if (!condition) messages.push(`corresponding condition of pod readiness gate "${gate.conditionType}" does not exist.`);
    else if (condition.status !== 'True') messages.push(`the status of pod readiness gate "${gate.conditionType}" is not "True", but ${condition.status}`);
  }
  if (messages.length > 0) return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
  return { type: 'Ready', status: 'True' };
}

function initializedCondition({ pod, phase, initStatuses, statuses }: ConditionInput): Draft {
  const type = 'Initialized';
  const known = new Map(initStatuses.map((status) => [status.name, status]));
  const containers = pod.spec?.initContainers ?? [];
  const unknown = containers.filter((container) => !known.has(container.name)).map((container) => container.name);
  const incomplete = containers.filter((container) => {
    const status = known.get(container.name);
    return status && !(isSidecar(container) ? status.started : status.ready);
  }).map((container) => container.name);
  if (phase === 'Succeeded' && unknown.length === 0) return { type, status: 'True', reason: 'PodCompleted' };
  const passed = statuses.some((status) => status.state?.running || status.state?.terminated?.containerID || status.lastState?.terminated);
  const messages: string[] = [];
  if (unknown.length > 0) messages.push(`containers with unknown status: ${list(unknown)}`);
  if (incomplete.length > 0) messages.push(`containers with incomplete status: ${list(incomplete)}`);
  if (passed || messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotInitialized', message: messages.join(', ') };
}

/** Times and generations: the transition time moves only when the status does. */
export function stampConditions(drafts: Draft[], old: PodCondition[] | undefined, generation: number | undefined, now: number): PodCondition[] {
  return drafts.map((draft) => {
    const before = old?.find((condition) => condition.type === draft.type);
    const stamped: PodCondition = { type: draft.type, status: draft.status };
    if (generation !== undefined) stamped.observedGeneration = generation;
    stamped.lastTransitionTime = before?.status === draft.status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(now);
    if (draft.reason) stamped.reason = draft.reason;
    if (draft.message) stamped.message = draft.message;
    return stamped;
  });
}
