import type { Container, ContainerStatus, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { isSidecar, shouldRestart } from './restart-policy.ts';

/** The pod's phase as it follows from its containers' statuses. `terminal`: nothing will be started any more. */
export function podPhase(pod: Pod, initStatuses: ContainerStatus[], statuses: ContainerStatus[], terminal: boolean, initialized: boolean): string {
  const spec = pod.spec ?? { containers: [] };
  const known = new Map([...initStatuses, ...statuses].map((status) => [status.name, status]));
  const count = { pendingInit: 0, pendingSidecar: 0, failedInit: 0, unknown: 0, running: 0, waiting: 0, stopped: 0, final: 0, succeeded: 0 };

  for (const container of spec.initContainers ?? []) {
    const status = known.get(container.name);
    if (isSidecar(container)) countSidecar(count, status);
    else {
      const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
      if (!ended) count.pendingInit++;
      else if (ended.exitCode !== 0 && !restartable(container, pod, ended.exitCode, ended.reason)) count.failedInit++;
    }
  }
  for (const container of spec.containers) {
    const status = known.get(container.name);
    const ended = status?.state?.terminated ?? (status?.state?.waiting ? status.lastState?.terminated : undefined);
    if (!status?.state || Object.keys(status.state).length === 0) count.unknown++;
    else if (status.state.running) count.running++;
    else if (!ended) count.waiting++;
    else {
      count.stopped++;
      if (!restartable(container, pod, ended.exitCode, ended.reason)) count.final++;
      if (status.state.terminated && ended.exitCode === 0) count.succeeded++;
    }
  }

  if (count.failedInit > 0) return 'Failed';
  if (count.pendingInit > 0 || (count.pendingSidecar > 0 && !initialized) || count.waiting > 0) return 'Pending';
  if (count.running > 0 && count.unknown === 0) return 'Running';
  if (count.running === 0 && count.stopped > 0 && count.unknown === 0) {
    if (!terminal && count.stopped !== count.final) return 'Running';
    return count.stopped === count.succeeded ? 'Succeeded' : 'Failed';
  }
  return 'Pending';
}

function countSidecar(count: { pendingSidecar: number; running: number; waiting: number; unknown: number }, status: ContainerStatus | undefined): void {
  if (!status) count.unknown++;
  else if (status.state?.running) {
    if (!status.started) count.pendingSidecar++;
    count.running++;
  } else if (status.state?.waiting && !status.lastState?.terminated) {
    count.pendingSidecar++;
    count.waiting++;
  }
}

function restartable(container: Container, pod: Pod, exitCode: number, reason: string | undefined): boolean {
  return reason === 'RestartingAllContainers' || shouldRestart(container, pod.spec ?? { containers: [] }, exitCode);
}
