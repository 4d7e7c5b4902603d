import { eachContainer, type AnyContainer } from './context.ts';
import { SECCOMP_CONTAINER, SECCOMP_POD } from './validate-annotations.ts';
import type { ObjectMeta, Pod, PodSpec, PodTemplateSpec, ResourceRequirements } from './types.ts';
import { addressWarnings } from '../common/address-warnings.ts';
import { dnsLabel } from '../common/formats.ts';
import { nodeLabelAdvice, termWarnings } from '../common/node-label-warnings.ts';
import { isWhole } from '../common/quantities.ts';
import { claimSpecWarnings } from '../core/volume-warnings.ts';
import { pathWarnings } from './path-warnings.ts';

const DEPRECATED_ANNOTATIONS: [key: string, advice: string][] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const DEPRECATED_VOLUMES: Record<string, string> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+', gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+', flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+', quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+', cephfs: 'deprecated in v1.28, non-functional in v1.31+', rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

function placementWarnings(warnings: string[], path: string, spec: PodSpec): void {
  for (const key in spec.nodeSelector) if (nodeLabelAdvice(key)) warnings.push(`${path}.nodeSelector[${key}]: ${nodeLabelAdvice(key)}`);
  const affinity = spec.affinity?.nodeAffinity;
  const base = `${path}.affinity.nodeAffinity`;
  affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, index) => {
    warnings.push(...termWarnings(`${base}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`, term));
  });
  affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, index) => {
    warnings.push(...termWarnings(`${base}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`, preference, true));
  });
  spec.topologySpreadConstraints?.forEach(({ topologyKey, labelSelector }, index) => {
    const at = `${path}.topologySpreadConstraints[${index}]`;
    const advice = nodeLabelAdvice(topologyKey);
    if (advice) warnings.push(`${at}.topologyKey: ${topologyKey} is ${advice}`);
    if (!labelSelector) warnings.push(`${at}.labelSelector: a null labelSelector results in matching no pod`);
  });
}

function podAffinityWarnings(warnings: string[], path: string, spec: PodSpec): void {
  for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
    const at = `${path}.affinity.${kind}`;
    spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution?.forEach(({ labelSelector }, index) => {
      if (!labelSelector) warnings.push(`${at}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: a null labelSelector results in matching no pod`);
    });
    spec.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, index) => {
      if (!podAffinityTerm?.labelSelector) warnings.push(`${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod`);
    });
  }
}

function duplicates(warnings: string[], path: string, field: string, what: string, values: (string | undefined)[]): void {
  const seen = new Set<string>();
  values.forEach((value = '', index) => {
    if (seen.has(value)) warnings.push(`${path}[${index}].${field}: duplicate ${what} ${JSON.stringify(value)}`);
    seen.add(value);
  });
}

const FRACTIONLESS = ['memory', 'ephemeral-storage'];

function fractionWarning(warnings: string[], path: string, value: string | number | undefined): void {
  if (value != null && !isWhole(value)) warnings.push(`${path}: fractional byte value ${JSON.stringify(String(value))} is invalid, must be an integer`);
}

function fractionWarnings(warnings: string[], path: string, resources: ResourceRequirements | undefined): void {
  for (const name of FRACTIONLESS) for (const part of ['limits', 'requests'] as const) fractionWarning(warnings, `${path}.${part}[${name}]`, resources?.[part]?.[name]);
}

function containerWarnings(warnings: string[], at: string, container: AnyContainer, metadataPath: string, metadata: ObjectMeta | undefined): void {
  const key = SECCOMP_CONTAINER + container.name;
  if (!container.securityContext?.seccompProfile && metadata?.annotations?.[key] != null) {
    warnings.push(`${metadataPath}.annotations[${key}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
  }
  fractionWarnings(warnings, `${at}.resources`, container.resources);
  if (!container.env || container.env.length < 2) return;
  const seen = new Set<string>();
  container.env.forEach(({ name, value = '', valueFrom }, index) => {
    const reference = `$(${name})`;
    // A variable may build on its earlier self; anything else just hides it.
    if (seen.has(name) && (valueFrom || value === reference || !value.includes(reference))) {
      warnings.push(`${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    }
    seen.add(name);
  });
}

function portWarnings(warnings: string[], path: string, spec: PodSpec): void {
  const byPort = new Map<string, { at: string; hostIP: string; hostPort: number }[]>();
  const byName = new Map<string, string>();
  for (const [container, base] of eachContainer(spec, path)) {
    container.ports?.forEach(({ containerPort, protocol, hostIP = '', hostPort = 0, name = '' }, index) => {
      const at = `${base}.ports[${index}]`;
      if (hostIP && !hostPort) warnings.push(`${at}: hostIP set without hostPort: {Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`);
      const key = `${containerPort}/${protocol}`;
      const others = byPort.get(key) ?? [];
      for (const other of others) {
        if (hostIP === other.hostIP && hostPort === other.hostPort) warnings.push(`${at}: duplicate port definition with ${other.at}`);
        else if (!hostPort || !other.hostPort) warnings.push(`${at}: overlapping port definition with ${other.at}`);
        else if (hostPort === other.hostPort && (hostIP === '') !== (other.hostIP === '')) warnings.push(`${at}: dangerously ambiguous port definition with ${other.at}`);
      }
      byPort.set(key, [...others, { at, hostIP, hostPort }]);
    });
  }
  for (const [container, base] of eachContainer(spec, path)) {
    container.ports?.forEach(({ name }, index) => {
      if (!name) return;
      const first = byName.get(name);
      if (first) warnings.push(`${base}.ports[${index}]: duplicate port name ${JSON.stringify(name)} with ${first}, services and probes that select ports by name will use ${first}`);
      else byName.set(name, `${base}.ports[${index}]`);
    });
  }
}

