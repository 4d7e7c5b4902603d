import type { ContainerState as ApiState, ContainerStatus, ContainerStateTerminated } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import type { ContainerState } from '../../runtime/runtime.ts';
import { LABEL } from '../container/labels.ts';
import { isSidecar } from './restart-policy.ts';
import { hasExited, isStarted, type ContainerView, type PodView } from './view.ts';

/** Prefix of container ids in the API. */
export const RUNTIME_SCHEME = 'naru://';

export interface StatusContext {
  view: PodView;
  /** From the step: containers that wait although they should run. */
  waiting: Map<string, { reason: string; message: string }>;
  /** What the API knows of the container. */
  old: ContainerStatus | undefined;
  /** The pod has init containers that are not all done. */
  hasInitContainers: boolean;
}

export function containerStatus(container: ContainerView, context: StatusContext): ContainerStatus {
  const { old } = context;
  const { latest, spec } = container;
  // While a new instance is being made, the one before is still what the pod shows.
  const shown = !container.starting || latest?.state === 'exited' ? latest : container.previous;
  const status: ContainerStatus = {
    name: spec.name, image: spec.image ?? '', imageID: '', ready: false,
    restartCount: Math.max(shown?.attempt ?? 0, old?.restartCount ?? 0), started: false, state: {}, lastState: {},
  };
  if (shown) describeInstance(status, shown);
  const message = shown === latest ? container.terminationMessage : container.previousTerminationMessage;
  status.state = stateOf(container, shown, message, context);
  status.lastState = lastState(container, shown, message, status, old);
  addResources(status, container);
  addVolumeMounts(status, container);
  addReadiness(status, container);
  return status;
}

function describeInstance(status: ContainerStatus, instance: ContainerState): void {
  status.containerID = RUNTIME_SCHEME + instance.id;
  status.imageID = instance.labels[LABEL.imageReference] ?? instance.imageId;
  status.image = instance.labels[LABEL.imageName] ?? status.image;
  const user = instance.labels[LABEL.user];
  if (user) {
    const [uid = 0, gid = 0, ...supplementalGroups] = user.split(',').map(Number);
    status.user = { linux: { uid, gid, supplementalGroups } };
  }
  const signal = instance.labels[LABEL.stopSignal];
  if (signal) status.stopSignal = signal;
}

function stateOf(container: ContainerView, shown: ContainerState | undefined, message: string | undefined, context: StatusContext): ApiState {
  if (!shown) {
    const old = context.old?.state?.terminated;
    // The record of an init container that was cleaned away after it succeeded.
    if (old && container.kind === 'init' && old.exitCode === 0 && !isSidecar(container.spec)) return { terminated: old };
    return waitingState(container, context);
  }
  if (shown.state === 'running') return { running: { startedAt: formatTime(shown.startedAt ?? shown.createdAt) } };
  if (shown.state === 'created') return waitingState(container, context);
  const waits = !context.view.terminating && (context.waiting.has(container.spec.name) || container.waiting !== undefined);
  return waits ? waitingState(container, context) : { terminated: terminated(shown, message) };
}

function waitingState(container: ContainerView, context: StatusContext): ApiState {
  const reason = context.waiting.get(container.spec.name) ?? container.waiting;
  if (reason) return { waiting: { reason: reason.reason, ...(reason.message ? { message: reason.message } : {}) } };
  return { waiting: { reason: context.hasInitContainers ? 'PodInitializing' : 'ContainerCreating' } };
}

function lastState(container: ContainerView, shown: ContainerState | undefined, message: string | undefined, status: ContainerStatus, old: ContainerStatus | undefined): ApiState {
  if (status.state?.waiting && shown?.state === 'exited') return { terminated: terminated(shown, message) };
  const before = shown === container.latest ? container.previous : undefined;
  if (before?.state === 'exited') return { terminated: terminated(before, container.previousTerminationMessage) };
  const ended = old?.state?.terminated;
  if (ended?.containerID && ended.containerID !== status.containerID) return { terminated: ended };
  return old?.lastState ?? {};
}

export function terminated(instance: ContainerState, message: string | undefined): ContainerStateTerminated {
  const neverStarted = instance.startedAt === undefined;
  const exitCode = instance.exitCode ?? (neverStarted ? 128 : 137);
  const reason = instance.labels[LABEL.lost] ? 'ContainerStatusUnknown' : instance.oomKilled ? 'OOMKilled' : neverStarted ? 'StartError' : exitCode === 0 ? 'Completed' : 'Error';
  const text = [neverStarted ? instance.message : undefined, message].filter(Boolean).join(': ');
  return {
    exitCode, reason, containerID: RUNTIME_SCHEME + instance.id,
    ...(instance.signal ? { signal: instance.signal } : {}), ...(text ? { message: text } : {}),
    startedAt: formatTime(instance.startedAt ?? instance.createdAt), finishedAt: formatTime(instance.finishedAt ?? instance.createdAt),
  };
}

function addReadiness(status: ContainerStatus, container: ContainerView): void {
  status.started = status.state?.running !== undefined && isStarted(container);
  if (container.kind === 'init' && !isSidecar(container.spec)) {
    status.ready = status.state?.terminated?.exitCode === 0;
    return;
  }
  if (container.kind === 'ephemeral') return;
  status.ready = status.started && (!container.spec.readinessProbe || container.probes.readiness === 'success');
}

function addResources(status: ContainerStatus, container: ContainerView): void {
  if (container.kind === 'ephemeral') return;
  const allocated = container.spec.resources;
  status.resources = (status.state?.running ? container.appliedResources : undefined) ?? allocated ?? {};
  if (allocated?.requests) status.allocatedResources = allocated.requests;
}

function addVolumeMounts(status: ContainerStatus, container: ContainerView): void {
  const mounts = container.spec.volumeMounts;
  if (!mounts?.length) return;
  status.volumeMounts = mounts.map((mount) => ({
    name: mount.name, mountPath: mount.mountPath,
    ...(mount.readOnly ? {
      readOnly: true, recursiveReadOnly: mount.recursiveReadOnly === 'Enabled' || mount.recursiveReadOnly === 'IfPossible' ? 'Enabled' : 'Disabled',
    } : {}),
  }));
}
