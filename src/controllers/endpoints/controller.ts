import type { Node, Pod, Service } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabels } from '../../api/label-selector.ts';
import { ENDPOINTS, ENDPOINT_SLICES, NODES, PODS, SERVICES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';
import { isPodReady, podCondition } from '../shared/pods.ts';
import { canonicalJson } from '../shared/template-hash.ts';
import { wantedEndpoints } from './endpoints-object.ts';
import { endpointGroups, type EndpointGroup } from './service-endpoints.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, planSlices, SERVICE_NAME_LABEL } from './slices.ts';

/** Keeps EndpointSlices and Endpoints of Services with a selector. */
export function startEndpointsController(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const services = informers.for(SERVICES);
  const pods = informers.for(PODS);
  const nodes = informers.for(NODES);
  const slices = informers.for(ENDPOINT_SLICES);
  const endpoints = informers.for(ENDPOINTS);
  slices.addIndex('service', (slice) => slice.metadata?.labels?.[SERVICE_NAME_LABEL] ? [`${slice.metadata.namespace}/${slice.metadata.labels[SERVICE_NAME_LABEL]}`] : []);
  const queue = new WorkQueue(sync, { name: 'endpoints', logger: context.logger, workers: 5, clock: context.clock });

  const zoneOf = (name: string): string | undefined => nodes.get(undefined, name)?.metadata?.labels?.['topology.kubernetes.io/zone'];
  /** Since when each Service's change has been due. */
  const triggers = new Map<string, string>();
  const touch = (service: Service, since: string | null | undefined): void => {
    const key = keyOf(service);
    const noted = triggers.get(key);
    if (since && (!noted || since < noted)) triggers.set(key, since);
    queue.add(key);
  };
  const touchServices = (pod: Pod): void => {
    for (const service of services.list(pod.metadata?.namespace)) {
      if (service.spec?.selector && matchesLabels(service.spec.selector, pod.metadata?.labels)) touch(service, podCondition(pod, 'Ready')?.lastTransitionTime);
    }
  };
  /** What of a pod its Services care for. */
  const relevant = (pod: Pod): string => canonicalJson([
    pod.metadata?.labels, pod.metadata?.deletionTimestamp, pod.status?.podIP, pod.status?.phase, isPodReady(pod), pod.spec?.nodeName, pod.spec?.hostname, pod.spec?.subdomain,
  ]);
  const zone = (node: Node): string | undefined => node.metadata?.labels?.['topology.kubernetes.io/zone'];
  const stops = [
    services.onEvent({ add: (service) => touch(service, service.metadata?.creationTimestamp), update: (service) => queue.add(keyOf(service)), delete: (service) => queue.add(keyOf(service)) }),
    pods.onEvent({
      add: touchServices, delete: touchServices,
      update(pod, old) {
        if (relevant(pod) === relevant(old)) return;
        touchServices(pod);
        if (canonicalJson(pod.metadata?.labels) !== canonicalJson(old.metadata?.labels)) touchServices(old);
      },
    }),
    slices.onEvent({
      // Somebody else's change to our slices is put right.
      update: (slice, old) => { if (slice.metadata?.generation !== old.metadata?.generation || slice.metadata?.labels !== old.metadata?.labels) touchSlice(slice.metadata); },
      delete: (slice) => touchSlice(slice.metadata),
    }),
    nodes.onEvent({ update: (node, old) => { if (zone(node) !== zone(old)) for (const service of services.list()) queue.add(keyOf(service)); } }),
  ];

  function touchSlice(metadata: { namespace?: string; labels?: Record<string, string> } | undefined): void {
    const name = metadata?.labels?.[SERVICE_NAME_LABEL];
    if (name && metadata.labels?.[MANAGED_BY_LABEL] === MANAGED_BY) queue.add(`${metadata.namespace}/${name}`);
  }

  async function sync(key: string): Promise<void> {
    await Promise.all([services.synced(), pods.synced(), nodes.synced(), slices.synced(), endpoints.synced()]);
    const [namespace, name] = splitKey(key);
    const trigger = triggers.get(key);
    triggers.delete(key);
    const service = services.get(namespace, name);
    if (!service) return removeAll(namespace, name);
    const selector = service.spec?.selector;
    if (!selector || Object.keys(selector).length === 0 || service.spec?.type === 'ExternalName') return;
    const members: Pod[] = [];
    for (const pod of pods.list(namespace)) if (matchesLabels(selector, pod.metadata?.labels)) members.push(pod);
    const groups = endpointGroups(service, members, zoneOf);
    await Promise.all([syncSlices(service, key, groups, trigger), syncEndpoints(service, groups, trigger)]);
  }

  async function syncSlices(service: Service, key: string, groups: EndpointGroup[], trigger: string | undefined): Promise<void> {
    const existing = [...slices.byIndex('service', key)].filter((slice) => slice.metadata?.labels?.[MANAGED_BY_LABEL] === MANAGED_BY && !slice.metadata.deletionTimestamp);
    const plan = planSlices(service, groups, existing, trigger);
    await Promise.all([
      ...plan.create.map((slice) => createOnce(key, () => client.create(ENDPOINT_SLICES, slice))),
      ...plan.update.map((slice) => client.update(ENDPOINT_SLICES, slice)),
      ...plan.remove.map((slice) => client.delete(ENDPOINT_SLICES, slice.metadata?.namespace, slice.metadata?.name ?? '').catch(ignoreGone)),
    ]);
  }

  /** Waits until the informer shows a slice that was made, or a second one would follow. */
  async function createOnce(key: string, create: () => Promise<{ metadata?: { namespace?: string; name?: string } }>): Promise<void> {
    const made = await create();
    for (let attempt = 0; attempt < 100 && !slices.get(made.metadata?.namespace, made.metadata?.name ?? ''); attempt++) {
      await new Promise<void>((resolve) => { context.clock.after(5, resolve); });
    }
    if (!slices.get(made.metadata?.namespace, made.metadata?.name ?? '')) context.logger.debug('a new slice is not seen yet', { key });
  }

  async function syncEndpoints(service: Service, groups: EndpointGroup[], trigger: string | undefined): Promise<void> {
    const existing = endpoints.get(service.metadata?.namespace, service.metadata?.name ?? '');
    const wanted = wantedEndpoints(service, groups, existing, trigger);
    if (!wanted) return;
    if (existing) await client.update(ENDPOINTS, wanted);
    else await client.create(ENDPOINTS, wanted);
  }

  async function removeAll(namespace: string, name: string): Promise<void> {
    if (endpoints.get(namespace, name)?.metadata?.labels?.['endpoints.kubernetes.io/managed-by']) await client.delete(ENDPOINTS, namespace, name).catch(ignoreGone);
    for (const slice of slices.byIndex('service', `${namespace}/${name}`)) {
      if (slice.metadata?.labels?.[MANAGED_BY_LABEL] === MANAGED_BY) await client.delete(ENDPOINT_SLICES, namespace, slice.metadata.name ?? '').catch(ignoreGone);
    }
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}

function ignoreGone(error: { code?: number }): void {
  if (error.code !== 404) throw error;
}
