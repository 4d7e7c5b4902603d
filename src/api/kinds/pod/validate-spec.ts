import { eachContainer, type PodCheck } from './context.ts';
import { validateDuplicatePorts } from './duplicate-ports.ts';
import type { HostAlias, ObjectMeta, PodDNSConfig, PodResourceClaim, PodSpec } from './types.ts';
import { type Findings, rangeMessage } from '../common/findings.ts';
import { address, dnsLabel, dnsSubdomain, dnsSubdomainWithUnderscore, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateLabels } from '../common/metadata.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './validate-containers.ts';
import { validatePodLevelResources, validateRequirements } from './validate-resources.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './validate-scheduling.ts';
import { validateHostProcess, validateOperatingSystem, validatePodSecurity } from './validate-security.ts';
import { validateVolumes } from './validate-volumes.ts';

const MAX_INT32 = 2147483647;

function validateResourceClaims(findings: Findings, path: string, claims: PodResourceClaim[] | undefined): Set<string> {
  const names = new Set<string>();
  claims?.forEach((claim, index) => {
    const at = `${path}[${index}]`;
    if (!claim.name) findings.required(`${at}.name`);
    else if (names.has(claim.name)) findings.duplicate(`${at}.name`, claim.name);
    else {
      findings.invalidEach(`${at}.name`, claim.name, dnsLabel(claim.name));
      names.add(claim.name);
    }
    const { resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    const value = { Name: claim.name ?? '', ResourceClaimName: own ?? null, ResourceClaimTemplateName: template ?? null };
    if (own != null && template != null) findings.invalid(at, value, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    if (own == null && template == null) findings.invalid(at, value, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    if (own != null) findings.invalidEach(`${at}.resourceClaimName`, own, subdomainName(own));
    if (template != null) findings.invalidEach(`${at}.resourceClaimTemplateName`, template, subdomainName(template));
  });
  return names;
}

function validateDns(findings: Findings, path: string, config: PodDNSConfig | undefined, policy: string | undefined): void {
  if (policy === 'None') {
    if (!config) return findings.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    if (!config.nameservers?.length) return findings.required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None');
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > 3) findings.invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers');
  nameservers.forEach((server, index) => findings.invalidEach(`${path}.nameservers[${index}]`, server, address(server)));
  if (searches.length > 32) findings.invalid(`${path}.searches`, searches, 'must not have more than 32 search paths');
  if (searches.join(' ').length > 2048) findings.invalid(`${path}.searches`, searches, 'must not have more than 2048 characters (including spaces) in the search list');
  searches.forEach((search, index) => {
    if (search === '.') return;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    findings.invalidEach(`${path}.searches[${index}]`, name, dnsSubdomainWithUnderscore(name));
  });
  options.forEach(({ name }, index) => { if (!name) findings.required(`${path}.options[${index}]`, 'must not be empty'); });
}

function validateHostNetworkPorts(findings: Findings, path: string, spec: PodSpec, isPod: boolean): void {
  if (!spec.hostNetwork) return;
  spec.containers?.forEach(({ ports }, container) => ports?.forEach(({ hostPort = 0, containerPort }, index) => {
    if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
      findings.invalid(`${path}.containers[${container}].ports[${index}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true');
    }
  }));
}

function validateHostUsers(findings: Findings, path: string, spec: PodSpec): void {
  if (spec.hostUsers !== false) return;
  if (spec.hostNetwork) findings.forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false');
  if (spec.hostPID) findings.forbidden(`${path}.HostPID`, 'when `hostUsers` is false');
  if (spec.hostIPC) findings.forbidden(`${path}.HostIPC`, 'when `hostUsers` is false');
  for (const [container, at] of eachContainer(spec, path)) if (container.volumeDevices?.length) findings.forbidden(`${at}.volumeDevices`, 'when `hostUsers` is false');
}

function validateNames(findings: Findings, path: string, spec: PodSpec): void {
  const { hostnameOverride, serviceAccountName, nodeName, hostname, subdomain, priorityClassName, runtimeClassName } = spec;
  if (hostnameOverride != null) {
    if (spec.setHostnameAsFQDN) findings.forbidden(`${path}.hostnameOverride`, 'may not be specified when setHostnameAsFQDN is true');
    if (spec.hostNetwork) findings.forbidden(`${path}.hostnameOverride`, 'may not be specified when hostNetwork is true');
    if (hostnameOverride.length > 64) findings.tooLong(`${path}.hostnameOverride`, 64);
    findings.invalidEach(`${path}.hostnameOverride`, hostnameOverride, dnsSubdomain(hostnameOverride));
  }
  if (serviceAccountName) findings.invalidEach(`${path}.serviceAccountName`, serviceAccountName, subdomainName(serviceAccountName));
  if (nodeName) findings.invalidEach(`${path}.nodeName`, nodeName, subdomainName(nodeName));
  const deadline = spec.activeDeadlineSeconds;
  if (deadline != null && (deadline < 1 || deadline > MAX_INT32)) findings.invalid(`${path}.activeDeadlineSeconds`, deadline, rangeMessage(1, MAX_INT32));
  if (hostname) findings.invalidEach(`${path}.hostname`, hostname, dnsLabel(hostname));
  if (subdomain) findings.invalidEach(`${path}.subdomain`, subdomain, dnsLabel(subdomain));
  if (spec.tolerations) validateTolerations(findings, `${path}.tolerations`, spec.tolerations);
  if (spec.hostAliases) validateHostAliases(findings, `${path}.hostAliases`, spec.hostAliases);
  if (priorityClassName) findings.invalidEach(`${path}.priorityClassName`, priorityClassName, subdomainName(priorityClassName));
  if (runtimeClassName != null) findings.invalidEach(`${path}.runtimeClassName`, runtimeClassName, subdomainName(runtimeClassName));
  if (spec.preemptionPolicy != null) findings.requiredOneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']);
}

function validateHostAliases(findings: Findings, path: string, aliases: HostAlias[]): void {
  aliases.forEach(({ ip = '', hostnames }, index) => {
    findings.invalidEach(`${path}[${index}].ip`, ip, address(ip));
    hostnames?.forEach((name, position) => findings.invalidEach(`${path}[${index}].hostnames[${position}]`, name, dnsSubdomain(name)));
  });
}

function validateGates(findings: Findings, path: string, spec: PodSpec): void {
  spec.readinessGates?.forEach(({ conditionType = '' }, index) => findings.invalidEach(`${path}.readinessGates[${index}].conditionType`, conditionType, qualifiedName(conditionType)));
  const seen = new Set<string>();
  spec.schedulingGates?.forEach(({ name = '' }, index) => {
    findings.invalidEach(`${path}.schedulingGates[${index}]`, name, qualifiedName(name));
    if (seen.has(name)) findings.duplicate(`${path}.schedulingGates[${index}]`, name);
    seen.add(name);
  });
}

/** Variables read from a file must name an emptyDir of the pod. */
function validateFileVariables(findings: Findings, path: string, spec: PodSpec): void {
  for (const [container, at] of eachContainer(spec, path)) {
    const variables = container.env;
    if (!variables) continue;
    for (let index = 0; index < variables.length; index++) {
      const reference = variables[index]?.valueFrom?.fileKeyRef;
      if (!reference) continue;
      const volume = spec.volumes?.find(({ name }) => name === reference.volumeName);
      const field = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`;
      if (!volume) findings.notFound(field, reference.volumeName);
      else if (!volume.emptyDir) findings.invalid(field, reference.volumeName, 'referenced volume must be of type emptyDir');
    }
  }
}

/** The spec of a pod (with its `metadata`) or of a template (without). */
export function validatePodSpec(findings: Findings, path: string, spec: PodSpec, metadata: ObjectMeta | undefined, check: PodCheck): void {
  if (spec.terminationGracePeriodSeconds == null) findings.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = validateVolumes(findings, `${path}.volumes`, spec.volumes, metadata);
  const claims = validateResourceClaims(findings, `${path}.resourceClaims`, spec.resourceClaims);
  const around = { spec, volumes, claims, hostUsers: spec.hostUsers !== false };
  validateContainers(findings, `${path}.containers`, around);
  validateInitContainers(findings, `${path}.initContainers`, around);
  validateEphemeralContainers(findings, `${path}.ephemeralContainers`, around, check.given ?? spec);
  if (!check.allowDuplicatePorts) validateDuplicatePorts(findings, path, spec);
  if (spec.resources) validatePodLevelResources(findings, path, spec, claims);
  validateHostNetworkPorts(findings, path, spec, check.isPod);
  findings.requiredOneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']);
  findings.requiredOneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']);
  validateLabels(findings, `${path}.nodeSelector`, spec.nodeSelector);
  validatePodSecurity(findings, `${path}.securityContext`, spec);
  if (spec.shareProcessNamespace && spec.hostPID) findings.invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  if (spec.affinity) validateAffinity(findings, `${path}.affinity`, spec.affinity);
  validateDns(findings, `${path}.dnsConfig`, spec.dnsConfig, spec.dnsPolicy);
  validateGates(findings, path, spec);
  if (spec.topologySpreadConstraints) validateTopologySpread(findings, `${path}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  validateHostProcess(findings, path, spec);
  validateHostUsers(findings, path, spec);
  validateNames(findings, path, spec);
  if (spec.overhead) validateRequirements(findings, `${path}.overhead`, { limits: spec.overhead }, claims);
  validateOperatingSystem(findings, path, spec);
  if (spec.schedulingGroup) {
    const { podGroupName } = spec.schedulingGroup;
    if (podGroupName == null) findings.invalid(`${path}.schedulingGroup.podGroupName`, null, 'must specify one of: `podGroupName`');
    else findings.invalidEach(`${path}.schedulingGroup.podGroupName`, podGroupName, subdomainName(podGroupName));
    if (spec.evictionResponders?.length) findings.forbidden(`${path}.schedulingGroup`, 'may not be set when evictionResponders is set');
  }
  validateFileVariables(findings, path, spec);
}
