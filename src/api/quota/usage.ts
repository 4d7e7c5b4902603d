import type { Pod, PersistentVolumeClaim, ResourceQuota, ScopedResourceSelectorRequirement, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../object.ts';
import { hasPodLevelResources, qosClass } from '../kinds/pod/qos.ts';
import { addQuantities, canonicalQuantity, compareQuantities, formatQuantity, parseQuantity, quantityValue } from '../quantity.ts';
import { parseTime } from '../../base/clock.ts';
import { podResources, type ResourceList } from './pod-resources.ts';

/** How much an object of a namespace counts against its quotas. Pure: admission and the quota controller share it. */
export interface QuotaEvaluator {
  /** Which of a quota's resource names this kind uses. */
  matches(resourceName: string): boolean;
  usage(object: KubernetesObject, now: number): ResourceList;
  inScope(requirement: ScopedResourceSelectorRequirement, object: KubernetesObject): boolean;
  /** What the object must state so that it can be counted; undefined when it does. */
  missing?(required: string[], object: KubernetesObject): string | undefined;
}

const POD_NAMES = new Set(['count/pods', 'pods', 'cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.ephemeral-storage',
  'limits.cpu', 'limits.memory', 'limits.ephemeral-storage']);
const MUST_BE_STATED = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const isExtendedRequest = (name: string): boolean => name.startsWith('requests.') && name.includes('/') && !/^requests\.([^/]*\.)?kubernetes\.io\//.test(name);

function computeUsage(requests: ResourceList, limits: ResourceList): ResourceList {
  const usage: ResourceList = { pods: '1' };
  for (const name of COMPUTE) {
    if (requests[name] !== undefined) usage[name] = usage[`requests.${name}`] = requests[name];
    if (limits[name] !== undefined) usage[`limits.${name}`] = limits[name];
  }
  for (const name in requests) {
    if (name.startsWith('hugepages-')) usage[name] = requests[name]!;
    if (name.startsWith('hugepages-') || isExtendedRequest(`requests.${name}`)) usage[`requests.${name}`] = requests[name]!;
  }
  return usage;
}

/** Finished pods, and pods whose grace has run out, use nothing but their place among the objects. */
function isCounted({ status, metadata }: Pod, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  return deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined || now <= parseTime(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

export const hasDeadline = ({ spec }: Pod): boolean => spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;

function reachesOtherNamespaces({ spec }: Pod): boolean {
  return [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity].some((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ].some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined));
}

function matchesValue({ operator, values = [] }: ScopedResourceSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    default: return false;
  }
}

const pods: QuotaEvaluator = {
  matches: (name) => POD_NAMES.has(name) || name.startsWith('hugepages-') || name.startsWith('requests.hugepages-') || isExtendedRequest(name),
  usage(object, now) {
    const pod = object as Pod;
    const spec = pod.spec ?? { containers: [] };
    if (!isCounted(pod, now)) return { 'count/pods': '1' };
    return { 'count/pods': '1', ...computeUsage(podResources(spec, 'requests'), podResources(spec, 'limits')) };
  },
  inScope(requirement, object) {
    const pod = object as Pod;
    switch (requirement.scopeName) {
      case 'Terminating': return hasDeadline(pod);
      case 'NotTerminating': return !hasDeadline(pod);
      case 'BestEffort': return qosClass(pod) === 'BestEffort';
      case 'NotBestEffort': return qosClass(pod) !== 'BestEffort';
      case 'PriorityClass': return matchesValue(requirement, pod.spec?.priorityClassName || undefined);
      case 'CrossNamespacePodAffinity': return reachesOtherNamespaces(pod);
      default: return false;
    }
  },
  missing(required, object) {
    const pod = object as Pod;
    if (hasPodLevelResources(pod)) return undefined;
    const names = required.filter((name) => MUST_BE_STATED.has(name)).sort();
    const lacking = names.map((name) => {
      const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
        .filter(({ resources }) => computeUsage(resources?.requests ?? {}, resources?.limits ?? {})[name] === undefined).map((container) => container.name);
      return { name, containers: [...new Set(containers)].sort() };
    }).filter(({ containers }) => containers.length > 0);
    return lacking.length > 0 ? `must specify ${lacking.map(({ name, containers }) => `${name} for: ${containers.join(',')}`).join('; ')}` : undefined;
  },
};

const NO_SCOPE = (): boolean => false;

const services: QuotaEvaluator = {
  matches: (name) => ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'].includes(name),
  usage(object) {
    const { type, ports = [], allocateLoadBalancerNodePorts } = (object as Service).spec ?? {};
    const nodePorts = type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false) ? ports.length
      : type === 'LoadBalancer' ? ports.filter(({ nodePort }) => nodePort).length : 0;
    return { 'count/services': '1', services: '1', 'services.nodeports': String(nodePorts), 'services.loadbalancers': type === 'LoadBalancer' ? '1' : '0' };
  },
  inScope: NO_SCOPE,
};

const CLASS_INFIX = '.storageclass.storage.k8s.io/';

const claims: QuotaEvaluator = {
  matches: (name) => ['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage'].includes(name)
    || name.endsWith(`${CLASS_INFIX}persistentvolumeclaims`) || name.endsWith(`${CLASS_INFIX}requests.storage`),
  usage(object) {
    const { spec, status, metadata } = object as PersistentVolumeClaim;
    const usage: ResourceList = { persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1' };
    const storageClass = metadata?.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName;
    if (storageClass) usage[`${storageClass}${CLASS_INFIX}persistentvolumeclaims`] = '1';
    const asked = spec?.resources?.requests?.['storage'];
    if (asked === undefined) return usage;
    const allocated = status?.allocatedResources?.['storage'];
    const larger = allocated !== undefined && compareQuantities(allocated, asked) > 0 ? allocated : asked;
    const parsed = parseQuantity(larger);
    const size = formatQuantity({ nanos: BigInt(quantityValue(larger)) * 1_000_000_000n, format: parsed.format });
    usage['requests.storage'] = size;
    if (storageClass) usage[`${storageClass}${CLASS_INFIX}requests.storage`] = size;
    return usage;
  },
  inScope(requirement, object) {
    if (requirement.scopeName !== 'VolumeAttributesClass') return false;
    const { spec, status } = object as PersistentVolumeClaim;
    const names = [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].filter(Boolean);
    return names.length === 0 ? matchesValue(requirement, undefined) : names.some((name) => matchesValue(requirement, name));
  },
};

/** Kinds that also have a name without `count/`. */
const ALIASED = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** The evaluator of any namespaced resource; most only count objects. */
export function quotaEvaluator(group: string, resource: string): QuotaEvaluator {
  if (group === '' && resource === 'pods') return pods;
  if (group === '' && resource === 'services') return services;
  if (group === '' && resource === 'persistentvolumeclaims') return claims;
  const names = [`count/${group ? `${resource}.${group}` : resource}`, ...(group === '' && ALIASED.has(resource) ? [resource] : [])];
  return { matches: (name) => names.includes(name), usage: () => Object.fromEntries(names.map((name) => [name, '1'])), inScope: NO_SCOPE };
}

/** The scopes of a quota, all in one form. */
export function scopesOf({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] {
  return [...(spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })), ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

export function addUsage(used: ResourceList, more: ResourceList): ResourceList {
  const total = { ...used };
  for (const name in more) total[name] = total[name] === undefined ? canonicalQuantity(more[name]!) : addQuantities(total[name], more[name]!);
  return total;
}
