import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import { isIPv6 } from '../cidr.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** One port of a Service as the proxy sees it. Addresses are IPv4. */
export interface ServicePort {
  namespace: string; serviceName: string; portName: string;
  protocol: Protocol; port: number;
  clusterIPs: string[]; externalIPs: string[]; loadBalancerIPs: string[];
  /** 0: none. */
  nodePort: number;
  /** Who may use the load-balancer addresses; empty: everybody. */
  sourceRanges: string[];
  externalPolicyLocal: boolean; internalPolicyLocal: boolean;
  /** 0: no affinity. */
  affinitySeconds: number;
  healthCheckNodePort: number;
}

const LEFT_TO_OTHERS = ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless'];
const DEFAULT_AFFINITY_SECONDS = 10_800;

/** Whether a Service or EndpointSlice says by its labels that another proxy serves it. */
export function isLeftToOthers(labels: Record<string, string> | undefined): boolean {
  return LEFT_TO_OTHERS.some((label) => labels !== undefined && label in labels);
}

function ipv4(addresses: (string | undefined)[] | undefined): string[] {
  return [...new Set(addresses)].filter((address): address is string => !!address && address !== 'None' && !isIPv6(address));
}

/** The ports to serve: none for headless and ExternalName Services and those of other proxies. */
export function servicePorts(service: Service): ServicePort[] {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName' || isLeftToOthers(service.metadata?.labels)) return [];
  const clusterIPs = ipv4(spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP]);
  if (clusterIPs.length === 0) return [];
  const isLoadBalancer = spec.type === 'LoadBalancer';
  const ingress = isLoadBalancer ? service.status?.loadBalancer?.ingress ?? [] : [];
  const hasNodePorts = isLoadBalancer || spec.type === 'NodePort';
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
  const externalPolicyLocal = spec.externalTrafficPolicy === 'Local';
  return (spec.ports ?? []).map((port) => ({
    namespace: service.metadata?.namespace ?? '', serviceName: service.metadata?.name ?? '', portName: port.name ?? '',
    protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol, port: port.port,
    clusterIPs, externalIPs: ipv4(spec.externalIPs),
    loadBalancerIPs: ipv4(ingress.filter((entry) => (entry.ipMode ?? 'VIP') === 'VIP').map((entry) => entry.ip)),
    nodePort: hasNodePorts ? port.nodePort ?? 0 : 0,
    sourceRanges: isLoadBalancer ? (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter((range) => !isIPv6(range)) : [],
    externalPolicyLocal, internalPolicyLocal: spec.internalTrafficPolicy === 'Local',
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? timeout : 0,
    healthCheckNodePort: isLoadBalancer && externalPolicyLocal ? spec.healthCheckNodePort ?? 0 : 0,
  }));
}
