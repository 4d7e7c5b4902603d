import type { Pod, Service, ServicePort } from '../../../schema/v1.37/types/core-v1.ts';
import type { Endpoint, EndpointPort } from '../../../schema/v1.37/types/discovery-v1.ts';
import { isPodReady, isPodTerminal } from '../shared/pods.ts';

/** Endpoints of a Service that listen on the same port numbers. */
export interface EndpointGroup { ports: EndpointPort[]; endpoints: Endpoint[] }

/** The port number behind a Service port in one pod; undefined when the pod has no port of that name. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    const found = container.ports?.find((candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'));
    if (found) return found.containerPort;
  }
  return undefined;
}

/** A pod's host name counts in DNS only under the Service that its subdomain names. */
function hostnameUnder(service: Service, pod: Pod): string | undefined {
  return pod.spec?.hostname && pod.spec.subdomain === service.metadata?.name ? pod.spec.hostname : undefined;
}

export function podEndpoint(service: Service, pod: Pod, zoneOf: (node: string) => string | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = Boolean(pod.metadata?.deletionTimestamp);
  const always = service.spec?.publishNotReadyAddresses ?? false;
  const hostname = hostnameUnder(service, pod);
  const zone = zoneOf(pod.spec?.nodeName ?? '');
  return {
    addresses: [pod.status?.podIP ?? ''], conditions: { ready: always || (serving && !terminating), serving, terminating },
    ...(hostname ? { hostname } : {}), nodeName: pod.spec?.nodeName, ...(zone ? { zone } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata?.namespace, name: pod.metadata?.name, uid: pod.metadata?.uid },
  };
}

/** The endpoints of a Service, grouped by the ports they really have. A headless Service without ports has one group without. */
export function endpointGroups(service: Service, pods: Iterable<Pod>, zoneOf: (node: string) => string | undefined): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup>();
  for (const pod of pods) {
    if (!pod.status?.podIP || !pod.spec?.nodeName || isPodTerminal(pod)) continue;
    const ports: EndpointPort[] = [];
    for (const port of service.spec?.ports ?? []) {
      const number = targetPort(pod, port);
      if (number === undefined) continue;
      ports.push({ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}) });
    }
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push(podEndpoint(service, pod, zoneOf));
  }
  return [...groups.values()];
}
