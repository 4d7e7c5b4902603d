import type { Node, Taint } from '../../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../status.ts';
import { Findings } from '../common/findings.ts';
import { cidr, isIPv6, labelValue, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { validateResourceValue } from '../common/resource-names.ts';
import { validateTaintEffect } from '../pod/validate-scheduling.ts';

const FEATURE = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;

function validateTaints(findings: Findings, taints: Taint[] | undefined): void {
  const seen = new Set<string>();
  taints?.forEach(({ key = '', value = '', effect }, index) => {
    const at = `metadata.taints[${index}]`;
    findings.invalidEach(`${at}.key`, key, qualifiedName(key));
    const messages = labelValue(value);
    if (messages.length > 0) findings.invalid(`${at}.value`, value, messages.join(';'));
    validateTaintEffect(findings, `${at}.effect`, effect);
    const pair = `${effect}/${key}`;
    if (seen.has(pair)) findings.duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: null }, 'taints must be unique by key and effect pair');
    seen.add(pair);
  });
}

function validateStatusParts(findings: Findings, node: Node): void {
  for (const part of ['capacity', 'allocatable'] as const) {
    const list = node.status?.[part];
    for (const name in list) validateResourceValue(findings, `status.${part}.${name}`, name, list[name] as string);
  }
  const features = node.status?.declaredFeatures ?? [];
  features.forEach((feature, index) => {
    const at = `status.declaredFeatures[${index}]`;
    if (feature.length > 253) findings.invalid(at, feature, `invalid feature name ${JSON.stringify(feature)}: must be no more than 253 characters`);
    else if (!FEATURE.test(feature)) {
      findings.invalid(at, feature, `invalid feature name ${JSON.stringify(feature)}: must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes`);
    }
    const before = features[index - 1];
    if (before === feature) findings.duplicate(at, feature);
    else if (before != null && before > feature) findings.invalid(at, feature, 'list must be sorted alphabetically');
  });
}

export function validateNode(node: Node): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, node, false, subdomainName);
  validateTaints(findings, node.spec?.taints);
  validateStatusParts(findings, node);
  const ranges = node.spec?.podCIDRs ?? [];
  ranges.forEach((range, index) => findings.invalidEach(`spec.podCIDRs[${index}]`, range, cidr(range)));
  const odd = ranges.findIndex((range) => cidr(range)[0]?.startsWith('must be a valid CIDR') === true);
  if (ranges.length > 1 && odd >= 0) findings.internal('spec.podCIDRs', `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${odd}]: <nil> (invalid CIDR address: ${ranges[odd]})`);
  const v6 = ranges.filter((range) => isIPv6(range.split('/', 1)[0] ?? '')).length;
  if (ranges.length > 1 && (odd >= 0 || ranges.length > 2 || v6 !== 1)) findings.invalid('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family');
  return findings.list;
}

export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, node, old);
  validateStatusParts(findings, node);
  const seen = new Set<string>();
  node.status?.addresses?.forEach((entry, index) => {
    const key = `${entry.type}/${entry.address}`;
    if (seen.has(key)) findings.duplicate(`status.addresses[${index}]`, { Type: entry.type, Address: entry.address });
    seen.add(key);
  });
  const before = old.spec?.podCIDRs ?? [];
  if (before.length > 0 && String(before) !== String(node.spec?.podCIDRs ?? [])) findings.forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid');
  const provider = old.spec?.providerID;
  if (provider && node.spec?.providerID !== provider) findings.invalid('spec.providerID', null, node.spec?.providerID ? 'field cannot be modified once set' : 'field cannot be cleared once set');
  validateTaints(findings, node.spec?.taints);
  if ((node.spec?.externalID ?? '') !== (old.spec?.externalID ?? '')) findings.forbidden('spec.externalID', 'may not be updated');
  return findings.list;
}
