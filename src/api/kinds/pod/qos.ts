import type { Pod, ResourceRequirements } from '../../../../schema/v1.37/types/core-v1.ts';
import { compareQuantities, isZero } from '../common/quantities.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
type Amount = string | number | undefined;

function given(amount: Amount): amount is string | number {
  return amount != null && !isZero(amount);
}

function resourceClass(request: Amount, limit: Amount): QosClass {
  if (!given(request) && !given(limit)) return 'BestEffort';
  if (given(limit) && (!given(request) || compareQuantities(request, limit) === 0)) return given(request) ? 'Guaranteed' : 'Burstable';
  return 'Burstable';
}

function requirementsClass(resources: ResourceRequirements | undefined): QosClass {
  const { requests, limits } = resources ?? {};
  const cpu = resourceClass(requests?.['cpu'], limits?.['cpu']);
  const memory = resourceClass(requests?.['memory'], limits?.['memory']);
  return cpu === memory ? cpu : 'Burstable';
}

const POD_LEVEL = /^(cpu|memory|hugepages-.*)$/;

/** True when the pod itself (not its containers) states resources. */
export function hasPodLevelResources(pod: Pod): boolean {
  const { requests, limits } = pod.spec?.resources ?? {};
  return [requests, limits].some((list) => Object.keys(list ?? {}).some((name) => POD_LEVEL.test(name)));
}

export function qosClass(pod: Pod): QosClass {
  if (hasPodLevelResources(pod)) return requirementsClass(pod.spec?.resources);
  let result: QosClass | undefined;
  for (const containers of [pod.spec?.initContainers, pod.spec?.containers]) {
    for (const container of containers ?? []) {
      const own = requirementsClass(container.resources);
      if (own === 'Burstable' || (result && result !== own)) return 'Burstable';
      result = own;
    }
  }
  return result ?? 'BestEffort';
}
