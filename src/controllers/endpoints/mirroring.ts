import { isDeepStrictEqual } from 'node:util';
import type { Endpoints, EndpointSubset } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { ENDPOINTS, ENDPOINT_SLICES, SERVICES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerReference, keyOf, splitKey } from '../shared/owners.ts';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './slices.ts';

const MIRROR = 'endpointslicemirroring-controller.k8s.io';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';

/** Slices for Endpoints that a person wrote for a Service without selector. */
export function mirroredSlices(endpoints: Endpoints): EndpointSlice[] {
  const { name, namespace } = endpoints.metadata ?? {};
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, 'endpoints.kubernetes.io/last-change-trigger-time': __, ...annotations } = endpoints.metadata?.annotations ?? {};
  const slice = (subset: EndpointSubset, family: 'IPv4' | 'IPv6'): EndpointSlice | undefined => {
    const matches = (ip: string): boolean => ip.includes(':') === (family === 'IPv6');
    const list = (addresses: EndpointSubset['addresses'], ready: boolean): EndpointSlice['endpoints'] => (addresses ?? []).filter((address) => matches(address.ip)).map((address) => ({
      addresses: [address.ip], conditions: { ready }, ...(address.hostname ? { hostname: address.hostname } : {}),
      ...(address.nodeName ? { nodeName: address.nodeName } : {}), ...(address.targetRef ? { targetRef: address.targetRef } : {}),
    }));
    const all = [...(list(subset.addresses, true) ?? []), ...(list(subset.notReadyAddresses, false) ?? [])];
    if (all.length === 0) return undefined;
    return {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice',
      metadata: {
        generateName: `${name}-`, namespace, ...(Object.keys(annotations).length ? { annotations } : {}),
        labels: { ...endpoints.metadata?.labels, [SERVICE_NAME_LABEL]: name ?? '', [MANAGED_BY_LABEL]: MIRROR },
        ownerReferences: [controllerReference({ ...endpoints, apiVersion: 'v1', kind: 'Endpoints' })],
      },
      addressType: family, endpoints: all,
      ports: (subset.ports ?? []).map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) })),
    };
  };
  return (endpoints.subsets ?? []).flatMap((subset) => [slice(subset, 'IPv4'), slice(subset, 'IPv6')]).filter((made) => made !== undefined);
}

export function startEndpointSliceMirroring(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const services = informers.for(SERVICES);
  const endpoints = informers.for(ENDPOINTS);
  const slices = informers.for(ENDPOINT_SLICES);
  const queue = new WorkQueue(sync, { name: 'endpointslice-mirroring', logger: context.logger, workers: 1, clock: context.clock });
  const touch = (object: { metadata?: { namespace?: string; name?: string } }): void => queue.add(keyOf(object));
  const stops = [endpoints.onEvent({ add: touch, update: touch, delete: touch }), services.onEvent({ add: touch, update: touch, delete: touch })];

  async function sync(key: string): Promise<void> {
    await Promise.all([services.synced(), endpoints.synced(), slices.synced()]);
    const [namespace, name] = splitKey(key);
    const service = services.get(namespace, name);
    const object = endpoints.get(namespace, name);
    const existing = [...slices.list(namespace)].filter((slice) => slice.metadata?.labels?.[MANAGED_BY_LABEL] === MIRROR && slice.metadata.labels[SERVICE_NAME_LABEL] === name);
    const mirrored = service && object && !service.spec?.selector && object.metadata?.labels?.['endpointslice.kubernetes.io/skip-mirror'] !== 'true' && !object.metadata?.annotations?.[LEADER_ANNOTATION];
    const wanted = mirrored ? mirroredSlices(object) : [];
    const content = (slice: EndpointSlice): unknown => JSON.parse(JSON.stringify([slice.addressType, slice.endpoints, slice.ports, slice.metadata?.labels])) as unknown;
    const left = [...existing];
    for (const slice of wanted) {
      const same = left.findIndex((other) => isDeepStrictEqual(content(other), content(slice)));
      if (same >= 0) { left.splice(same, 1); continue; }
      const reuse = left.findIndex((other) => other.addressType === slice.addressType);
      if (reuse >= 0) {
        const [old] = left.splice(reuse, 1) as [EndpointSlice];
        await client.update(ENDPOINT_SLICES, { ...slice, metadata: { ...old.metadata, labels: slice.metadata?.labels, annotations: slice.metadata?.annotations } });
      } else {
        await client.create(ENDPOINT_SLICES, slice);
      }
    }
    for (const slice of left) await client.delete(ENDPOINT_SLICES, namespace, slice.metadata?.name ?? '').catch(() => undefined);
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
