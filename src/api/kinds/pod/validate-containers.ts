import { isSidecar, type AnyContainer } from './context.ts';
import type { Container, ContainerPort, EphemeralContainer, PodSpec } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { dnsLabel, portName, portNumber } from '../common/formats.ts';
import { validateEnvironment, validateEnvironmentSources } from './validate-environment.ts';
import { validateLifecycle, validateProbe } from './validate-handlers.ts';
import { validateDevices, validateMounts, type VolumeMap } from './validate-mounts.ts';
import { validateRequirements, validateResizePolicy } from './validate-resources.ts';
import { validateContainerSecurity } from './validate-security.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];

/** What all containers of one pod are checked against. */
export interface Surroundings { spec: PodSpec; volumes: VolumeMap; claims: ReadonlySet<string>; hostUsers: boolean }

function validatePorts(findings: Findings, path: string, ports: ContainerPort[]): void {
  const names = new Set<string>();
  for (let index = 0; index < ports.length; index++) {
    const { name, containerPort, hostPort, protocol } = ports[index] as ContainerPort;
    const at = `${path}[${index}]`;
    if (name) {
      const messages = portName(name);
      findings.invalidEach(`${at}.name`, name, messages);
      if (messages.length === 0 && names.has(name)) findings.duplicate(`${at}.name`, name);
      names.add(name);
    }
    if (!containerPort) findings.required(`${at}.containerPort`);
    else findings.invalidEach(`${at}.containerPort`, containerPort, portNumber(containerPort));
    if (hostPort) findings.invalidEach(`${at}.hostPort`, hostPort, portNumber(hostPort));
    findings.requiredOneOf(`${at}.protocol`, protocol, PROTOCOLS);
  }
}

function validateCommon(findings: Findings, path: string, container: AnyContainer, around: Surroundings): void {
  if (!container.name) findings.required(`${path}.name`);
  else findings.invalidEach(`${path}.name`, container.name, dnsLabel(container.name));
  if (!container.image) findings.required(`${path}.image`);
  findings.requiredOneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']);
  if (container.ports) validatePorts(findings, `${path}.ports`, container.ports);
  if (container.env) validateEnvironment(findings, `${path}.env`, container.env);
  if (container.envFrom) validateEnvironmentSources(findings, `${path}.envFrom`, container.envFrom);
  if (container.volumeMounts) validateMounts(findings, `${path}.volumeMounts`, container, around.volumes);
  if (container.volumeDevices) validateDevices(findings, `${path}.volumeDevices`, container.volumeDevices, container.volumeMounts, around.volumes);
  findings.requiredOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']);
  validateRequirements(findings, `${path}.resources`, container.resources, around.claims);
  validateResizePolicy(findings, `${path}.resizePolicy`, container.resizePolicy, around.spec.restartPolicy);
  validateContainerSecurity(findings, `${path}.securityContext`, container.securityContext, around.hostUsers);
}

function validateHostPorts(findings: Findings, path: string, containers: Container[]): void {
  const seen = new Set<string>();
  containers.forEach(({ ports }, container) => ports?.forEach(({ hostPort, hostIP, protocol }, index) => {
    if (!hostPort) return;
    const key = `${protocol}/${hostIP ?? ''}/${hostPort}`;
    if (seen.has(key)) findings.duplicate(`${path}[${container}].ports[${index}].hostPort`, key);
    seen.add(key);
  }));
}

function validateRestartRules(findings: Findings, path: string, { restartPolicy, restartPolicyRules: rules = [] }: Container): void {
  if (restartPolicy == null) {
    if (rules.length > 0) findings.required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used');
  } else findings.oneOf(`${path}.restartPolicy`, restartPolicy, RESTART_POLICIES);
  if (rules.length > 20) findings.tooMany(`${path}.restartPolicyRules`, rules.length, 20);
  rules.forEach(({ action, exitCodes }, index) => {
    const at = `${path}.restartPolicyRules[${index}]`;
    findings.oneOf(`${at}.action`, action, ['Restart', 'RestartAllContainers']);
    if (!exitCodes) return findings.required(`${at}.exitCodes`, 'must be specified');
    findings.oneOf(`${at}.exitCodes.operator`, exitCodes.operator, ['In', 'NotIn']);
    const count = exitCodes.values?.length ?? 0;
    if (count > 255) findings.tooMany(`${at}.exitCodes.values`, count, 255);
  });
}

