import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, ObjectFieldSelector, ResourceFieldSelector } from './types.ts';
import type { Findings } from '../common/findings.ts';
import { configKey, dnsLabel, environmentName, qualifiedName, subdomainName } from '../common/formats.ts';
import { isZero } from '../common/quantities.ts';
import { validateNoBacksteps } from '../common/paths.ts';

const ENV_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'];
export const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const DOWNWARD_FIELDS = new Set([...ENV_FIELDS, ...VOLUME_FIELDS, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase', 'spec.host']);
const RESOURCES = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory'];
const CPU_DIVISORS = new Set(['1m', '1']);
const SIZE_DIVISORS = new Set(['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']);
const SUBSCRIPT = /^(.*)\['(.*)'\]$/;

export function validateFieldReference(findings: Findings, path: string, reference: ObjectFieldSelector, supported: readonly string[]): void {
  if (!reference.apiVersion) return findings.required(`${path}.apiVersion`);
  if (!reference.fieldPath) return findings.required(`${path}.fieldPath`);
  const wrong = (message: string): void => findings.invalid(`${path}.fieldPath`, reference.fieldPath, `error converting fieldPath: ${message}`);
  if (reference.apiVersion !== 'v1') return wrong(`unsupported pod version: ${reference.apiVersion}`);
  const subscripted = SUBSCRIPT.exec(reference.fieldPath);
  if (subscripted) {
    const [, base, key = ''] = subscripted;
    if (base === 'metadata.annotations') findings.invalidEach(path, key.toLowerCase(), qualifiedName(key.toLowerCase()));
    else if (base === 'metadata.labels') findings.invalidEach(path, key, qualifiedName(key));
    else wrong(`field label does not support subscript: ${reference.fieldPath}`);
    return;
  }
  if (!DOWNWARD_FIELDS.has(reference.fieldPath)) return wrong(`field label not supported: ${reference.fieldPath}`);
  const field = reference.fieldPath === 'spec.host' ? 'spec.nodeName' : reference.fieldPath;
  if (!supported.includes(field)) findings.notSupported(`${path}.fieldPath`, field, supported);
}

export function validateResourceReference(findings: Findings, path: string, reference: ResourceFieldSelector, inVolume: boolean): void {
  const { resource, divisor } = reference;
  const hugePages = resource?.startsWith('requests.hugepages-') || resource?.startsWith('limits.hugepages-');
  if (inVolume && !reference.containerName) findings.required(`${path}.containerName`);
  else if (!resource) findings.required(`${path}.resource`);
  else if (!RESOURCES.includes(resource) && !hugePages) findings.notSupported(`${path}.resource`, resource, RESOURCES);
  if (divisor == null || isZero(divisor)) return;
  const kind = resource.slice(resource.indexOf('.') + 1);
  if (kind === 'cpu' ? CPU_DIVISORS.has(String(divisor)) : SIZE_DIVISORS.has(String(divisor))) return;
  const sizes = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the";
  if (kind === 'cpu') findings.invalid(`${path}.divisor`, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
  else if (kind === 'memory') findings.invalid(`${path}.divisor`, resource, `${sizes} memory resource`);
  else if (kind === 'ephemeral-storage') findings.invalid(`${path}.divisor`, resource, `${sizes} local ephemeral storage resource`);
  else if (hugePages) findings.invalid(`${path}.divisor`, resource, `${sizes} hugepages resource`);
}

function validateKeyReference(findings: Findings, path: string, { name = '', key }: { name?: string; key: string }): void {
  findings.invalidEach(`${path}.name`, name, subdomainName(name));
  if (!key) findings.required(`${path}.key`);
  else findings.invalidEach(`${path}.key`, key, configKey(key));
}

function validateFileReference(findings: Findings, path: string, reference: FileKeySelector): void {
  if (!reference.key) findings.required(`${path}.key`);
  else findings.invalidEach(`${path}.key`, reference.key, environmentName(reference.key));
  if (!reference.volumeName) findings.required(`${path}.volumeName`);
  else findings.invalidEach(`${path}.volumeName`, reference.volumeName, dnsLabel(reference.volumeName));
  if (!reference.path) findings.required(`${path}.path`);
  else validateNoBacksteps(findings, `${path}.path`, reference.path);
}

function validateValueFrom(findings: Findings, path: string, source: EnvVarSource, value: string | undefined): void {
  let count = 0;
  if (source.fieldRef) {
    count++;
    validateFieldReference(findings, `${path}.fieldRef`, source.fieldRef, ENV_FIELDS);
  }
  if (source.resourceFieldRef) {
    count++;
    validateResourceReference(findings, `${path}.resourceFieldRef`, source.resourceFieldRef, false);
  }
  if (source.configMapKeyRef) {
    count++;
    validateKeyReference(findings, `${path}.configMapKeyRef`, source.configMapKeyRef);
  }
  if (source.secretKeyRef) {
    count++;
    validateKeyReference(findings, `${path}.secretKeyRef`, source.secretKeyRef);
  }
  if (source.fileKeyRef) {
    count++;
    validateFileReference(findings, `${path}.fileKeyRef`, source.fileKeyRef);
  }
  if (count === 0) findings.invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  else if (value) findings.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (count > 1) findings.invalid(path, '', 'may not have more than one field specified at a time');
}

export function validateEnvironment(findings: Findings, path: string, variables: EnvVar[]): void {
  for (let index = 0; index < variables.length; index++) {
    const variable = variables[index] as EnvVar;
    const at = `${path}[${index}]`;
    if (!variable.name) findings.required(`${at}.name`);
    else findings.invalidEach(`${at}.name`, variable.name, environmentName(variable.name));
    if (variable.valueFrom) validateValueFrom(findings, `${at}.valueFrom`, variable.valueFrom, variable.value);
  }
}

export function validateEnvironmentSources(findings: Findings, path: string, sources: EnvFromSource[]): void {
  sources.forEach((source, index) => {
    const at = `${path}[${index}]`;
    if (source.prefix) findings.invalidEach(`${at}.prefix`, source.prefix, environmentName(source.prefix));
    let count = 0;
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const reference = source[kind];
      if (!reference) continue;
      count++;
      if (!reference.name) findings.required(`${at}.${kind}.name`);
      else findings.invalidEach(`${at}.${kind}.name`, reference.name, subdomainName(reference.name, true));
    }
    // The list's own path, as Kubernetes reports it.
    if (count === 0) findings.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (count > 1) findings.invalid(path, '', 'may not have more than one field specified at a time');
  });
}
