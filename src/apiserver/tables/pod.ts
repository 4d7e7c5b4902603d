import { parseTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ContainerState, ContainerStatus, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { age, humanDuration, nameOf } from './format.ts';
import { type PrintContext, type Printer, type Row, columns } from './printer.ts';

interface Summary { reason: string; restarts: number; lastRestart: number; ready: number; total: number }

function endReason(ended: NonNullable<ContainerState['terminated']>): string {
  if (ended.reason) return ended.reason;
  return ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`;
}

function countRestarts(summary: Pick<Summary, 'restarts' | 'lastRestart'>, status: ContainerStatus): void {
  summary.restarts += status.restartCount ?? 0;
  const finished = parseTime(status.lastState?.terminated?.finishedAt ?? '');
  if (finished > summary.lastRestart) summary.lastRestart = finished;
}

/** Goes through the init containers; true while they still hold the pod back. */
function summarizeInit(pod: Pod, summary: Summary, sidecars: { restarts: number; lastRestart: number }): boolean {
  const specs = pod.spec?.initContainers ?? [];
  const statuses = pod.status?.initContainerStatuses ?? [];
  for (let index = 0; index < statuses.length; index++) {
    const status = statuses[index] as ContainerStatus;
    const sidecar = specs.find(({ name }) => name === status.name)?.restartPolicy === 'Always';
    countRestarts(summary, status);
    if (sidecar) countRestarts(sidecars, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) summary.ready++;
      continue;
    }
    if (terminated) summary.reason = `Init:${endReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') summary.reason = `Init:${waiting.reason}`;
    else summary.reason = `Init:${index}/${specs.length}`;
    return true;
  }
  return false;
}

function summarizeContainers(pod: Pod, summary: Summary): void {
  let running = false;
  let error = '';
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(summary, status);
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) summary.reason = waiting.reason;
    else if (terminated) {
      summary.reason = endReason(terminated);
      if (terminated.exitCode !== 0) error = summary.reason;
    } else if (status.ready && status.state?.running) {
      running = true;
      summary.ready++;
    }
  }
  if (summary.reason !== 'Completed') return;
  if (running && hasCondition(pod, 'Ready')) summary.reason = 'Running';
  else if (error) summary.reason = error;
  else if (running) summary.reason = 'NotReady';
}

function hasCondition(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.find((condition) => condition.type === type)?.status === 'True';
}

function summarize(pod: Pod): Summary {
  const { spec, status, metadata } = pod;
  const sidecarCount = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').length;
  const summary: Summary = { reason: status?.reason || status?.phase || '', restarts: 0, lastRestart: 0, ready: 0, total: (spec?.containers?.length ?? 0) + sidecarCount };
  if (status?.conditions?.some(({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated')) summary.reason = 'SchedulingGated';
  const sidecars = { restarts: 0, lastRestart: 0 };
  const initializing = summarizeInit(pod, summary, sidecars);
  if (!initializing || hasCondition(pod, 'Initialized')) {
    Object.assign(summary, sidecars);
    summarizeContainers(pod, summary);
  }
  if (metadata?.deletionTimestamp) {
    if (status?.reason === 'NodeLost') summary.reason = 'Unknown';
    else if (status?.phase !== 'Failed' && status?.phase !== 'Succeeded') summary.reason = 'Terminating';
  }
  return summary;
}

function gates(pod: Pod): string {
  const wanted = pod.spec?.readinessGates ?? [];
  if (wanted.length === 0) return '<none>';
  return `${wanted.filter(({ conditionType }) => hasCondition(pod, conditionType)).length}/${wanted.length}`;
}

const COMPLETED: Record<string, string> = { Succeeded: 'The pod has completed successfully.', Failed: 'The pod failed.' };

function podRow(object: KubernetesObject, { now }: PrintContext): Row {
  const pod = object as unknown as Pod;
  const { reason, restarts, lastRestart, ready, total } = summarize(pod);
  const restartText = restarts > 0 && lastRestart > 0 ? `${restarts} (${humanDuration(now - lastRestart)} ago)` : String(restarts);
  const cells = [
    nameOf(pod), `${ready}/${total}`, reason, restartText, age(pod, now),
    pod.status?.podIPs?.[0]?.ip || '<none>', pod.spec?.nodeName || '<none>', pod.status?.nominatedNodeName || '<none>', gates(pod),
  ];
  const phase = pod.status?.phase ?? '';
  const message = COMPLETED[phase];
  return message ? { cells, conditions: [{ type: 'Completed', status: 'True', reason: phase, message }] } : { cells };
}

export const podPrinter: Printer = { columns: columns('Name|Ready|Status|Restarts|Age|IP+|Node+|Nominated Node+|Readiness Gates+'), row: podRow };
