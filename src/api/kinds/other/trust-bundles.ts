import { X509Certificate } from 'node:crypto';
import type { ClusterTrustBundle } from '../../../../schema/v1.37/types/certificates-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { type Findings, IMMUTABLE } from '../common/findings.ts';
import { type NameCheck, subdomainName } from '../common/formats.ts';
import { validateSignerName } from '../common/signers.ts';
import { simpleKind } from '../common/simple.ts';

const SIZE_LIMIT = 1024 * 1024;
const BLOCK = /-----BEGIN ([^\n]*?)-----\r?\n([\s\S]*?)-----END \1-----/g;
const NOT_SHOWN = '<value omitted>';

/** A bundle of a signer is named after it: `example.com/signer` -> `example.com:signer:anything`. */
function nameCheck(signer: string): NameCheck {
  if (!signer) return (name, isPrefix) => name.includes(':') ? ['ClusterTrustBundle without signer name must not have ":" in its name'] : subdomainName(name, isPrefix);
  const prefix = `${signer.replaceAll('/', ':')}:`;
  return (name, isPrefix) => name.startsWith(prefix) ? subdomainName(name.slice(prefix.length), isPrefix)
    : [`ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`];
}

function checkAnchors(findings: Findings, text: string): void {
  const path = 'spec.trustBundle', problems: string[] = [], places = new Map<string, number[]>();
  if (Buffer.byteLength(text) > SIZE_LIMIT) return findings.tooLong(path, SIZE_LIMIT);
  [...text.matchAll(BLOCK)].forEach(([, type = '', body = ''], index) => {
    const problem = problemOf(type, body);
    if (problem) problems.push(`entry ${index} ${problem}`);
    const anchor = body.replace(/\s/g, '');
    places.set(anchor, [...places.get(anchor) ?? [], index]);
  });
  if (problems.length === 0) {
    if (places.size === 0) problems.push('at least one trust anchor must be provided');
    for (const indices of places.values()) if (indices.length > 1) problems.push(`duplicate trust anchor (indices [${indices.join(' ')}])`);
  }
  for (const problem of problems) findings.invalid(path, NOT_SHOWN, problem);
}

function problemOf(type: string, body: string): string | undefined {
  if (type !== 'CERTIFICATE') return `has bad block type: ${type}`;
  if (body.includes(':')) return 'has PEM block headers';
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(body, 'base64'));
  } catch {
    return 'does not parse as X.509';
  }
  return certificate.ca ? undefined : 'does not have the CA bit set';
}

function check(findings: Findings, { spec }: ClusterTrustBundle, old: ClusterTrustBundle | undefined): void {
  if (spec.signerName) validateSignerName(findings, 'spec.signerName', spec.signerName);
  if (spec.trustBundle !== old?.spec.trustBundle) checkAnchors(findings, spec.trustBundle ?? '');
  if (old && (spec.signerName ?? '') !== (old.spec.signerName ?? '')) findings.invalid('spec.signerName', spec.signerName ?? '', IMMUTABLE);
}

export function trustBundleRules(): KindRules {
  return simpleKind<ClusterTrustBundle>({
    namespaced: false, conditional: true, check, nameOf: ({ spec }) => nameCheck(spec?.signerName ?? ''),
    rules: { selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }) },
  });
}
