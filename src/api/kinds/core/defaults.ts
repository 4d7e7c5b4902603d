import type { Endpoints, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, PodTemplate, ResourceQuota, Secret, Service } from '../../../../schema/v1.37/types/core-v1.ts';
import { defaultClaimSpec, defaultPodTemplate, roundResources } from '../pod/defaults.ts';
import { defaultLegacyVolumeSource } from '../volume/defaults.ts';

const CLIENT_IP_SECONDS = 10800;

/** Reached from outside the cluster: by node ports, a load balancer, or addresses that the owner routes to it. */
export function isExternallyAccessible(service: Service): boolean {
  const spec = service.spec;
  return spec?.type === 'LoadBalancer' || spec?.type === 'NodePort' || (spec?.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);
}

export function defaultService(service: Service): void {
  const spec = (service.spec ??= {});
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds == null) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: CLIENT_IP_SECONDS } };
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort == null || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  const status = (service.status ??= {});
  status.loadBalancer ??= {};
  if (spec.type === 'LoadBalancer') {
    for (const ingress of status.loadBalancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
  }
}

export function defaultSecret(secret: Secret): void {
  secret.type ||= 'Opaque';
}

export function defaultNamespace(namespace: Namespace): void {
  const metadata = (namespace.metadata ??= {});
  if (metadata.name) (metadata.labels ??= {})['kubernetes.io/metadata.name'] = metadata.name;
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ||= 'Active';
}

/** The older field holds the first range and wins over the list. */
function alignRanges(spec: NonNullable<Node['spec']>): void {
  if (spec.podCIDR && spec.podCIDR !== spec.podCIDRs?.[0]) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
}

export function defaultNode(node: Node): void {
  alignRanges(node.spec ??= {});
  const status = (node.status ??= {});
  if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  roundResources(status.capacity);
  roundResources(status.allocatable);
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  status.nodeInfo ??= {
    machineID: '', systemUUID: '', bootID: '', kernelVersion: '', osImage: '', containerRuntimeVersion: '',
    kubeletVersion: '', kubeProxyVersion: '', operatingSystem: '', architecture: '',
  };
}

export function defaultPersistentVolume(volume: PersistentVolume): void {
  const spec = (volume.spec ??= {});
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  roundResources(spec.capacity);
  if (spec.hostPath) spec.hostPath.type ??= '';
  defaultLegacyVolumeSource(spec);
  volume.status ??= {};
  volume.status.phase ||= 'Pending';
}

export function defaultPersistentVolumeClaim(claim: PersistentVolumeClaim): void {
  defaultClaimSpec((claim.spec ??= {}));
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  roundResources(claim.status.capacity);
  roundResources(claim.status.allocatedResources);
}

export function defaultEndpoints(endpoints: Endpoints): void {
  for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP';
}

export function defaultPodTemplateObject(template: PodTemplate): void {
  defaultPodTemplate((template.template ??= {}));
}

export function defaultResourceQuota(quota: ResourceQuota): void {
  quota.spec ??= {};
  quota.status ??= {};
  for (const list of [quota.spec.hard, quota.status.hard, quota.status.used]) roundResources(list);
}

export function defaultLimitRange(range: LimitRange): void {
  for (const item of range.spec?.limits ?? []) {
    if (item.type === 'Container') {
      const limits = (item.default ??= {});
      const requests = (item.defaultRequest ??= {});
      for (const name in item.max) limits[name] ??= item.max[name] as string;
      for (const name in limits) requests[name] ??= limits[name] as string;
      for (const name in item.min) requests[name] ??= item.min[name] as string;
      if (Object.keys(limits).length === 0) delete item.default;
      if (Object.keys(requests).length === 0) delete item.defaultRequest;
    }
    for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) roundResources(list);
  }
}
