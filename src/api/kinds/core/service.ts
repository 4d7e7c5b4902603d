import type { LoadBalancerStatus, Service, ServicePort, ServiceSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../status.ts';
import { addressWarnings, networkWarnings } from '../common/address-warnings.ts';
import { Findings } from '../common/findings.ts';
import { address, addressBytes, cidr, dnsLabel, dnsSubdomain, isIPv6, labelName, portNumber, qualifiedName, sloppyAddress } from '../common/formats.ts';
import { validateLabels, validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { validatePort } from '../pod/validate-handlers.ts';
import { isExternallyAccessible } from './defaults.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const MAX_AFFINITY_SECONDS = 86400;

export function isHeadless(service: Service): boolean {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  return clusterIPs?.length ? clusterIPs.length === 1 && clusterIPs[0] === 'None' : clusterIP === 'None';
}

export function needsHealthCheckPort(service: Service): boolean {
  return service.spec?.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';
}

/** An address that pods can be reached at: not one with a meaning of its own on every host. */
export function validateEndpointAddress(findings: Findings, path: string, ip: string): void {
  const plain = sloppyAddress(ip);
  if (plain == null) return findings.invalid(path, ip, 'must be a valid IP address');
  const bytes = addressBytes(plain);
  const [a = 0, b = 0, c = 0] = bytes;
  const v4 = bytes.length === 4;
  const zeros = bytes.slice(0, -1).every((byte) => byte === 0);
  const last = bytes.at(-1);
  if (zeros && last === 0) findings.invalid(path, ip, `may not be unspecified (${ip})`);
  if (v4 ? a === 127 : zeros && last === 1) findings.invalid(path, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (v4 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80) findings.invalid(path, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if (v4 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2) findings.invalid(path, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
}

function validatePorts(findings: Findings, spec: ServiceSpec): void {
  const ports = spec.ports ?? [];
  const names = new Set<string>();
  ports.forEach((port: ServicePort, index) => {
    const at = `spec.ports[${index}]`;
    if (!port.name) {
      if (ports.length > 1) findings.required(`${at}.name`);
    } else {
      findings.invalidEach(`${at}.name`, port.name, dnsLabel(port.name));
      if (names.has(port.name)) findings.duplicate(`${at}.name`, port.name);
      names.add(port.name);
    }
    findings.invalidEach(`${at}.port`, port.port, portNumber(port.port));
    findings.requiredOneOf(`${at}.protocol`, port.protocol, PROTOCOLS);
    validatePort(findings, `${at}.targetPort`, port.targetPort);
    if (port.appProtocol != null) findings.invalidEach(`${at}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol));
  });
}

function validateUniquePorts(findings: Findings, spec: ServiceSpec): void {
  const ports = spec.ports ?? [];
  const nodePorts = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach(({ nodePort }, index) => {
    if (spec.type === 'ClusterIP' && nodePort) findings.forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
  });
  ports.forEach(({ nodePort, protocol }, index) => {
    if (!nodePort) return;
    if (nodePorts.has(`${protocol}/${nodePort}`)) findings.duplicate(`spec.ports[${index}].nodePort`, nodePort);
    nodePorts.add(`${protocol}/${nodePort}`);
  });
  ports.forEach(({ port, protocol }, index) => {
    if (numbers.has(`${protocol}/${port}`)) findings.duplicate(`spec.ports[${index}]`, { Name: '', Protocol: protocol ?? '', AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 });
    numbers.add(`${protocol}/${port}`);
  });
}

function validateAffinity(findings: Findings, spec: ServiceSpec): void {
  findings.requiredOneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  const at = 'spec.sessionAffinityConfig';
  if (spec.sessionAffinity === 'None' && spec.sessionAffinityConfig) findings.forbidden(at, 'must not be set when session affinity is None');
  if (spec.sessionAffinity !== 'ClientIP') return;
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds == null) findings.required(`${at}.clientIP.timeoutSeconds`, 'when session affinity type is ClientIP');
  else if (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS) findings.invalid(`${at}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`);
}

/** Addresses and families. Those still missing are given by the allocator. */
function validateClusterAddresses(findings: Findings, spec: ServiceSpec, old: ServiceSpec | undefined): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (clusterIP && clusterIPs.length > 0 && clusterIPs[0] !== clusterIP) findings.invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`');
  if (!clusterIP && clusterIPs.length > 0) findings.invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified');
  ipFamilies.forEach((family, index) => {
    findings.oneOf(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']);
    if (ipFamilies.indexOf(family) < index) findings.duplicate(`spec.ipFamilies[${index}]`, family);
  });
  if (ipFamilyPolicy != null) findings.oneOf('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']);
  const before = findings.list.length;
  const addresses = clusterIPs.length > 0 ? clusterIPs : clusterIP ? [clusterIP] : [];
  addresses.forEach((ip, index) => {
    if (index === 0 && ip === 'None') {
      if (addresses.length > 1) findings.invalid('spec.clusterIPs', addresses, "'None' must be the first and only value");
    } else if (!old?.clusterIPs?.includes(ip)) findings.invalidEach(`spec.clusterIPs[${index}]`, ip, address(ip));
  });
  const wrong = findings.list.length > before;
  if (addresses.length > 2) findings.invalid('spec.clusterIPs', addresses, 'may only hold up to 2 values');
  if (wrong || addresses[0] === 'None') return;
  if (addresses.length === 2 && isIPv6(addresses[0] as string) === isIPv6(addresses[1] as string)) findings.invalid('spec.clusterIPs', addresses, 'may specify no more than one IP for each IP family');
  addresses.forEach((ip, index) => {
    const family = ipFamilies[index];
    if (family === 'IPv4' && isIPv6(ip)) findings.invalid(`spec.clusterIPs[${index}]`, ip, `expected an IPv4 value as indicated by \`ipFamilies[${index}]\``);
    if (family === 'IPv6' && !isIPv6(ip)) findings.invalid(`spec.clusterIPs[${index}]`, ip, `expected an IPv6 value as indicated by \`ipFamilies[${index}]\``);
  });
}

function validateType(findings: Findings, service: Service): void {
  const spec = service.spec ?? {};
  if (!spec.ports?.length && !isHeadless(service) && spec.type !== 'ExternalName') findings.required('spec.ports');
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (isHeadless(service)) findings.invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  } else if (spec.type === 'ExternalName') {
    if (spec.clusterIPs?.length || spec.clusterIP) findings.forbidden('spec.clusterIPs', 'may not be set for ExternalName services');
    if (spec.ipFamilies?.length) findings.forbidden('spec.ipFamilies', 'may not be set for ExternalName services');
    if (spec.ipFamilyPolicy != null) findings.forbidden('spec.ipFamilyPolicy', 'may not be set for ExternalName services');
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name) findings.invalidEach('spec.externalName', name, dnsSubdomain(name));
    else findings.required('spec.externalName');
  }
}

const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

function validateSourceRanges(findings: Findings, service: Service, old: Service | undefined): void {
  const spec = service.spec ?? {};
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const notLoadBalancer = spec.type !== 'LoadBalancer';
  if (ranges.length > 0) {
    if (notLoadBalancer) findings.forbidden('spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'");
    ranges.forEach((range, index) => {
      const value = range.trim();
      if (!old?.spec?.loadBalancerSourceRanges?.some((other) => other.trim() === value)) findings.invalidEach(`spec.LoadBalancerSourceRanges[${index}]`, value, cidr(value));
    });
    return;
  }
  const annotation = service.metadata?.annotations?.[SOURCE_RANGES];
  if (annotation == null) return;
  const at = `metadata.annotations[${SOURCE_RANGES}]`;
  if (notLoadBalancer) findings.forbidden(at, "may only be used when `type` is 'LoadBalancer'");
  if (old?.metadata?.annotations?.[SOURCE_RANGES] === annotation || !annotation.trim()) return;
  for (const range of annotation.split(',')) findings.invalidEach(at, range.trim(), cidr(range.trim()));
}

function validateLoadBalancer(findings: Findings, service: Service, old: Service | undefined): void {
  const spec = service.spec ?? {};
  const isLoadBalancer = spec.type === 'LoadBalancer';
  if (old?.spec?.type === 'LoadBalancer' && isLoadBalancer && old.spec.loadBalancerClass !== spec.loadBalancerClass) {
    findings.invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set');
  }
  validateSourceRanges(findings, service, old);
  if (!isLoadBalancer && spec.allocateLoadBalancerNodePorts != null) findings.forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'");
  if (spec.loadBalancerClass == null) return;
  if (isLoadBalancer) findings.invalidEach('spec.loadBalancerClass', spec.loadBalancerClass, qualifiedName(spec.loadBalancerClass));
  else findings.forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'");
}

function validateTraffic(findings: Findings, service: Service): void {
  const spec = service.spec ?? {};
  const policy = spec.externalTrafficPolicy;
  if (!isExternallyAccessible(service)) {
    if (policy) findings.invalid('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services');
  } else findings.requiredOneOf('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']);
  const port = spec.healthCheckNodePort;
  if (!needsHealthCheckPort(service)) {
    if (port) findings.invalid('spec.healthCheckNodePort', port, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  } else if (port) findings.invalidEach('spec.healthCheckNodePort', port, portNumber(port));
  if (spec.internalTrafficPolicy != null) findings.oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']);
  else if (spec.type !== 'ExternalName') findings.required('spec.internalTrafficPolicy');
  if (spec.trafficDistribution != null) findings.oneOf('spec.trafficDistribution', spec.trafficDistribution, ['PreferClose', 'PreferSameZone', 'PreferSameNode']);
}

function validateObject(findings: Findings, service: Service, old: Service | undefined): void {
  const spec = service.spec ?? {};
  const annotations = service.metadata?.annotations;
  const hints = annotations?.['service.kubernetes.io/topology-aware-hints'];
  const mode = annotations?.['service.kubernetes.io/topology-mode'];
  if (hints != null && mode != null && hints !== mode) {
    findings.invalid('metadata.annotations[service.kubernetes.io/topology-mode]', mode, 'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified');
  }
  validateType(findings, service);
  validatePorts(findings, spec);
  validateLabels(findings, 'spec.selector', spec.selector);
  validateAffinity(findings, spec);
  validateClusterAddresses(findings, spec, old?.spec);
  spec.externalIPs?.forEach((ip, index) => {
    const messages = old?.spec?.externalIPs?.includes(ip) ? [] : address(ip);
    findings.invalidEach(`spec.externalIPs[${index}]`, ip, messages);
    if (messages.length === 0) validateEndpointAddress(findings, `spec.externalIPs[${index}]`, ip);
  });
  findings.requiredOneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
  validateUniquePorts(findings, spec);
  validateLoadBalancer(findings, service, old);
  validateTraffic(findings, service);
}

/** What is wrong with the addresses and families alone: looked at before addresses are allotted, and nothing else then. */
export function serviceAddressFindings(service: Service, old: Service | undefined): FieldError[] {
  const findings = new Findings();
  validateClusterAddresses(findings, service.spec ?? {}, old?.spec);
  return findings.list;
}

export function validateService(service: Service): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, service, true, labelName);
  validateObject(findings, service, undefined);
  return findings.list;
}

function validateKept(findings: Findings, service: Service, old: Service): void {
  const now = service.spec ?? {};
  const before = old.spec ?? {};
  if (now.type === 'ExternalName' || before.type === 'ExternalName') return;
  const ips = now.clusterIPs ?? [];
  const oldIps = before.clusterIPs ?? [];
  const oldHeadless = isHeadless(old);
  const headless = isHeadless(service);
  if (!(oldHeadless && headless) && oldIps.length > 0) {
    if (ips.length === 0) findings.invalid('spec.clusterIPs[0]', null, 'primary clusterIP can not be unset');
    else {
      const count = ips.length === oldIps.length ? oldIps.length : 1;
      for (let index = 0; index < count; index++) if (ips[index] !== oldIps[index]) findings.invalid(`spec.clusterIPs[${index}]`, ips, 'may not change once set');
    }
    if (ips.length === 1 && oldIps.length > 1 && now.ipFamilyPolicy !== 'SingleStack') findings.invalid('spec.ipFamilyPolicy', now.ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary clusterIP");
  }
  const families = now.ipFamilies ?? [];
  const oldFamilies = before.ipFamilies ?? [];
  if (headless || oldHeadless || oldFamilies.length === 0 || families.length === 0) return;
  const count = families.length === oldFamilies.length ? families.length : 1;
  for (let index = 0; index < count; index++) if (families[index] !== oldFamilies[index]) findings.invalid('spec.ipFamilies[0]', families, 'may not change once set');
  if (families.length === 1 && oldFamilies.length > 1 && now.ipFamilyPolicy !== 'SingleStack') findings.invalid('spec.ipFamilyPolicy', now.ipFamilyPolicy ?? null, "must be set to 'SingleStack' when releasing the secondary ipFamily");
}

export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, service, old);
  validateKept(findings, service, old);
  const port = service.spec?.healthCheckNodePort;
  if (needsHealthCheckPort(old) && needsHealthCheckPort(service) && port != null && port !== old.spec?.healthCheckNodePort) findings.forbidden('spec.healthCheckNodePort', 'field is immutable');
  validateObject(findings, service, old);
  return findings.list;
}

export function validateLoadBalancerStatus(findings: Findings, status: LoadBalancerStatus | undefined, old: LoadBalancerStatus | undefined, isLoadBalancer: boolean): void {
  const at = 'status.loadBalancer.ingress';
  if (!isLoadBalancer && status?.ingress?.length) return findings.forbidden(at, "may only be used when `spec.type` is 'LoadBalancer'");
  status?.ingress?.forEach(({ ip, ipMode, hostname }, index) => {
    const path = `${at}[${index}]`;
    if (ip && !old?.ingress?.some((other) => other.ip === ip)) findings.invalidEach(`${path}.ip`, ip, address(ip));
    if (ipMode == null) {
      if (ip) findings.required(`${path}.ipMode`, 'must be specified when `ip` is set');
    } else if (!ip) findings.forbidden(`${path}.ipMode`, 'may not be specified when `ip` is not set');
    else findings.oneOf(`${path}.ipMode`, ipMode, ['Proxy', 'VIP']);
    if (!hostname) return;
    findings.invalidEach(`${path}.hostname`, hostname, dnsSubdomain(hostname));
    if (sloppyAddress(hostname) != null) findings.invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address');
  });
}

export function validateServiceStatus(service: Service, old: Service): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, service, old);
  validateLoadBalancerStatus(findings, service.status?.loadBalancer, old.status?.loadBalancer, service.spec?.type === 'LoadBalancer');
  return findings.list;
}

function needsNodePort({ spec }: Service): boolean {
  return spec?.type === 'NodePort' || spec?.type === 'LoadBalancer';
}

/** When the type changes, what only the old type needs goes, unless the update itself changes it. */
export function dropOtherTypesFields(service: Service, old: Service): void {
  const now = service.spec ?? {};
  const before = old.spec ?? {};
  if (before.type !== 'ExternalName' && now.type === 'ExternalName') {
    if (now.clusterIP === before.clusterIP && String(now.clusterIPs) === String(before.clusterIPs)) {
      delete now.clusterIP;
      delete now.clusterIPs;
    }
    if (String(now.ipFamilies) === String(before.ipFamilies)) delete now.ipFamilies;
    if (now.ipFamilyPolicy === before.ipFamilyPolicy) delete now.ipFamilyPolicy;
    if (now.internalTrafficPolicy === before.internalTrafficPolicy) delete now.internalTrafficPolicy;
  }
  if (needsNodePort(old) && !needsNodePort(service)) {
    const known = new Set(before.ports?.map(({ nodePort }) => nodePort));
    if (now.ports?.every(({ nodePort }) => !nodePort || known.has(nodePort))) for (const port of now.ports) delete port.nodePort;
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(service) && now.healthCheckNodePort === before.healthCheckNodePort) delete now.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && now.type !== 'LoadBalancer') {
    if (now.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) delete now.allocateLoadBalancerNodePorts;
    if (now.loadBalancerClass === before.loadBalancerClass) delete now.loadBalancerClass;
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(service) && now.externalTrafficPolicy === before.externalTrafficPolicy) delete now.externalTrafficPolicy;
  if (now.type !== 'LoadBalancer') service.status = { ...service.status, loadBalancer: {} };
}

/** Of a Service's or an Ingress' status. */
export function balancerWarnings({ status }: { status?: { loadBalancer?: LoadBalancerStatus } }): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, index) => (ip ? addressWarnings(`status.loadBalancer.ingress[${index}]`, ip) : []));
}

