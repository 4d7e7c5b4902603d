import { X509Certificate } from 'node:crypto';
import type { PodCertificateRequest, PodCertificateRequestSpec, PodCertificateRequestStatus } from '../../../../schema/v1.37/types/certificates-v1.ts';
import { parseTime } from '../../../base/clock.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, IMMUTABLE, internalValue } from '../common/findings.ts';
import { qualifiedName, subdomainName } from '../common/formats.ts';
import { validateSignerName } from '../common/signers.ts';
import { simpleKind } from '../common/simple.ts';
import { checkConditions } from './policy.ts';

const HOUR_SECONDS = 3600;
const LIFETIME_LIMIT_SECONDS = 91 * 24 * HOUR_SECONDS;
/** For signers of Kubernetes' own. */
const SHORT_LIFETIME_LIMIT_SECONDS = 24 * HOUR_SECONDS;
const REQUEST_LIMIT = 10 * 1024;
const CHAIN_LIMIT = 100 * 1024;
const ANNOTATIONS_LIMIT = 256 * 1024;
const UID_LIMIT = 128;
const MINUTE_MILLISECONDS = 60_000;
const OUTCOMES = ['Issued', 'Denied', 'Failed'];

function checkAnnotations(findings: Findings, annotations: Record<string, string> | undefined): void {
  const at = 'spec.unverifiedUserAnnotations';
  for (const name of Object.keys(annotations ?? {})) {
    const key = name.toLowerCase(), faults = qualifiedName(key);
    if (!key) findings.required(at);
    else if (faults.length > 0) findings.invalidEach(at, key, faults);
    else if (!key.includes('/')) findings.invalid(at, key, 'must be a domain-prefixed key (such as "acme.io/foo")');
  }
  const size = Object.entries(annotations ?? {}).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size > ANNOTATIONS_LIMIT) findings.tooLong(at, ANNOTATIONS_LIMIT);
}

function checkSpec(findings: Findings, spec: PodCertificateRequestSpec): void {
  validateSignerName(findings, 'spec.signerName', spec.signerName ?? '');
  checkAnnotations(findings, spec.unverifiedUserAnnotations);
  for (const [name, uid] of [['podName', 'podUID'], ['serviceAccountName', 'serviceAccountUID'], ['nodeName', 'nodeUID']] as const) {
    findings.invalidEach(`spec.${name}`, spec[name] ?? '', subdomainName(spec[name] ?? ''));
    if (!spec[uid]) findings.invalid(`spec.${uid}`, '', 'must not be empty');
    else if (spec[uid].length > UID_LIMIT) findings.tooLong(`spec.${uid}`, UID_LIMIT);
  }
  const seconds = spec.maxExpirationSeconds;
  if (seconds == null) return findings.required('spec.maxExpirationSeconds', 'must be set');
  const limit = /^([^/]*\.)?kubernetes\.io\//.test(spec.signerName) ? SHORT_LIFETIME_LIMIT_SECONDS : LIFETIME_LIMIT_SECONDS;
  if (seconds < HOUR_SECONDS || seconds > limit) findings.invalid('spec.maxExpirationSeconds', seconds, `must be in the range [${HOUR_SECONDS}, ${limit}]`);
  const request = Buffer.from(spec.stubPKCS10Request ?? '', 'base64');
  if (request.length === 0) findings.invalidWithoutValue('spec', 'exactly one of (stubPKCS10Request) or (pkixPublicKey, proofOfPossession) must be set');
  else if (request.length > REQUEST_LIMIT) findings.tooLong('spec.stubPKCS10Request', REQUEST_LIMIT);
  // An SEQUENCE is what every request is.
  else if (request[0] !== 0x30) findings.invalidWithoutValue('spec.stubPKCS10Request', 'must be a valid PKCS#10 CSR');
}

const outcomeOf = (status: PodCertificateRequestStatus | undefined): string | undefined => status?.conditions?.find(({ type }) => OUTCOMES.includes(type))?.type;

