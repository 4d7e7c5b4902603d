import type { LoadBalancerIngress, Node, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { isIPv6 } from '../cidr.ts';
import type { LoadBalancerPool } from './address-pool.ts';

export const LOAD_BALANCER_CLASS = 'naru/pool';
const EXCLUDED_LABEL = 'node.kubernetes.io/exclude-from-external-load-balancers';

export function keyOf(object: { metadata?: { namespace?: string; name?: string } }): string {
  return `${object.metadata?.namespace}/${object.metadata?.name}`;
}

/** Whether a Service wants an address, and from this pool. */
export function isOurs(service: Service): boolean {
  const className = service.spec?.loadBalancerClass;
  return service.spec?.type === 'LoadBalancer' && !service.metadata?.deletionTimestamp && (className === undefined || className === LOAD_BALANCER_CLASS);
}

/** The address of this pool that the status says the Service has. */
export function recordedAddress(service: Service, pool: LoadBalancerPool): string | undefined {
  return service.status?.loadBalancer?.ingress?.map((entry) => entry.ip).find((ip): ip is string => !!ip && !isIPv6(ip) && pool.contains(ip));
}

/**
 * The ingress list that the status should have; undefined: it is right as it is. Takes an address from the pool, or gives
 * it back.
 */
export function decideIngress(service: Service, pool: LoadBalancerPool): LoadBalancerIngress[] | undefined {
  const recorded = recordedAddress(service, pool);
  if (!isOurs(service)) {
    pool.release(keyOf(service));
    return recorded === undefined ? undefined : [];
  }
  const wanted = service.spec?.loadBalancerIP || undefined;
  const address = pool.assign(keyOf(service), wanted) ?? (wanted === undefined ? undefined : pool.addressOf(keyOf(service)));
  if (address === recorded) return undefined;
  return address === undefined ? [] : [{ ip: address, ipMode: 'VIP' }];
}

export interface BalancedNode { name: string; address: string }

/** The node if it may get traffic from outside. */
export function balancedNode(node: Node): BalancedNode | undefined {
  const isReady = node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (!isReady || node.metadata?.deletionTimestamp || node.metadata?.labels?.[EXCLUDED_LABEL] !== undefined) return undefined;
  const address = node.status?.addresses?.find((entry) => entry.type === 'InternalIP' && !isIPv6(entry.address))?.address;
  return address === undefined ? undefined : { name: node.metadata?.name ?? '', address };
}

/** Where packets for a Service's address go: to all nodes, or for a local policy to those with an endpoint that answers. */
export function nextHops(service: Service, slices: Iterable<EndpointSlice>, nodes: Iterable<BalancedNode>): string[] {
  const all = [...nodes];
  if (service.spec?.externalTrafficPolicy !== 'Local') return all.map((node) => node.address).sort();
  const serving = new Set<string | undefined>();
  for (const slice of slices) {
    for (const { nodeName, conditions = {} } of slice.endpoints ?? []) {
      const ready = conditions.ready !== false;
      if (ready || (conditions.serving && conditions.terminating)) serving.add(nodeName);
    }
  }
  return all.filter((node) => serving.has(node.name)).map((node) => node.address).sort();
}