export function serviceWarnings(service: Service): string[] {
  const spec = service.spec ?? {};
  const warnings: string[] = [];
  const headless = spec.type === 'ClusterIP' && spec.clusterIP === 'None';
  if (service.metadata?.annotations?.['service.kubernetes.io/topology-aware-hints'] != null) {
    warnings.push('annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead');
  }
  if (spec.type !== 'ExternalName' && !headless) spec.clusterIPs?.forEach((ip, index) => warnings.push(...addressWarnings(`spec.clusterIPs[${index}]`, ip)));
  if (headless) {
    if (spec.loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (spec.externalIPs?.length) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  spec.externalIPs?.forEach((ip, index) => warnings.push(...addressWarnings(`spec.externalIPs[${index}]`, ip)));
  if (spec.externalIPs?.length && !headless && spec.type !== 'ExternalName') warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  if (spec.loadBalancerIP) warnings.push(...addressWarnings('spec.loadBalancerIP', spec.loadBalancerIP));
  spec.loadBalancerSourceRanges?.forEach((range, index) => warnings.push(...networkWarnings(`spec.loadBalancerSourceRanges[${index}]`, range)));
  if (spec.type === 'ExternalName' && spec.externalIPs?.length) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (spec.type !== 'ExternalName' && spec.externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (spec.trafficDistribution === 'PreferClose') warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  return warnings;
}
