import type { ContainerStatus, Container, Pod, PodSpec } from './types.ts';
import type { FieldError } from '../../status.ts';
import { Findings, IMMUTABLE } from '../common/findings.ts';
import { address, isIPv6, qualifiedName, subdomainName, userId } from '../common/formats.ts';
import { validateMetadataUpdate } from '../common/metadata.ts';
import { validateAnnotationUpdate, validatePodAnnotations } from './validate-annotations.ts';

const SYSTEM_CONDITIONS = new Set(['PodScheduled', 'Ready', 'Initialized']);

function couldRestart(container: Container | undefined, spec: PodSpec, exitCode: number, init: boolean): boolean {
  if (container?.restartPolicy != null) {
    for (const { exitCodes, action } of container.restartPolicyRules ?? []) {
      const listed = exitCodes?.values?.includes(exitCode) ?? false;
      if (action && (exitCodes?.operator === 'In' ? listed : exitCodes?.operator === 'NotIn' && !listed)) return true;
    }
    if (container.restartPolicy === 'Always') return true;
    return container.restartPolicy === 'OnFailure' && exitCode !== 0;
  }
  if (spec.restartPolicy === 'Always') return true;
  return spec.restartPolicy === 'OnFailure' && exitCode !== 0 && (init || container != null);
}

/** A container that has ended for good may not be shown running again. */
function validateTransitions(findings: Findings, path: string, now: ContainerStatus[] | undefined, before: ContainerStatus[] | undefined, allowed: (name: string, exitCode: number) => boolean): void {
  before?.forEach((status, index) => {
    const ended = status.state?.terminated;
    if (!ended) return;
    const next = now?.find(({ name }) => name === status.name);
    if (next && !next.state?.terminated && !allowed(status.name, ended.exitCode)) {
      findings.forbidden(`${path}[${index}].state`, 'may not be transitioned to non-terminated state');
    }
  });
}

function restartsEverything(spec: PodSpec): boolean {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some((container) => container.restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'));
}

function validateAddresses(findings: Findings, single: string | undefined, list: { ip: string }[] | undefined, old: { ip: string }[] | undefined, path: string, name: string): void {
  if (!list?.length) {
    if (single && name === 'podIP') findings.invalid(path, list ?? null, 'podIP and podIPs must either both be set or both be unset');
    return;
  }
  list.forEach(({ ip }, index) => { if (!old?.some((other) => other.ip === ip)) findings.invalidEach(`${path}[${index}]`, ip, address(ip)); });
  const families = new Set(list.map(({ ip }) => isIPv6(ip)));
  if (list.length > 2 || (list.length === 2 && families.size === 1)) findings.invalid(path, list.map(({ ip }) => ({ IP: ip })), 'may specify no more than one IP for each IP family');
  if (!single && name === 'podIP') findings.invalid(path, list, 'podIP and podIPs must either both be set or both be unset');
  else if (list[0]?.ip !== single) findings.invalid(`${path}[0].ip`, list[0]?.ip, `must be equal to \`${name}\``);
}

function validateUsers(findings: Findings, path: string, statuses: ContainerStatus[] | undefined, windows: boolean): void {
  statuses?.forEach(({ user }, index) => {
    const linux = user?.linux;
    if (!linux) return;
    const at = `${path}[${index}].user.linux`;
    if (windows) return findings.forbidden(at, 'cannot be set for a windows pod');
    if (linux.uid < 0 || linux.uid > 4294967295) findings.invalid(`${at}.uid`, linux.uid, 'must be between 0 and 4294967295, inclusive');
    findings.invalidEach(`${at}.gid`, linux.gid, userId(linux.gid));
    linux.supplementalGroups?.forEach((group, position) => findings.invalidEach(`${at}.supplementalGroups[${position}]`, group, userId(group)));
  });
}

function validateClaimStatuses(findings: Findings, pod: Pod): void {
  const seen = new Set<string>();
  pod.status?.resourceClaimStatuses?.forEach(({ name, resourceClaimName }, index) => {
    const at = `status.resourceClaimStatuses[${index}]`;
    if (!pod.spec?.resourceClaims?.some((claim) => claim.name === name)) findings.invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) findings.duplicate(`${at}.name`, name);
    seen.add(name);
    if (resourceClaimName != null) findings.invalidEach(`${at}.resourceClaimName`, resourceClaimName, subdomainName(resourceClaimName));
  });
}

export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const findings = new Findings();
  const status = pod.status ?? {};
  const before = old.status ?? {};
  const spec = old.spec as PodSpec;
  validateMetadataUpdate(findings, pod, old);
  validateAnnotationUpdate(findings, 'metadata.annotations', pod.metadata?.annotations, old.metadata?.annotations);
  validatePodAnnotations(findings, 'metadata.annotations', pod.metadata?.annotations, spec);
  status.conditions?.forEach(({ type, observedGeneration }, index) => {
    if ((observedGeneration ?? 0) < 0) findings.invalid(`status.conditions[${index}].observedGeneration`, observedGeneration, 'must be a non-negative integer');
    if (!SYSTEM_CONDITIONS.has(type)) findings.invalidEach(`status.conditions[${index}].Type`, type ?? '', qualifiedName(type ?? ''));
  });
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    findings.invalidEach('status.nominatedNodeName', nominated, subdomainName(nominated));
    if (spec.nodeName) findings.forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node');
  }
  if ((status.observedGeneration ?? 0) < 0) findings.invalid('status.observedGeneration', status.observedGeneration, 'must be a non-negative integer');
  if ((status.qosClass ?? '') !== (before.qosClass ?? '')) findings.invalid('status.qosClass', status.qosClass ?? '', IMMUTABLE);
  if (!restartsEverything(spec)) {
    validateTransitions(findings, 'status.containerStatuses', status.containerStatuses, before.containerStatuses, (name, code) => couldRestart(spec.containers.find((container) => container.name === name), spec, code, false));
    validateTransitions(findings, 'status.initContainerStatuses', status.initContainerStatuses, before.initContainerStatuses, (name, code) => couldRestart(spec.initContainers?.find((container) => container.name === name), spec, code, true));
  }
  validateTransitions(findings, 'status.ephemeralContainerStatuses', status.ephemeralContainerStatuses, before.ephemeralContainerStatuses, () => false);
  validateClaimStatuses(findings, pod);
  validateAddresses(findings, status.podIP, status.podIPs, before.podIPs, 'status.podIPs', 'podIP');
  validateAddresses(findings, status.hostIP, status.hostIPs, before.hostIPs, 'status.hostIPs', 'hostIP');
  const windows = spec.os?.name === 'windows';
  for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const) validateUsers(findings, `status.${list}`, status[list], windows);
  return findings.list;
}
