import { checkRunning, offerStart, wantsStart, type PodStep } from './container-step.ts';
import { isSidecar, shouldRestart } from './restart-policy.ts';
import { hasExited, isRunning, isStarted, type ContainerView, type PodView } from './view.ts';

/** A main container ran in the present sandbox: initialisation is behind the pod and never comes again. */
export function passedInitialization(view: PodView): boolean {
  return view.containers.some((container) => container.kind === 'main' && container.active
    && (container.latest?.state === 'running' || container.latest?.state === 'exited'));
}

/**
 * Init containers run one after another; a sidecar counts as done once it has started. After initialisation only sidecars are
 * looked after.
 */
export function initStep(view: PodView, step: PodStep): 'waiting' | 'done' | 'failed' {
  const passed = passedInitialization(view);
  for (const container of view.containers) {
    if (container.kind !== 'init') continue;
    if (isSidecar(container.spec)) {
      keepSidecar(view, step, container);
      if (!passed && !isStarted(container)) return 'waiting';
    } else if (!passed) {
      const state = stepInit(view, step, container);
      if (state !== 'done') return state;
    }
  }
  return 'done';
}

function keepSidecar(view: PodView, step: PodStep, container: ContainerView): void {
  if (container.starting || container.stopping) return;
  if (isRunning(container)) checkRunning(view, step, container);
  else if (sidecarIsWanted(view)) offerStart(view, step, container);
}

/** A pod whose main containers are all done does not start its sidecars again. */
function sidecarIsWanted(view: PodView): boolean {
  const main = view.containers.filter((container) => container.kind === 'main');
  return main.some((container) => container.starting || container.stopping || !hasExited(container) || wantsStart(view, container));
}

function stepInit(view: PodView, step: PodStep, container: ContainerView): 'waiting' | 'done' | 'failed' {
  if (container.starting || container.stopping || isRunning(container)) return 'waiting';
  const latest = container.active ? container.latest : undefined;
  if (latest?.state === 'exited') {
    if (latest.exitCode === 0) return 'done';
    if (!shouldRestart(container.spec, initPodSpec(view), latest.exitCode ?? 0)) return 'failed';
  }
  offerStart(view, step, container);
  return 'waiting';
}

function initPodSpec(view: PodView): NonNullable<PodView['pod']['spec']> {
  return view.pod.spec ?? { containers: [] };
}
