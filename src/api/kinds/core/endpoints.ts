import type { EndpointAddress, EndpointPort, Endpoints } from '../../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../status.ts';
import { addressWarnings } from '../common/address-warnings.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings } from '../common/findings.ts';
import { address, dnsLabel, portNumber, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { validateEndpointAddress } from './service.ts';

function validateAddress(findings: Findings, path: string, entry: EndpointAddress): void {
  const ip = entry.ip ?? '';
  findings.invalidEach(`${path}.ip`, ip, address(ip));
  if (entry.hostname) findings.invalidEach(`${path}.hostname`, entry.hostname, dnsLabel(entry.hostname));
  if (entry.nodeName != null) findings.invalidEach(`${path}.nodeName`, entry.nodeName, subdomainName(entry.nodeName));
  validateEndpointAddress(findings, `${path}.ip`, ip);
}

function validatePort(findings: Findings, path: string, port: EndpointPort, requireName: boolean): void {
  if (port.name) findings.invalidEach(`${path}.name`, port.name, dnsLabel(port.name));
  else if (requireName) findings.required(`${path}.name`);
  findings.invalidEach(`${path}.port`, port.port, portNumber(port.port));
  findings.requiredOneOf(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']);
  if (port.appProtocol != null) findings.invalidEach(`${path}.appProtocol`, port.appProtocol, qualifiedName(port.appProtocol));
}

export function validateEndpoints(endpoints: Endpoints, old?: Endpoints): FieldError[] {
  const findings = new Findings();
  if (old) validateMetadataUpdate(findings, endpoints, old);
  else validateMetadata(findings, endpoints, true, subdomainName);
  if (old && semanticEqual(endpoints.subsets, old.subsets)) return findings.list;
  endpoints.subsets?.forEach((subset, index) => {
    const at = `subsets[${index}]`;
    if (!subset.addresses?.length && !subset.notReadyAddresses?.length) findings.required(at, 'must specify `addresses` or `notReadyAddresses`');
    subset.addresses?.forEach((entry, position) => validateAddress(findings, `${at}.addresses[${position}]`, entry));
    subset.notReadyAddresses?.forEach((entry, position) => validateAddress(findings, `${at}.notReadyAddresses[${position}]`, entry));
    subset.ports?.forEach((port, position) => validatePort(findings, `${at}.ports[${position}]`, port, (subset.ports?.length ?? 0) > 1));
  });
  return findings.list;
}

export function endpointsWarnings({ metadata, subsets }: Endpoints): string[] {
  // The controller writes addresses well.
  if (metadata?.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return (subsets ?? []).flatMap((subset, index) => (['addresses', 'notReadyAddresses'] as const).flatMap((part) =>
    (subset[part] ?? []).flatMap(({ ip }, place) => addressWarnings(`subsets[${index}].${part}[${place}].ip`, ip ?? ''))));
}
