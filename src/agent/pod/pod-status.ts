import type { ContainerStatus, PodCondition, PodStatus } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { containerStatus } from './container-status.ts';
import { OWN_CONDITIONS, podConditions, stampConditions } from './conditions.ts';
import { passedInitialization } from './init-step.ts';
import { podPhase } from './phase.ts';
import type { PodStep } from './container-step.ts';
import { qosClass } from './qos.ts';
import { isSidecar } from './restart-policy.ts';
import type { ContainerKind, PodView } from './view.ts';

export interface PodStatusInput {
  view: PodView;
  step: Pick<PodStep, 'waiting' | 'finished'>;
  /** The last status known to the API, the base of times and counters. */
  old: PodStatus;
  podIPs: string[];
  hostIPs: string[];
  /** Decided by the agent against the pod: eviction, deadline. Ends it as Failed. */
  verdict?: { reason: string; message: string; condition?: PodCondition };
  resizeConditions?: Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>[];
}

const TERMINAL = new Set(['Succeeded', 'Failed']);

/** The whole status the agent reports for a pod. Pure. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { view, step, old, verdict } = input;
  const { pod } = view;
  const statuses = { init: [] as ContainerStatus[], main: [] as ContainerStatus[], ephemeral: [] as ContainerStatus[] };
  const oldStatuses: Record<ContainerKind, ContainerStatus[] | undefined> = {
    init: old.initContainerStatuses, main: old.containerStatuses, ephemeral: old.ephemeralContainerStatuses,
  };
  let initPending = false;
  for (const container of view.containers) {
    const status = containerStatus(container, {
      view, waiting: step.waiting, hasInitContainers: container.kind === 'init' || container.kind === 'main' ? initPending || hasInit(view) : false,
      old: oldStatuses[container.kind]?.find((candidate) => candidate.name === container.spec.name),
    });
    statuses[container.kind].push(status);
    if (container.kind === 'init') initPending ||= isSidecar(container.spec) ? !status.started : !status.ready;
  }
  statuses.main.sort((left, right) => (left.name < right.name ? -1 : 1));

  const initialized = passedInitialization(view) || (hasInit(view) && !initPending);
  const phase = decidePhase(input, podPhase(pod, statuses.init, statuses.main, step.finished, initialized));
  const foreign = (pod.status?.conditions ?? []).filter((condition) => !OWN_CONDITIONS.has(condition.type));
  const disruption = verdict?.condition ?? old.conditions?.find((condition) => condition.type === 'DisruptionTarget');
  const others = disruption ? [...foreign.filter((condition) => condition.type !== 'DisruptionTarget'), disruption] : foreign;
  const drafts = podConditions({
    pod, phase, initStatuses: statuses.init, statuses: statuses.main, sandboxReady: view.sandbox.state === 'ready', foreign: others,
    extra: input.resizeConditions,
  });

  const generation = pod.metadata?.generation;
  const ips = input.podIPs.length > 0 ? input.podIPs : (old.podIPs ?? []).map((entry) => entry.ip);
  const status: PodStatus = {
    phase,
    ...(generation !== undefined ? { observedGeneration: generation } : {}),
    conditions: [...stampConditions(drafts, old.conditions, generation, view.now), ...others],
    hostIP: input.hostIPs[0], hostIPs: input.hostIPs.map((ip) => ({ ip })),
    startTime: old.startTime ?? formatTime(view.now),
    qosClass: qosClass(pod),
    containerStatuses: statuses.main,
  };
  if (ips.length > 0) Object.assign(status, { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) });
  if (statuses.init.length > 0) status.initContainerStatuses = statuses.init;
  if (statuses.ephemeral.length > 0) status.ephemeralContainerStatuses = statuses.ephemeral;
  if (pod.spec?.resources) Object.assign(status, { resources: pod.spec.resources, allocatedResources: pod.spec.resources.requests });
  const reason = (step.finished ? verdict : undefined) ?? keptReason(phase, old, pod.status);
  if (reason?.reason) status.reason = reason.reason;
  if (reason?.message) status.message = reason.message;
  return status;
}

/** Reason and message belong to the phase they came with, whoever wrote them. */
function keptReason(phase: string, old: PodStatus, reported: PodStatus | undefined): { reason?: string; message?: string } | undefined {
  if (phase !== old.phase) return undefined;
  return { reason: old.reason || reported?.reason, message: old.message || reported?.message };
}

function hasInit(view: PodView): boolean {
  return (view.pod.spec?.initContainers?.length ?? 0) > 0;
}

/** Terminal phases are final, a verdict fails the pod, and a pod that is ended is not left Running or Pending. */
function decidePhase({ view, step, old, verdict }: PodStatusInput, computed: string): string {
  const reported = [view.pod.status?.phase, old.phase].find((phase) => phase !== undefined && TERMINAL.has(phase));
  if (reported) return reported;
  if (step.finished) return verdict || !TERMINAL.has(computed) ? 'Failed' : computed;
  // Not final before everything stopped: what watches the pod may take its node's resources for free.
  const alive = view.containers.some((container) => container.starting || container.stopping || container.latest?.state === 'running');
  return TERMINAL.has(computed) && alive ? old.phase ?? 'Pending' : computed;
}
