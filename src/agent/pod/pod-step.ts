import { initStep } from './init-step.ts';
import { checkRunning, offerStart, succeededOnce, wantsStart, type PodStep } from './container-step.ts';
import { restartsAfterKill, restartsAllContainers } from './restart-policy.ts';
import { hasExited, isRunning, type ContainerView, type PodView } from './view.ts';

/** Decides the next actions for a pod. Pure: the same view gives the same step. */
export function podStep(view: PodView): PodStep {
  const step: PodStep = { createSandbox: false, start: [], stop: [], waiting: new Map(), stopPod: false, finished: false, restartAll: false };
  if (view.terminating) return endPod(view, step);
  if (view.containers.some((container) => triggersRestartAll(container))) return { ...step, restartAll: true };
  if (view.sandbox.state !== 'ready') return prepareSandbox(view, step);

  for (const container of view.containers) {
    if (container.kind === 'ephemeral' && !container.latest) offerStart(view, step, container);
  }
  const init = initStep(view, step);
  if (init === 'failed') return endPod(view, step);
  if (init === 'waiting') return step;
  const kept = mainStep(view, step);
  if (!kept) return endPod(view, step);
  return step;
}

function triggersRestartAll(container: ContainerView): boolean {
  return container.kind !== 'ephemeral' && hasExited(container) && !container.starting
    && restartsAllContainers(container.spec, container.latest?.exitCode ?? 0);
}

/** Stops what runs; says `finished` once nothing does. */
function endPod(view: PodView, step: PodStep): PodStep {
  const alive = view.containers.some((container) => container.starting || container.stopping || container.latest?.state === 'running');
  return { ...step, start: [], stop: [], stopPod: alive, finished: !alive && view.sandbox.state !== 'creating' };
}

/** Without a sandbox: make one, unless there is nothing left that would run in it. */
function prepareSandbox(view: PodView, step: PodStep): PodStep {
  if (view.sandbox.state !== 'none') return step;
  const main = view.containers.filter((container) => container.kind === 'main');
  const created = view.containers.some((container) => container.latest);
  const never = (view.pod.spec?.restartPolicy ?? 'Always') === 'Never';
  if (never && created) return endPod(view, step);
  const toRun = main.filter((container) => !container.latest || !hasExited(container) || !succeededOnce(view, container));
  if (toRun.length === 0 && main.some((container) => container.latest)) return endPod(view, step);
  if (view.sandbox.retryAt !== undefined && view.sandbox.retryAt > view.now) return { ...step, wakeAt: view.sandbox.retryAt };
  return { ...step, createSandbox: true };
}

/** Main containers: returns whether any is kept, being started or will be. */
function mainStep(view: PodView, step: PodStep): boolean {
  let kept = false;
  let hookPending = false;
  const spec = view.pod.spec;
  for (const container of view.containers) {
    if (container.kind !== 'main' || !spec) continue;
    if (container.starting || container.stopping) {
      kept ||= container.starting || restartsAfterKill(container.spec, spec);
      if (container.stopping) kept = true;
    } else if (isRunning(container)) {
      kept = true;
      checkRunning(view, step, container);
    } else if (wantsStart(view, container)) {
      kept = true;
      // A postStart hook ends before the containers listed behind it start: people order containers by it.
      if (!hookPending) offerStart(view, step, container);
    }
    hookPending ||= container.starting && container.spec.lifecycle?.postStart !== undefined;
    if (step.start.includes(container.spec.name) && container.spec.lifecycle?.postStart) hookPending = true;
  }
  return kept;
}
