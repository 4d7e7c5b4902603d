import type { Findings } from './findings.ts';
import { dnsLabel, dnsSubdomain } from './formats.ts';

/** `example.com/signer-name` */
export function validateSignerName(findings: Findings, path: string, name: string): void {
  if (!name) return findings.required(path);
  const segments = name.split('/');
  if (segments.length !== 2) return findings.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
  const [domain = '', last = ''] = segments;
  if (domain.length > 253) findings.tooLong(path, 253);
  const labels = domain.split('.');
  const wrongLabel = labels.find((label) => dnsLabel(label).length > 0);
  if (wrongLabel != null) findings.invalidEach(path, domain, dnsLabel(wrongLabel).map((message) => `validating label ${JSON.stringify(wrongLabel)}: ${message}`));
  if (labels.length < 2) findings.invalid(path, domain, 'should be a domain with at least two segments separated by dots');
  const wrongPart = last.split('.').find((part) => dnsSubdomain(part).length > 0);
  if (wrongPart != null) findings.invalidEach(path, last, dnsSubdomain(wrongPart).map((message) => `validating label ${JSON.stringify(wrongPart)}: ${message}`));
  if (name.length > 571) findings.tooLong(path, 571);
}