function specWarnings(prefix: string, metadata: ObjectMeta | undefined, spec: PodSpec): string[] {
  const warnings: string[] = [];
  const path = `${prefix}spec`;
  placementWarnings(warnings, path, spec);
  for (const [key, advice] of DEPRECATED_ANNOTATIONS) if (metadata?.annotations?.[key] != null) warnings.push(`${prefix}metadata.annotations[${key}]: ${advice}`);
  spec.volumes?.forEach((volume, index) => {
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnings.push(...claimSpecWarnings(`${path}.volumes[${index}].ephemeral.volumeClaimTemplate.spec`, claim));
    for (const kind in volume) if (DEPRECATED_VOLUMES[kind]) warnings.push(`${path}.volumes[${index}].${kind === 'storageos' ? 'storageOS' : kind}: ${DEPRECATED_VOLUMES[kind]}`);
  });
  warnings.push(...pathWarnings(spec.volumes));
  duplicates(warnings, `${path}.hostAliases`, 'ip', 'ip', (spec.hostAliases ?? []).map(({ ip }) => ip));
  duplicates(warnings, `${path}.imagePullSecrets`, 'name', 'name', (spec.imagePullSecrets ?? []).map(({ name }) => name));
  spec.imagePullSecrets?.forEach(({ name = '' }, index) => { if (!name) warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ""`); });
  for (const name of FRACTIONLESS) fractionWarning(warnings, `${path}.overhead[${name}]`, spec.overhead?.[name]);
  if (!spec.securityContext?.seccompProfile && metadata?.annotations?.[SECCOMP_POD] != null) {
    warnings.push(`${prefix}metadata.annotations[${SECCOMP_POD}]: non-functional in v1.27+; use the "seccompProfile" field instead`);
  }
  for (const [container, at] of eachContainer(spec, path)) containerWarnings(warnings, at, container, `${prefix}metadata`, metadata);
  portWarnings(warnings, path, spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  podAffinityWarnings(warnings, path, spec);
  spec.dnsConfig?.nameservers?.forEach((server, index) => warnings.push(...addressWarnings(`${path}.dnsConfig.nameservers[${index}]`, server)));
  spec.hostAliases?.forEach(({ ip }, index) => warnings.push(...addressWarnings(`${path}.hostAliases[${index}].ip`, ip ?? '')));
  return warnings;
}

export function podWarnings(pod: Pod): string[] {
  return specWarnings('', pod.metadata, pod.spec as PodSpec);
}

export function podStatusWarnings({ status }: Pod): string[] {
  const warn = (field: 'podIPs' | 'hostIPs'): string[] => (status?.[field] ?? []).flatMap(({ ip }, index) => addressWarnings(`status.${field}[${index}].ip`, ip ?? ''));
  return [...warn('podIPs'), ...warn('hostIPs')];
}

interface Owner { kind?: string; metadata?: { name?: string; generation?: number } }

/** Kinds after which pods are named. */
const NAMES_PODS = new Set(['ReplicationController', 'Deployment', 'ReplicaSet', 'Job', 'CronJob']);

/** A name that is no host name is allowed all the same. */
export function nameWarnings(name: string | undefined, use: string): string[] {
  const findings = dnsLabel(name ?? '');
  return findings.length > 0 ? [`metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${findings.join(' ')}]`] : [];
}

/** Warnings about a workload's name, when it is new, and its template, when it is new or its spec has changed. */
export function workloadWarnings(path: string, object: Owner, old: Owner | undefined, template: PodTemplateSpec | undefined): string[] {
  const ofName = !old && NAMES_PODS.has(object.kind ?? '') ? nameWarnings(object.metadata?.name, 'Pod names and hostnames') : [];
  return ofName.concat(workloadTemplateWarnings(path, object, old, template));
}

function workloadTemplateWarnings(path: string, object: Owner, old: Owner | undefined, template: PodTemplateSpec | undefined): string[] {
  return old && object.metadata?.generation === old.metadata?.generation ? [] : podTemplateWarnings(path, template);
}

/** `path` is the template's own, such as `spec.template`. */
export function podTemplateWarnings(path: string, template: PodTemplateSpec | undefined): string[] {
  return template?.spec ? specWarnings(`${path}.`, template.metadata, template.spec) : [];
}
