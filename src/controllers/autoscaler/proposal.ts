import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { quantityMilliValue } from '../../api/quantity.ts';
import { parseTime } from '../../base/clock.ts';
import { podCondition } from '../shared/pods.ts';

/** After its start a pod's CPU use says little for so long. */
const CPU_INITIALIZATION_MILLISECONDS = 5 * 60 * 1000;
/** A pod that has not become ready so soon after its start is taken to have never been. */
const INITIAL_READINESS_MILLISECONDS = 30 * 1000;

/** Use of a resource by one pod in thousandths of its unit, and over which time it was measured. */
export interface Usage { value: number; at: number; windowMilliseconds: number }

export interface ResourceTarget {
  resource: string;
  /** Only this container counts. */
  container?: string;
  /** Per cent of what is requested, or an average in thousandths. */
  utilization?: number;
  average?: number;
}

export interface ProposalInput { target: ResourceTarget; current: number; pods: Pod[]; usage: Map<string, Usage>; toleranceUp: number; toleranceDown: number; now: number }

export interface Proposal { replicas: number; average: number; utilization?: number }

interface Groups { ready: number; unready: string[]; missing: string[]; measured: Map<string, number> }

function isUnready(pod: Pod, usage: Usage, now: number): boolean {
  const condition = podCondition(pod, 'Ready');
  const start = parseTime(pod.status?.startTime ?? '');
  if (!condition || Number.isNaN(start)) return true;
  const changed = parseTime(condition.lastTransitionTime ?? '') || 0;
  if (start + CPU_INITIALIZATION_MILLISECONDS > now) return condition.status === 'False' || usage.at < changed + usage.windowMilliseconds;
  return condition.status === 'False' && start + INITIAL_READINESS_MILLISECONDS > changed;
}

function groupPods({ target, pods, usage, now }: ProposalInput): Groups {
  const groups: Groups = { ready: 0, unready: [], missing: [], measured: new Map() };
  for (const pod of pods) {
    const name = pod.metadata?.name ?? '';
    const own = usage.get(name);
    if (pod.metadata?.deletionTimestamp || pod.status?.phase === 'Failed') continue;
    if (pod.status?.phase === 'Pending') groups.unready.push(name);
    else if (!own) groups.missing.push(name);
    else if (target.resource === 'cpu' && isUnready(pod, own, now)) groups.unready.push(name);
    else {
      groups.ready++;
      groups.measured.set(name, own.value);
    }
  }
  return groups;
}

/** What the pods request of the resource, in thousandths. Throws Error when one of them does not say. */
function requestsOf(pods: Pod[], { resource, container }: ResourceTarget): Map<string, number> {
  const result = new Map<string, number>();
  for (const pod of pods) {
    const stated = container === undefined ? pod.spec?.resources?.requests?.[resource] : undefined;
    let sum = stated === undefined ? 0 : quantityMilliValue(stated);
    const sidecars = (pod.spec?.initContainers ?? []).filter((each) => each.restartPolicy === 'Always');
    for (const each of stated === undefined ? [...(pod.spec?.containers ?? []), ...sidecars] : []) {
      if (container !== undefined && each.name !== container) continue;
      const request = each.resources?.requests?.[resource];
      if (request === undefined) throw new Error(`missing request for ${resource} in container ${each.name} of Pod ${pod.metadata?.name}`);
      sum += quantityMilliValue(request);
    }
    result.set(pod.metadata?.name ?? '', sum);
  }
  return result;
}

interface Ratio { ratio: number; average: number; utilization?: number }

function ratioOf(values: Map<string, number>, target: ResourceTarget, requests: Map<string, number>): Ratio {
  let used = 0;
  let requested = 0;
  for (const [name, value] of values) {
    used += value;
    requested += requests.get(name) ?? 0;
  }
  const average = Math.trunc(used / values.size);
  if (target.utilization === undefined) return { ratio: average / (target.average ?? 1), average };
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc(used * 100 / requested);
  return { ratio: utilization / target.utilization, average, utilization };
}

/** How many replicas a metric asks for. Throws Error when too little is known. */
export function proposeReplicas(input: ProposalInput): Proposal {
  const { target, current, pods, toleranceUp, toleranceDown } = input;
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const { ready, unready, missing, measured } = groupPods(input);
  if (measured.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  const requests = target.utilization === undefined ? new Map<string, number>() : requestsOf(pods, target);
  const { ratio, average, utilization } = ratioOf(measured, target, requests);
  const propose = (replicas: number): Proposal => ({ replicas, average, utilization });
  const isWithin = (value: number): boolean => value >= 1 - toleranceDown && value <= 1 + toleranceUp;
  const countsUnready = unready.length > 0 && ratio > 1;
  if (!countsUnready && missing.length === 0) return propose(isWithin(ratio) ? current : Math.ceil(ratio * ready));
  // Where nothing is known the cautious case is assumed: idle when growing, busy when shrinking.
  for (const name of missing) {
    if (ratio > 1) measured.set(name, 0);
    else if (ratio < 1) measured.set(name, target.utilization === undefined ? target.average ?? 0 : (requests.get(name) ?? 0) * Math.max(100, target.utilization) / 100);
  }
  if (countsUnready) for (const name of unready) measured.set(name, 0);
  const second = ratioOf(measured, target, requests).ratio;
  if (isWithin(second) || (ratio < 1 && second > 1) || (ratio > 1 && second < 1)) return propose(current);
  const replicas = Math.ceil(second * measured.size);
  return propose((second < 1 && replicas > current) || (second > 1 && replicas < current) ? current : replicas);
}
