import { formatDuration } from './back-off.ts';
import { restartsAfterKill, shouldRestart } from './restart-policy.ts';
import { hasExited, type ContainerView, type PodView } from './view.ts';

export type StopReason = 'liveness' | 'startup' | 'changed' | 'pod';
export interface StopAction { name: string; containerId: string; reason: StopReason; message: string }

/** What to do now. Nothing in it repeats what is under way already. */
export interface PodStep {
  createSandbox: boolean;
  start: string[];
  stop: StopAction[];
  /** Why containers that should run are not started now, by name. */
  waiting: Map<string, { reason: string; message: string }>;
  /** Containers that may be started later, at the earliest of these times. */
  wakeAt?: number;
  /** Everything that still runs is to be stopped, in the order of termination. */
  stopPod: boolean;
  /** Nothing runs, and nothing will be started again. */
  finished: boolean;
  /** A rule asks for a new start of all containers: stop and forget them, then begin again. */
  restartAll: boolean;
}

export function succeededOnce(view: PodView, container: ContainerView): boolean {
  const policy = container.spec.restartPolicy ?? view.pod.spec?.restartPolicy ?? 'Always';
  return policy === 'OnFailure' && container.latest?.exitCode === 0;
}

/** Whether a container that does not run should. */
export function wantsStart(view: PodView, container: ContainerView): boolean {
  if (!container.latest || container.latest.state !== 'exited') return true;
  // In a new sandbox everything begins again but what was to succeed once and did.
  if (!container.active) return !succeededOnce(view, container);
  if (container.definitionChanged && container.kind === 'main') return true;
  return shouldRestart(container.spec, view.pod.spec ?? { containers: [] }, container.latest.exitCode ?? 0);
}

/** Stops a running container whose probe failed or whose specification changed. */
export function checkRunning(view: PodView, step: PodStep, container: ContainerView): boolean {
  const name = container.spec.name;
  const title = container.kind === 'init' ? 'Init container' : 'Container';
  let reason: StopReason;
  let message: string;
  if (container.definitionChanged) [reason, message] = ['changed', `${title} ${name} definition changed`];
  else if (container.probes.liveness === 'failure') [reason, message] = ['liveness', `${title} ${name} failed liveness probe`];
  else if (container.probes.startup === 'failure') [reason, message] = ['startup', `${title} ${name} failed startup probe`];
  else if (container.resizeNeedsRestart) [reason, message] = ['changed', `${title} ${name} resize requires restart`];
  else return false;
  const restart = reason === 'changed' || restartsAfterKill(container.spec, view.pod.spec ?? { containers: [] });
  if (restart && container.kind === 'main') message += ', will be restarted';
  step.stop.push({ name, containerId: container.latest?.id ?? '', reason, message });
  return true;
}

/** Starts the container now, or notes when it may be started. */
export function offerStart(view: PodView, step: PodStep, container: ContainerView): void {
  if (container.starting || container.stopping) return;
  const { name } = container.spec;
  const { uid, namespace, name: podName } = view.pod.metadata ?? {};
  if (container.retryAt !== undefined && container.retryAt > view.now) {
    step.wakeAt = Math.min(step.wakeAt ?? Infinity, container.retryAt);
    return;
  }
  if (container.backOffUntil !== undefined && container.backOffUntil > view.now && hasExited(container)) {
    step.wakeAt = Math.min(step.wakeAt ?? Infinity, container.backOffUntil);
    step.waiting.set(name, {
      reason: 'CrashLoopBackOff',
      message: `back-off ${formatDuration(container.backOffDelay ?? 0)} restarting failed container=${name} pod=${podName}_${namespace}(${uid})`,
    });
    return;
  }
  step.start.push(name);
}
