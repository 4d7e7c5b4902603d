import { isDeepStrictEqual } from 'node:util';
import type { EndpointAddress, Endpoints, EndpointSubset, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { Endpoint } from '../../../schema/v1.37/types/discovery-v1.ts';
import type { EndpointGroup } from './service-endpoints.ts';
import { TRIGGER_TIME } from './slices.ts';

const MANAGED_LABEL = 'endpoints.kubernetes.io/managed-by';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

function address(endpoint: Endpoint): EndpointAddress {
  return {
    ip: endpoint.addresses[0] ?? '', ...(endpoint.hostname ? { hostname: endpoint.hostname } : {}), ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}),
    ...(endpoint.targetRef ? { targetRef: endpoint.targetRef } : {}),
  };
}

/** The older form of a Service's endpoints: ready and other addresses by ports; terminating pods are left out. */
export function wantedEndpoints(service: Service, groups: EndpointGroup[], existing: Endpoints | undefined, trigger?: string): Endpoints | undefined {
  const subsets: EndpointSubset[] = [];
  for (const { ports, endpoints } of groups) {
    const shown = endpoints.filter((endpoint) => !endpoint.conditions?.terminating || service.spec?.publishNotReadyAddresses);
    if (shown.length === 0) continue;
    const sorted = shown.sort((left, right) => (left.addresses[0] ?? '').localeCompare(right.addresses[0] ?? ''));
    const ready = sorted.filter((endpoint) => endpoint.conditions?.ready).map(address);
    const waiting = sorted.filter((endpoint) => !endpoint.conditions?.ready).map(address);
    subsets.push({
      ...(ready.length ? { addresses: ready } : {}), ...(waiting.length ? { notReadyAddresses: waiting } : {}),
      ports: ports.map((port) => ({ ...(port.name ? { name: port.name } : {}), port: port.port ?? 0, protocol: port.protocol, ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) })),
    });
  }
  const labels: Record<string, string> = { ...service.metadata?.labels, [MANAGED_LABEL]: 'endpoint-controller' };
  if (service.spec?.clusterIP === 'None') labels[HEADLESS_LABEL] = '';
  else delete labels[HEADLESS_LABEL];
  const clean = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;
  if (existing && isDeepStrictEqual(clean(existing.subsets ?? []), clean(subsets)) && isDeepStrictEqual(existing.metadata?.labels ?? {}, labels)) return undefined;
  const { [TRIGGER_TIME]: _, ...annotations } = existing?.metadata?.annotations ?? {};
  return {
    apiVersion: 'v1', kind: 'Endpoints',
    metadata: {
      ...(existing ? existing.metadata : { name: service.metadata?.name, namespace: service.metadata?.namespace }), labels,
      annotations: trigger ? { ...annotations, [TRIGGER_TIME]: trigger } : annotations,
    },
    ...(subsets.length ? { subsets } : {}),
  };
}
