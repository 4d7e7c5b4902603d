import type { Container, ContainerStatus, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';

type Quantities = Record<string, string | number> | undefined;

/** Amounts by resource name: cpu in millicores, all else in whole units (bytes, devices). */
export type Resources = Map<string, number>;

/** What a container without a request is taken to ask for when nodes are scored, so that such pods spread too. */
export const DEFAULT_MILLI_CPU = 100;
export const DEFAULT_MEMORY = 200 * 1024 * 1024;

export function amount(resource: string, quantity: string | number): number {
  return resource === 'cpu' ? quantityMilliValue(quantity) : quantityValue(quantity);
}

export function toResources(quantities: Quantities): Resources {
  const resources: Resources = new Map();
  for (const name in quantities) resources.set(name, amount(name, quantities[name] as string | number));
  return resources;
}

export function addTo(sum: Resources, more: Resources): void {
  for (const [name, value] of more) sum.set(name, (sum.get(name) ?? 0) + value);
}

function raiseTo(largest: Resources, other: Resources): void {
  for (const [name, value] of other) if (value > (largest.get(name) ?? 0)) largest.set(name, value);
}

function isSidecar(container: Container): boolean {
  return container.restartPolicy === 'Always';
}

/**
 * What one container holds on its node. While it is being resized in place that is the largest of what is asked for, what
 * the node has granted and what is in force; a resize that the node calls infeasible does not count.
 */
function containerRequests(container: Container, status: ContainerStatus | undefined, infeasible: boolean): Resources {
  const requests = toResources(container.resources?.requests);
  if (!status?.allocatedResources && !status?.resources?.requests) return requests;
  const held: Resources = infeasible ? new Map() : requests;
  raiseTo(held, toResources(status.allocatedResources));
  raiseTo(held, toResources(status.resources?.requests));
  return held;
}

/** The pod's requests: containers that run together add up, init containers count where they need more than that. */
export function podRequests(pod: Pod, withDefaults = false): Resources {
  const spec = pod.spec;
  if (!spec) return new Map();
  const infeasible = (pod.status?.conditions ?? []).some((condition) => condition.type === 'PodResizePending' && condition.reason === 'Infeasible');
  const requestsOf = (container: Container, statuses: ContainerStatus[] | undefined): Resources => {
    const requests = containerRequests(container, statuses?.find((status) => status.name === container.name), infeasible);
    if (withDefaults && !requests.has('cpu')) requests.set('cpu', DEFAULT_MILLI_CPU);
    if (withDefaults && !requests.has('memory')) requests.set('memory', DEFAULT_MEMORY);
    return requests;
  };
  const sum: Resources = new Map();
  for (const container of spec.containers) addTo(sum, requestsOf(container, pod.status?.containerStatuses));
  const sidecars: Resources = new Map();
  const initial: Resources = new Map();
  for (const container of spec.initContainers ?? []) {
    const requests = requestsOf(container, pod.status?.initContainerStatuses);
    if (isSidecar(container)) {
      addTo(sidecars, requests);
      raiseTo(initial, sidecars);
    } else {
      addTo(requests, sidecars);
      raiseTo(initial, requests);
    }
  }
  addTo(sum, sidecars);
  raiseTo(sum, initial);
  for (const [name, value] of toResources(spec.resources?.requests)) sum.set(name, value);
  addTo(sum, toResources(spec.overhead));
  return sum;
}
