import type { Endpoint, EndpointPort, EndpointSlice } from '../../../../schema/v1.37/types/discovery-v1.ts';
import { addressWarnings } from '../common/address-warnings.ts';
import { semanticEqual } from '../common/equality.ts';
import type { Findings } from '../common/findings.ts';
import { address, dnsLabel, dnsSubdomain, isIPv6, labelValue, qualifiedName, sloppyAddress, strictAddress, subdomainName } from '../common/formats.ts';
import { validateFixed } from '../common/immutable.ts';
import { validateLabels } from '../common/metadata.ts';
import { asObject } from '../common/rules.ts';
import { firstGeneration, nextGeneration } from '../common/strategy.ts';
import { validateEndpointAddress } from '../core/service.ts';

const HOSTNAME = 'kubernetes.io/hostname';

export function defaultEndpointSlice(slice: EndpointSlice): void {
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {};
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

/** The old field for topology is not written any more; a node that was named there moves to the new one. */
function dropTopology(slice: EndpointSlice, old?: EndpointSlice): void {
  if (old && semanticEqual(old.endpoints, slice.endpoints)) return;
  const nodes = new Set(old?.endpoints?.map(({ deprecatedTopology }) => deprecatedTopology?.[HOSTNAME]));
  for (const endpoint of slice.endpoints ?? []) {
    const node = endpoint.deprecatedTopology?.[HOSTNAME];
    if (node && endpoint.nodeName == null && nodes.has(node) && subdomainName(node).length === 0) endpoint.nodeName = node;
    delete endpoint.deprecatedTopology;
  }
}

export function prepareEndpointSlice(slice: EndpointSlice): void {
  firstGeneration(asObject(slice));
  dropTopology(slice);
}

export function prepareEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice): void {
  nextGeneration(asObject(slice), asObject(old), ['endpoints', 'ports', 'addressType', 'labels']);
  dropTopology(slice, old);
}

/** These write addresses well. */
const CONTROLLERS = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

export function endpointSliceWarnings({ addressType, endpoints, metadata }: EndpointSlice, old: EndpointSlice | undefined): string[] {
  const ofType = addressType === 'FQDN' && !old ? ['spec.addressType: FQDN endpoints are deprecated'] : [];
  if (CONTROLLERS.includes(metadata?.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return ofType;
  return [...ofType, ...(endpoints ?? []).flatMap(({ addresses }, index) => (addresses ?? []).flatMap((address, place) => addressWarnings(`endpoints[${index}].addresses[${place}]`, address)))];
}

function validateName(findings: Findings, path: string, name: string): void {
  const plain = name.endsWith('.') ? name.slice(0, -1) : name;
  if (!name) return findings.required(path);
  const wrong = dnsSubdomain(plain);
  if (wrong.length > 0) findings.invalid(path, plain, wrong.join(','));
  else if (!plain.includes('.')) findings.invalid(path, plain, 'should be a domain with at least two segments separated by dots');
}

function validateAddress(findings: Findings, path: string, at: string, value: string, type: string): void {
  if (type === 'FQDN') return validateName(findings, at, value);
  if (type !== 'IPv4' && type !== 'IPv6') return;
  const wrong = type === 'IPv6' ? strictAddress(value) : address(value);
  findings.invalidEach(at, value, wrong);
  if (wrong.length > 0 || sloppyAddress(value) == null) return;
  if (isIPv6(value) !== (type === 'IPv6')) findings.invalid(path, value, `must be an ${type} address`);
  validateEndpointAddress(findings, at, value);
}

function validateEndpoint(findings: Findings, at: string, endpoint: Endpoint, type: string): void {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) findings.required(`${at}.addresses`);
  else if (addresses.length > 100) findings.tooMany(`${at}.addresses`, addresses.length, 100);
  addresses.forEach((value, index) => validateAddress(findings, `${at}.addresses`, `${at}.addresses[${index}]`, value, type));
  if (endpoint.nodeName != null) findings.invalidEach(`${at}.nodeName`, endpoint.nodeName, subdomainName(endpoint.nodeName));
  validateLabels(findings, `${at}.deprecatedTopology`, endpoint.deprecatedTopology);
  if (endpoint.hostname != null) findings.invalidEach(`${at}.hostname`, endpoint.hostname, dnsLabel(endpoint.hostname));
  for (const field of ['forZones', 'forNodes'] as const) {
    const hints = endpoint.hints?.[field] ?? [];
    if (hints.length > 8) findings.tooMany(`${at}.hints.${field}`, hints.length, 8);
    hints.forEach(({ name }, index) => {
      const path = `${at}.hints.${field}[${index}].name`;
      if (hints.findIndex((other) => other.name === name) < index) findings.duplicate(path, name);
      findings.invalidEach(path, name, field === 'forZones' ? labelValue(name) : subdomainName(name));
    });
  }
}

function validatePorts(findings: Findings, ports: EndpointPort[]): void {
  if (ports.length > 20_000) findings.tooMany('ports', ports.length, 20_000);
  const names = new Set<string>();
  ports.forEach(({ name = '', protocol, appProtocol }, index) => {
    const at = `ports[${index}]`;
    if (name) findings.invalidEach(`${at}.name`, name, dnsLabel(name));
    if (names.has(name)) findings.duplicate(`${at}.name`, name);
    names.add(name);
    findings.requiredOneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
    if (appProtocol != null) findings.invalidEach(`${at}.appProtocol`, appProtocol, qualifiedName(appProtocol));
  });
}

export function checkEndpointSlice(findings: Findings, slice: EndpointSlice, old: EndpointSlice | undefined): void {
  findings.requiredOneOf('addressType', slice.addressType, ['FQDN', 'IPv4', 'IPv6']);
  validatePorts(findings, slice.ports ?? []);
  const endpoints = slice.endpoints ?? [];
  if (!old || !semanticEqual(old.endpoints, endpoints)) {
    if (endpoints.length > 1000) findings.tooMany('endpoints', endpoints.length, 1000);
    endpoints.forEach((endpoint, index) => validateEndpoint(findings, `endpoints[${index}]`, endpoint, slice.addressType));
  }
  if (old) validateFixed(findings, 'addressType', slice.addressType, old.addressType);
}
