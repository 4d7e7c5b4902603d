import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { controllerReference } from '../shared/owners.ts';
import type { EndpointGroup } from './service-endpoints.ts';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
export const MANAGED_BY = 'endpointslice-controller.k8s.io';
export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
/** A slice is not filled beyond this. */
const ENDPOINTS_PER_SLICE = 100;
/** Labels of a Service that are not handed on. */
const RESERVED_LABELS = new Set([SERVICE_NAME_LABEL, MANAGED_BY_LABEL, HEADLESS_LABEL]);

export interface SlicePlan { create: EndpointSlice[]; update: EndpointSlice[]; remove: EndpointSlice[] }

function sliceLabels(service: Service): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(service.metadata?.labels ?? {})) if (!RESERVED_LABELS.has(key)) labels[key] = value;
  if (service.spec?.clusterIP === 'None') labels[HEADLESS_LABEL] = '';
  labels[SERVICE_NAME_LABEL] = service.metadata?.name ?? '';
  labels[MANAGED_BY_LABEL] = MANAGED_BY;
  return labels;
}

function portsKey(ports: EndpointPort[] | undefined): string {
  return JSON.stringify((ports ?? []).map((port) => [port.name ?? '', port.port ?? null, port.protocol ?? 'TCP', port.appProtocol ?? '']).sort());
}

const idOf = (endpoint: Endpoint): string => endpoint.targetRef?.uid ?? endpoint.addresses.join();

/** Fits the wanted endpoints into the slices that stand, changing as few of them as possible. */
export function planSlices(service: Service, groups: EndpointGroup[], existing: EndpointSlice[], trigger?: string): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const labels = sliceLabels(service);
  const unused = new Set(existing);
  for (const group of groups) {
    const key = portsKey(group.ports);
    const mine = existing.filter((slice) => slice.addressType === 'IPv4' && portsKey(slice.ports) === key);
    for (const slice of mine) unused.delete(slice);
    planGroup(service, group, mine, labels, plan);
  }
  // A Service without endpoints keeps one empty slice, so that its readers know it is meant to be empty.
  const keep = groups.length === 0 ? [...unused].find((slice) => slice.addressType === 'IPv4' && !slice.ports?.length) : undefined;
  if (groups.length === 0 && !keep) plan.create.push(newSlice(service, [], [], labels));
  if (keep) {
    unused.delete(keep);
    touch(keep, keep.endpoints?.length ? [] : keep.endpoints ?? [], labels, plan);
  }
  plan.remove.push(...unused);
  for (const slice of [...plan.create, ...plan.update]) noteTrigger(slice, trigger);
  return plan;
}

/** Tells readers since when the change has been due, so that its way through the cluster can be measured. */
function noteTrigger(slice: EndpointSlice, trigger: string | undefined): void {
  const { [TRIGGER_TIME]: _, ...annotations } = slice.metadata?.annotations ?? {};
  const noted = trigger ? { ...annotations, [TRIGGER_TIME]: trigger } : annotations;
  slice.metadata = { ...slice.metadata, annotations: Object.keys(noted).length > 0 ? noted : undefined };
}

function planGroup(service: Service, group: EndpointGroup, slices: EndpointSlice[], labels: Record<string, string>, plan: SlicePlan): void {
  const wanted = new Map(group.endpoints.map((endpoint) => [idOf(endpoint), endpoint]));
  const contents = slices.map((slice) => {
    const kept: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const fresh = wanted.get(idOf(endpoint));
      if (!fresh) continue;
      kept.push(fresh);
      wanted.delete(idOf(endpoint));
    }
    return { slice, kept };
  });
  const rest = [...wanted.values()];
  for (const content of contents) content.kept.push(...rest.splice(0, Math.max(0, ENDPOINTS_PER_SLICE - content.kept.length)));
  for (const { slice, kept } of contents) {
    if (kept.length === 0 && contents.length > 1) plan.remove.push(slice);
    else touch(slice, kept, labels, plan);
  }
  while (rest.length > 0) plan.create.push(newSlice(service, group.ports, rest.splice(0, ENDPOINTS_PER_SLICE), labels));
}

function touch(slice: EndpointSlice, endpoints: Endpoint[], labels: Record<string, string>, plan: SlicePlan): void {
  const clean = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;
  if (isDeepStrictEqual(clean(slice.endpoints ?? []), clean(endpoints)) && isDeepStrictEqual(slice.metadata?.labels ?? {}, labels)) return;
  plan.update.push({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });
}

function newSlice(service: Service, ports: EndpointPort[], endpoints: Endpoint[], labels: Record<string, string>): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
    metadata: {
      generateName: `${service.metadata?.name}-`, namespace: service.metadata?.namespace, labels,
      ownerReferences: [controllerReference({ ...service, apiVersion: 'v1', kind: 'Service' })],
    },
    addressType: 'IPv4', ports, endpoints,
  };
}