function checkStatus(findings: Findings, { spec, status = {} }: PodCertificateRequest, old: PodCertificateRequest): void {
  let known = 0;
  status.conditions?.forEach(({ type, status: value }, index) => {
    const at = `status.conditions.[${index}]`;
    if (!OUTCOMES.includes(type)) return findings.notSupported(`${at}.type`, type, OUTCOMES);
    if (++known > 1) findings.invalid(`${at}.type`, type, 'There may be at most one condition with type "Issued", "Denied", or "Failed"');
    if (value !== 'True') findings.notSupported(`${at}.status`, value, ['True']);
  });
  checkConditions(findings, 'status.conditions', status.conditions);
  if (!findings.empty) return;
  const outcome = outcomeOf(status);
  const same = (wanted: PodCertificateRequestStatus | undefined, detail: string): void => {
    if (!semanticEqual(status, wanted ?? {})) findings.invalid('status', internalValue('certificates.PodCertificateRequestStatus', status), detail);
  };
  if (outcomeOf(old.status)) same(old.status, 'immutable after PodCertificateRequest is issued, denied, or failed');
  else if (outcome === 'Issued') checkIssued(findings, spec, status);
  else if (outcome) same({ conditions: status.conditions }, 'non-condition status fields must be empty when denying or failing the PodCertificateRequest');
  else same(old.status, 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"');
}

function checkIssued(findings: Findings, spec: PodCertificateRequestSpec, status: PodCertificateRequestStatus): void {
  const at = 'status.certificateChain', chain = status.certificateChain ?? '';
  if (chain.length > CHAIN_LIMIT) return findings.tooLong(at, CHAIN_LIMIT);
  const blocks = [...chain.matchAll(/-----BEGIN ([^\n]*?)-----[\s\S]*?-----END \1-----/g)];
  if (blocks.length === 0) return findings.invalid(at, chain, 'issued certificate chain must contain at least one certificate');
  if (blocks.some(([, type]) => type !== 'CERTIFICATE')) return findings.invalid(at, chain, 'issued certificate chain must consist entirely of CERTIFICATE PEM blocks');
  const certificates = blocks.map(([block]) => parsed(block));
  const [leaf, ...others] = certificates;
  if (!leaf) return findings.invalid(at, chain, 'leaf certificate does not parse as valid X.509');
  if (others.includes(undefined)) return findings.invalid(at, chain, 'intermediate certificate does not parse as valid X.509');
  checkTimes(findings, spec, status, leaf);
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function checkTimes(findings: Findings, spec: PodCertificateRequestSpec, status: PodCertificateRequestStatus, leaf: X509Certificate): void {
  for (const field of ['notBefore', 'notAfter'] as const) if (!status[field]) findings.required(`status.${field}`, 'must be present and consistent with the issued certificate');
  if (!status.beginRefreshAt) findings.required('status.beginRefreshAt', 'must be present and in the range [notbefore+10min, notafter-10min]');
  if (!findings.empty) return;
  const from = leaf.validFromDate.getTime(), to = leaf.validToDate.getTime(), refresh = parseTime(status.beginRefreshAt ?? '');
  if (parseTime(status.notBefore ?? '') !== from) return findings.invalid('status.notBefore', status.notBefore, 'must be set to the NotBefore time encoded in the leaf certificate');
  if (parseTime(status.notAfter ?? '') !== to) return findings.invalid('status.notAfter', status.notAfter, 'must be set to the NotAfter time encoded in the leaf certificate');
  const seconds = (to - from) / 1000;
  if (seconds < HOUR_SECONDS) return findings.invalid('status.certificateChain', seconds, 'leaf certificate lifetime must be >= 1 hour');
  if (seconds > (spec.maxExpirationSeconds ?? 0)) return findings.invalid('status.certificateChain', seconds, `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${spec.maxExpirationSeconds})`);
  if (refresh < from + 10 * MINUTE_MILLISECONDS) findings.invalid('status.beginRefreshAt', status.beginRefreshAt, 'must be at least 10 minutes after status.notBefore');
  else if (refresh > to - 10 * MINUTE_MILLISECONDS) findings.invalid('status.beginRefreshAt', status.beginRefreshAt, 'must be at least 10 minutes before status.notAfter');
}

export function podCertificateRules(): KindRules {
  return simpleKind<PodCertificateRequest>({
    namespaced: true, conditional: true, onlyCreate: true, status: () => ({}), checkStatus,
    check: (findings, { spec }) => checkSpec(findings, spec ?? {} as PodCertificateRequestSpec),
    checkUpdate: (findings, now, old) => {
      if (!semanticEqual(now.spec, old.spec)) findings.invalid('spec', internalValue('certificates.PodCertificateRequestSpec', now.spec), IMMUTABLE);
    },
    rules: {
      default: ({ spec }) => {
        if (spec) spec.maxExpirationSeconds ??= 24 * HOUR_SECONDS;
      },
      selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '', 'spec.podName': spec?.podName ?? '', 'spec.nodeName': spec?.nodeName ?? '' }),
    },
  });
}
