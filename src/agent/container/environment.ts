import type { ConfigMap, Container, EnvVar, Pod, Secret, Service } from '../../../schema/v1.37/types/core-v1.ts';
import { expand } from './expansion.ts';
import { fieldValue, resourceValue, type PodFacts } from './field-reference.ts';
import { serviceEnvironment } from './service-environment.ts';

/** A container that cannot be made from its specification now: shown as CreateContainerConfigError. */
export class ContainerConfigError extends Error {
  override name = 'ContainerConfigError';
}

export interface EnvironmentSources extends PodFacts {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  /** Of the pod's namespace, and the `kubernetes` Service of the default one. */
  services(namespace: string): Iterable<Service>;
  apiServer: { host: string; port: number };
  allocatable: Record<string, string | number>;
  /** Content of a file in one of the pod's volumes, for fileKeyRef. */
  volumeFile(volume: string, path: string): Promise<string | undefined>;
}

/** All variables of a container in the order they are set; later ones win. */
export async function containerEnvironment(pod: Pod, container: Container, sources: EnvironmentSources): Promise<Map<string, string>> {
  const services = serviceVariables(pod, sources);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? '';
    for (const [key, value] of await referencedData(pod, source, sources)) if (isVariableName(prefix + key)) result.set(prefix + key, value);
  }
  for (const variable of container.env ?? []) {
    let value = expand(variable.value ?? '', (name) => result.get(name) ?? services[name]);
    if (variable.valueFrom) {
      const found = await valueFrom(pod, container, variable, sources);
      if (found === undefined) continue;
      value = found;
    }
    result.set(variable.name, value);
  }
  for (const [name, value] of Object.entries(services)) if (!result.has(name)) result.set(name, value);
  return result;
}

function isVariableName(name: string): boolean {
  return name !== '' && !name.includes('=');
}

function serviceVariables(pod: Pod, sources: EnvironmentSources): Record<string, string> {
  const namespace = pod.metadata?.namespace ?? 'default';
  const kubernetes = [...sources.services('default')].filter((service) => service.metadata?.name === 'kubernetes');
  const { host, port } = sources.apiServer;
  const master: Service = { metadata: { name: 'kubernetes' }, spec: { clusterIP: host, ports: [{ name: 'https', port, protocol: 'TCP' }] } };
  const chosen = pod.spec?.enableServiceLinks === false ? [] : [...sources.services(namespace)].sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
  return { ...serviceEnvironment(kubernetes.length > 0 ? kubernetes : [master]), ...serviceEnvironment(chosen) };
}

async function referencedData(pod: Pod, source: NonNullable<Container['envFrom']>[number], sources: EnvironmentSources): Promise<[string, string][]> {
  const namespace = pod.metadata?.namespace;
  if (source.configMapRef) {
    const { name = '', optional } = source.configMapRef;
    const map = await sources.configMap(name);
    if (!map && !optional) throw new ContainerConfigError(`configmap "${name}" not found`);
    return Object.entries(map?.data ?? {});
  }
  if (source.secretRef) {
    const { name = '', optional } = source.secretRef;
    const secret = await sources.secret(name);
    if (!secret && !optional) throw new ContainerConfigError(`secret "${name}" not found`);
    return Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]);
  }
  throw new ContainerConfigError(`envFrom of pod ${namespace}/${pod.metadata?.name} names no source`);
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Undefined: an optional source that is not there. */
async function valueFrom(pod: Pod, container: Container, variable: EnvVar, sources: EnvironmentSources): Promise<string | undefined> {
  const from = variable.valueFrom ?? {};
  const namespace = pod.metadata?.namespace;
  if (from.fieldRef) {
    const value = fieldValue(pod, from.fieldRef.fieldPath, sources);
    if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`);
    return value;
  }
  if (from.resourceFieldRef) {
    const name = from.resourceFieldRef.containerName;
    const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
    const target = name ? all.find((candidate) => candidate.name === name) : container;
    if (!target) throw new ContainerConfigError(`container ${name} not found`);
    return resourceValue(target, from.resourceFieldRef, sources.allocatable);
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const map = await sources.configMap(name);
    if (!map) return missing(optional, `configmap "${name}" not found`);
    return map.data?.[key] ?? missing(optional, `couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const secret = await sources.secret(name);
    if (!secret) return missing(optional, `secret "${name}" not found`);
    const value = secret.data?.[key];
    return value === undefined ? missing(optional, `couldn't find key ${key} in Secret ${namespace}/${name}`) : decode(value);
  }
  if (from.fileKeyRef) {
    const { volumeName, path, key, optional } = from.fileKeyRef;
    const text = await sources.volumeFile(volumeName, path);
    if (text === undefined) return missing(optional, `file "${path}" not found in volume "${volumeName}"`);
    return parseEnvironmentFile(text).get(key) ?? missing(optional, `environment variable key "${key}" not found in file "${path}"`);
  }
  return undefined;
}

function missing(optional: boolean | undefined, message: string): undefined {
  if (!optional) throw new ContainerConfigError(message);
  return undefined;
}

/** Lines of `NAME='value'` or `NAME=value`; blank ones and those behind `#` do not count. */
export function parseEnvironmentFile(text: string): Map<string, string> {
  const result = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^\s=#][^=]*)=(.*)$/.exec(line);
    if (match) result.set((match[1] as string).trim(), (match[2] as string).trim().replace(/^(['"])(.*)\1$/, '$2'));
  }
  return result;
}
