import type { Container, Pod, PodSpec } from './types.ts';
import { ResourceSums, compareQuantities } from '../common/quantities.ts';

type ResourceList = Record<string, string | number>;

export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/**
 * What the containers of a pod need together: all that run side by side, or the largest of the init containers (with
 * the sidecars started before it) where that is more.
 */
export function aggregate(spec: PodSpec, part: 'requests' | 'limits'): ResourceList {
  const total = new ResourceSums();
  const sidecars = new ResourceSums();
  const largest = new ResourceSums();
  for (const container of spec.containers ?? []) total.add(container.resources?.[part]);
  for (const container of spec.initContainers ?? []) {
    const own = container.resources?.[part];
    if (isSidecar(container)) {
      total.add(own);
      sidecars.add(own);
      largest.raise(sidecars);
    } else largest.raise(sidecars.copy().add(own));
  }
  total.raise(largest);
  return total.toList();
}

/** Completes resources stated for the whole pod from those of its containers. */
export function defaultPodLevelResources(pod: Pod): void {
  const spec = pod.spec as PodSpec;
  const resources = spec.resources;
  if (!resources) return;
  if (Object.keys(resources.requests ?? {}).length === 0 && Object.keys(resources.limits ?? {}).length === 0) return;
  const limits: ResourceList = { ...resources.limits };
  const requests: ResourceList = { ...resources.requests };
  const containerLimits = aggregate(spec, 'limits');
  for (const name in containerLimits) {
    if (name.startsWith('hugepages-') && !(name in requests)) limits[name] ??= containerLimits[name] as string;
  }
  const containerRequests = aggregate(spec, 'requests');
  for (const name in containerRequests) if (name === 'cpu' || name === 'memory') requests[name] ??= containerRequests[name] as string;
  for (const name in limits) if (isPodLevelResource(name)) requests[name] ??= limits[name] as string;
  const everyContainerLimits = (name: string): boolean => [...(spec.initContainers ?? []), ...spec.containers].every((container) => container.resources?.limits?.[name] != null);
  for (const name in requests) {
    if (!isPodLevelResource(name) || name in limits || !everyContainerLimits(name)) continue;
    const sum = containerLimits[name] as string;
    const request = requests[name] as string;
    limits[name] = compareQuantities(request, sum) > 0 ? request : sum;
  }
  if (Object.keys(limits).length > 0) resources.limits = limits;
  if (Object.keys(requests).length > 0) resources.requests = requests;
}
