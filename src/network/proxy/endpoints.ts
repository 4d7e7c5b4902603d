import type { Endpoint, EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import type { ServicePort } from './service-ports.ts';

/** One place that answers for a Service port. */
export interface PortEndpoint {
  address: string; port: number;
  ready: boolean; serving: boolean; terminating: boolean;
  isLocal: boolean;
  hintZones?: string[]; hintNodes?: string[];
}

/** What the choice of endpoints asks about the node it is made for. */
export interface ProxyNode { nodeName: string; zone?: string }

export interface Choice {
  /** For traffic that may go anywhere in the cluster. */
  cluster: PortEndpoint[];
  /** For traffic that must stay on this node. */
  local: PortEndpoint[];
  /** Whether any node has an endpoint that would answer. */
  hasAny: boolean;
}

function portEndpoint(endpoint: Endpoint, port: number, node: ProxyNode): PortEndpoint {
  const { ready = true, terminating = false, serving = ready } = endpoint.conditions ?? {};
  return {
    address: endpoint.addresses[0] as string, port, ready, serving, terminating,
    isLocal: endpoint.nodeName === node.nodeName,
    hintZones: endpoint.hints?.forZones?.map((zone) => zone.name),
    hintNodes: endpoint.hints?.forNodes?.map((hint) => hint.name),
  };
}

/** The endpoints of a Service's port in its slices, each address and port once. */
export function portEndpoints(slices: Iterable<EndpointSlice>, port: ServicePort, node: ProxyNode): PortEndpoint[] {
  const found = new Map<string, PortEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const slicePort of slice.ports ?? []) {
      const isSame = (slicePort.name ?? '') === port.portName && (slicePort.protocol ?? 'TCP').toLowerCase() === port.protocol;
      if (!isSame || !slicePort.port) continue;
      for (const endpoint of slice.endpoints ?? []) {
        if (!endpoint.addresses[0]) continue;
        const candidate = portEndpoint(endpoint, slicePort.port, node);
        const key = `${candidate.address}:${candidate.port}`;
        const known = found.get(key);
        // While a pod moves between slices it stands in both for a moment; the one that answers counts.
        if (!known || (!known.ready && candidate.ready)) found.set(key, candidate);
      }
    }
  }
  return [...found.values()].sort((left, right) => (left.address < right.address ? -1 : left.address > right.address ? 1 : left.port - right.port));
}

/** Ready ones; where there is none, those that end but still serve: better than nothing during a roll-out. */
function usable(endpoints: PortEndpoint[]): PortEndpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

/** Keeps those that hints name for this node or its zone, if every ready endpoint has a hint and one of them is for here. */
function hinted(endpoints: PortEndpoint[], node: ProxyNode): PortEndpoint[] {
  if (!endpoints.every((endpoint) => endpoint.ready)) return endpoints;
  const byNode = endpoints.filter((endpoint) => endpoint.hintNodes?.includes(node.nodeName));
  if (byNode.length > 0 && endpoints.every((endpoint) => endpoint.hintNodes?.length)) return byNode;
  const zone = node.zone;
  if (!zone || !endpoints.every((endpoint) => endpoint.hintZones?.length)) return endpoints;
  const byZone = endpoints.filter((endpoint) => endpoint.hintZones?.includes(zone));
  return byZone.length > 0 ? byZone : endpoints;
}

export function chooseEndpoints(endpoints: PortEndpoint[], node: ProxyNode): Choice {
  const cluster = usable(endpoints);
  const local = usable(endpoints.filter((endpoint) => endpoint.isLocal));
  return { cluster: hinted(cluster, node), local, hasAny: cluster.length > 0 };
}