function validateRunning(findings: Findings, path: string, container: Container, spec: PodSpec): void {
  const grace = spec.terminationGracePeriodSeconds;
  if (container.lifecycle) validateLifecycle(findings, `${path}.lifecycle`, container.lifecycle, grace, spec.os);
  validateProbe(findings, path, 'livenessProbe', container.livenessProbe, grace);
  validateProbe(findings, path, 'readinessProbe', container.readinessProbe, grace);
  validateProbe(findings, path, 'startupProbe', container.startupProbe, grace);
}

export function validateContainers(findings: Findings, path: string, around: Surroundings): void {
  const containers = around.spec.containers;
  if (!containers?.length) return findings.required(path);
  const names = new Set<string>();
  for (let index = 0; index < containers.length; index++) {
    const container = containers[index] as Container;
    const at = `${path}[${index}]`;
    validateCommon(findings, at, container, around);
    if (names.has(container.name)) findings.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    validateRunning(findings, at, container, around.spec);
    validateRestartRules(findings, at, container);
  }
  validateHostPorts(findings, path, containers);
}

export function validateInitContainers(findings: Findings, path: string, around: Surroundings): void {
  const { initContainers, containers } = around.spec;
  if (!initContainers?.length) return;
  const names = new Set((containers ?? []).map(({ name }) => name));
  initContainers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateCommon(findings, at, container, around);
    if (container.restartPolicy != null) validateRestartRules(findings, at, container);
    else if (container.restartPolicyRules?.length) findings.required(`${at}.restartPolicy`, 'must specify restartPolicy when restart rules are used');
    if (names.has(container.name)) findings.duplicate(`${at}.name`, container.name);
    else if (container.name) names.add(container.name);
    // Each init container is looked at alone, so the path always names the first.
    validateHostPorts(findings, path, [container]);
    if (isSidecar(container)) return validateRunning(findings, at, container, around.spec);
    for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[field]) findings.forbidden(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always');
    }
    container.resizePolicy?.forEach(({ restartPolicy }, position) => {
      if (restartPolicy === 'RestartContainer') {
        findings.invalid(`${at}.resizePolicy[${position}].restartPolicy`, restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers");
      }
    });
  });
}

const NOT_EPHEMERAL = ['ports', 'resources', 'resizePolicy', 'restartPolicy', 'restartPolicyRules', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;

/** Where these or lists are empty, they are given all the same: upstream has pointers to them. */
const GIVEN_IF_EMPTY = new Set<string>(['livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle']);

function isGiven(field: string, value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return typeof value !== 'object' || GIVEN_IF_EMPTY.has(field) || Array.isArray(value) || Object.keys(value).length > 0;
}

export function validateEphemeralContainers(findings: Findings, path: string, around: Surroundings, given: PodSpec): void {
  const { ephemeralContainers, containers, initContainers } = around.spec;
  if (!ephemeralContainers?.length) return;
  const others = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  ephemeralContainers.forEach((container, index) => {
    const at = `${path}[${index}]`;
    validateCommon(findings, at, container, around);
    validateImageSpaces(findings, at, container);
    if (names.has(container.name)) findings.duplicate(`${at}.name`, container.name);
    names.add(container.name);
    if (container.targetContainerName && !others.has(container.targetContainerName)) findings.notFound(`${at}.targetContainerName`, container.targetContainerName);
    for (const field of NOT_EPHEMERAL) if (isGiven(field, given.ephemeralContainers?.[index]?.[field])) findings.forbidden(`${at}.${field}`, 'cannot be set for an Ephemeral Container');
    validateEphemeralMounts(findings, at, container);
  });
}

function validateEphemeralMounts(findings: Findings, path: string, container: EphemeralContainer): void {
  container.volumeMounts?.forEach((mount, index) => {
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if (mount[field]) findings.forbidden(`${path}.volumeMounts[${index}].${field}`, 'cannot be set for an Ephemeral Container');
    }
  });
}

/** Pods only: templates of old were allowed such images. */
export function validateImageSpaces(findings: Findings, path: string, { image = '' }: AnyContainer): void {
  if (image.length > 0 && (image.charCodeAt(0) <= 32 || image.charCodeAt(image.length - 1) <= 32)) findings.invalid(`${path}.image`, image, 'must not have leading or trailing whitespace');
}
