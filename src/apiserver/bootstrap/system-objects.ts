import type { KubernetesObject } from '../../api/object.ts';
import type { ApiServerFlags } from '../context.ts';
import { formatIpv4, parseRange } from '../services/address-range.ts';

/** What every cluster has from its first moment. Pure. */
export const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

export function namespaceObject(name: string): KubernetesObject {
  return { kind: 'Namespace', apiVersion: 'v1', metadata: { name } };
}

export function priorityClasses(): KubernetesObject[] {
  const priorityClass = (name: string, value: number, description: string): KubernetesObject => ({
    kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1', metadata: { name }, value, description, preemptionPolicy: 'PreemptLowerPriority',
  });
  return [
    priorityClass('system-node-critical', 2000001000, 'For pods that their node cannot do without.'),
    priorityClass('system-cluster-critical', 2000000000, 'For pods that the cluster cannot do without, on whichever node.'),
  ];
}

/** The Service by which pods reach the API server, at the first address of the range. */
export function kubernetesService(flags: ApiServerFlags): KubernetesObject {
  const clusterIP = formatIpv4(parseRange(flags.serviceCidr).first);
  return {
    kind: 'Service', apiVersion: 'v1', metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP', clusterIP, ipFamilyPolicy: 'SingleStack', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: flags.advertisePort }],
    },
  };
}

export function kubernetesEndpoints(flags: ApiServerFlags): KubernetesObject {
  return {
    kind: 'Endpoints', apiVersion: 'v1', metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: flags.advertiseAddress }], ports: [{ name: 'https', port: flags.advertisePort, protocol: 'TCP' }] }],
  };
}

export function kubernetesEndpointSlice(flags: ApiServerFlags): KubernetesObject {
  return {
    kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4', endpoints: [{ addresses: [flags.advertiseAddress], conditions: { ready: true } }],
    ports: [{ name: 'https', port: flags.advertisePort, protocol: 'TCP' }],
  };
}

export function serviceCidr(flags: ApiServerFlags): KubernetesObject {
  return { kind: 'ServiceCIDR', apiVersion: 'networking.k8s.io/v1', metadata: { name: 'kubernetes' }, spec: { cidrs: [flags.serviceCidr] } };
}

/** The range is in use from the first moment. */
export function readyCondition(lastTransitionTime: string): object {
  return { type: 'Ready', status: 'True', message: 'Kubernetes default Service CIDR is ready', lastTransitionTime };
}
