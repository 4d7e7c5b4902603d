import type { IPAddress, ServiceCIDR } from '../../../../schema/v1.37/types/networking-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { type Findings, IMMUTABLE } from '../common/findings.ts';
import { canonicalAddress, cidr, dnsSubdomain, isIPv6, pathSegment, strictAddress } from '../common/formats.ts';
import { validateFixed } from '../common/immutable.ts';

export function checkAddress(findings: Findings, { metadata, spec }: IPAddress, old: IPAddress | undefined): void {
  // Elsewhere the beginning of a name is looked at once only.
  if (old && metadata?.generateName) findings.invalidEach('metadata.generateName', metadata.generateName, strictAddress(metadata.generateName));
  const parent = spec?.parentRef;
  if (!parent) return findings.required('spec.parentRef');
  if (parent.group) findings.invalidEach('spec.parentRef.group', parent.group, dnsSubdomain(parent.group));
  for (const field of ['resource', 'name'] as const) {
    const value = parent[field];
    if (!value) findings.required(`spec.parentRef.${field}`);
    else findings.invalidEach(`spec.parentRef.${field}`, value, pathSegment(value));
  }
  if (parent.namespace) findings.invalidEach('spec.parentRef.namespace', parent.namespace, pathSegment(parent.namespace));
}

export function checkAddressUpdate(findings: Findings, now: IPAddress, old: IPAddress): void {
  validateFixed(findings, 'spec.parentRef', now.spec?.parentRef, old.spec?.parentRef);
}

/** Written well or badly, but one that can be read. */
const isRange = (range: string): boolean => !cidr(range).some((message) => message.startsWith('must be a valid CIDR'));

function validateRanges(findings: Findings, ranges: string[]): void {
  const at = 'spec.cidrs';
  if (ranges.length === 0) return findings.required(at, 'at least one CIDR required');
  if (ranges.length > 2) return findings.invalid(at, { CIDRs: ranges }, 'may only hold up to 2 values');
  ranges.forEach((range, index) => {
    const wrong = cidr(range);
    findings.invalidEach(`${at}[${index}]`, range, wrong);
    const [base = '', length = ''] = range.split('/');
    const canonical = `${canonicalAddress(base)}/${length}`;
    if (wrong.length === 0 && canonical !== range) findings.invalid(`${at}[${index}]`, range, `must be in canonical form (${JSON.stringify(canonical)})`);
  });
  const families = ranges.map((range) => isIPv6(range.split('/', 1)[0] ?? ''));
  if (ranges.length === 2 && families[0] === families[1] && ranges.every((range) => isRange(range))) findings.invalid(at, ranges, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64');
}

export function checkServiceRange(findings: Findings, { spec }: ServiceCIDR): void {
  validateRanges(findings, spec?.cidrs ?? []);
}

export function checkServiceRangeUpdate(findings: Findings, now: ServiceCIDR, old: ServiceCIDR): void {
  const ranges = now.spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  if (ranges.length === before.length) {
    before.forEach((range, index) => { if (range !== ranges[index]) findings.invalid(`spec.cidrs[${index}]`, ranges[index], IMMUTABLE); });
  } else if (before.length === 1 && ranges.length === 2) {
    if (ranges[0] !== before[0]) findings.invalid('spec.cidrs[0]', ranges[0], IMMUTABLE);
    validateRanges(findings, ranges);
  } else findings.invalid('spec.cidrs', asGiven(now).spec?.cidrs ?? null, IMMUTABLE);
}
