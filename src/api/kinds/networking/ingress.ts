import type { HTTPIngressPath, Ingress, IngressBackend, IngressClass } from '../../../../schema/v1.37/types/networking-v1.ts';
import type { TypedLocalObjectReference } from '../../../../schema/v1.37/types/core-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { Findings } from '../common/findings.ts';
import { address, dnsSubdomain, labelName, pathSegment, portName, portNumber, sloppyAddress, subdomainName, wildcardSubdomain } from '../common/formats.ts';
import { validateImmutable } from '../common/immutable.ts';

const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

function validateSegment(findings: Findings, path: string, value: string | undefined): void {
  if (!value) findings.required(path);
  else findings.invalidEach(path, value, pathSegment(value));
}

function validateReference(findings: Findings, path: string, reference: TypedLocalObjectReference): void {
  if (reference.apiGroup != null) findings.invalidEach(`${path}.apiGroup`, reference.apiGroup, dnsSubdomain(reference.apiGroup));
  validateSegment(findings, `${path}.kind`, reference.kind);
  validateSegment(findings, `${path}.name`, reference.name);
}

function validateBackend(findings: Findings, path: string, backend: IngressBackend | undefined): void {
  const { resource, service } = backend ?? {};
  if (resource && service) return findings.invalid(path, '', 'cannot set both resource and service backends');
  if (resource) return validateReference(findings, `${path}.resource`, resource);
  if (!service) return findings.invalid(path, '', 'resource or service backend is required');
  if (!service.name) findings.required(`${path}.service.name`);
  else findings.invalidEach(`${path}.service.name`, service.name, labelName(service.name));
  const { name, number } = service.port ?? {};
  if (name && number) findings.invalid(path, '', 'cannot set both port name & port number');
  else if (name) findings.invalidEach(`${path}.service.port.name`, name, portName(name));
  else if (number) findings.invalidEach(`${path}.service.port.number`, number, portNumber(number));
  else findings.required(path, 'port name or number is required');
}

function validatePath(findings: Findings, at: string, entry: HTTPIngressPath): void {
  const { pathType, path = '' } = entry;
  if (pathType == null) return findings.required(`${at}.pathType`, 'pathType must be specified');
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) findings.invalid(`${at}.path`, path, 'must be an absolute path');
    for (const part of BAD_PARTS) if (path.includes(part)) findings.invalid(`${at}.path`, path, `must not contain '${part}'`);
    for (const end of BAD_ENDS) if (path.endsWith(end)) findings.invalid(`${at}.path`, path, `cannot end with '${end}'`);
  } else if (pathType === 'ImplementationSpecific') {
    if (path && !path.startsWith('/')) findings.invalid(`${at}.path`, path, 'must be an absolute path');
  } else findings.notSupported(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']);
  validateBackend(findings, `${at}.backend`, entry.backend);
}

function validateHost(findings: Findings, path: string, host: string): void {
  findings.invalidEach(path, host, host.includes('*') ? wildcardSubdomain(host) : dnsSubdomain(host));
}

export function checkIngress(findings: Findings, ingress: Ingress, old: Ingress | undefined): void {
  const spec = ingress.spec ?? {};
  if (!spec.rules?.length && !spec.defaultBackend) findings.invalid('spec', asGiven(ingress).spec?.rules ?? null, 'either `defaultBackend` or `rules` must be specified');
  if (spec.defaultBackend) validateBackend(findings, 'spec.defaultBackend', spec.defaultBackend);
  spec.rules?.forEach(({ host, http }, index) => {
    const at = `spec.rules[${index}]`;
    if (host) {
      if (sloppyAddress(host) != null) findings.invalid(`${at}.host`, host, 'must be a DNS name, not an IP address');
      validateHost(findings, `${at}.host`, host);
    }
    if (!http) return;
    if (!http.paths?.length) findings.required(`${at}.http.paths`);
    http.paths?.forEach((path, position) => validatePath(findings, `${at}.http.paths[${position}]`, path));
  });
  spec.tls?.forEach(({ hosts, secretName }, index) => {
    hosts?.forEach((host, position) => validateHost(findings, `spec.tls[${index}].hosts[${position}]`, host));
    if (secretName) findings.invalidEach(`spec.tls[${index}].secretName`, secretName, subdomainName(secretName));
  });
  if (spec.ingressClassName != null) findings.invalidEach('spec.ingressClassName', spec.ingressClassName, subdomainName(spec.ingressClassName));
  const annotation = ingress.metadata?.annotations?.[CLASS_ANNOTATION];
  if (!old && annotation != null && spec.ingressClassName != null && annotation !== spec.ingressClassName) {
    findings.invalid(`annotations.${CLASS_ANNOTATION}`, annotation, 'must match `ingressClassName` when both are specified');
  }
}

export function checkIngressStatus(findings: Findings, { status }: Ingress, old: Ingress): void {
  status?.loadBalancer?.ingress?.forEach(({ ip, hostname }, index) => {
    const at = `status.loadBalancer.ingress[${index}]`;
    if (ip && !old.status?.loadBalancer?.ingress?.some((other) => other.ip === ip)) findings.invalidEach(`${at}.ip`, ip, address(ip));
    if (!hostname) return;
    findings.invalidEach(`${at}.hostname`, hostname, dnsSubdomain(hostname));
    if (sloppyAddress(hostname) != null) findings.invalid(`${at}.hostname`, hostname, 'must be a DNS name, not an IP address');
  });
}

export function ingressWarnings(ingress: Ingress): string[] {
  return ingress.metadata?.annotations?.[CLASS_ANNOTATION] == null ? [] : [`annotation ${JSON.stringify(CLASS_ANNOTATION)} is deprecated, please use 'spec.ingressClassName' instead`];
}

function validateController(findings: Findings, name: string): void {
  const at = 'spec.controller';
  if (name.length > 250) findings.tooLong(at, 250);
  if (!name) return findings.required(at);
  const slash = name.indexOf('/');
  const host = name.slice(0, Math.max(slash, 0));
  const path = name.slice(slash + 1);
  if (slash <= 0 || !path) return findings.invalid(at, name, 'must be a domain-prefixed path (such as "acme.io/foo")');
  findings.invalidEach(at, host, dnsSubdomain(host));
  const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
  if (!new RegExp(`^${pattern}$`).test(path)) findings.invalid(at, path, `Invalid path (regex used for validation is '${pattern}')`);
}

export function checkIngressClass(findings: Findings, { spec }: IngressClass, old: IngressClass | undefined): void {
  if (old) validateImmutable(findings, 'spec.controller', spec?.controller ?? '', old.spec?.controller ?? '');
  validateController(findings, spec?.controller ?? '');
  const parameters = spec?.parameters;
  if (!parameters) return;
  const at = 'spec.parameters';
  validateReference(findings, at, parameters);
  if (parameters.scope == null) findings.required(`${at}.scope`);
  findings.oneOf(`${at}.scope`, parameters.scope, ['Cluster', 'Namespace']);
  if (parameters.scope === 'Namespace') {
    if (parameters.namespace == null) findings.required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'");
    else findings.invalidEach(`${at}.namespace`, parameters.namespace, labelName(parameters.namespace));
  } else if (parameters.scope === 'Cluster' && parameters.namespace != null) findings.forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'");
}
