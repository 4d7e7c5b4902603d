import type { CertificateSigningRequest } from '../../../../schema/v1.37/types/certificates-v1.ts';
import { formatTime } from '../../../base/clock.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, IMMUTABLE } from '../common/findings.ts';
import { pathSegmentName } from '../common/formats.ts';
import { validateSignerName } from '../common/signers.ts';
import { simpleKind } from '../common/simple.ts';
import { podCertificateRules } from './pod-certificates.ts';
import { trustBundleRules } from './trust-bundles.ts';

const USAGES = [
  'signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment', 'cert sign', 'crl sign', 'encipher only', 'decipher only',
  'any', 'server auth', 'client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc',
];

function checkRequest(findings: Findings, text: string | undefined): void {
  const pem = Buffer.from(text ?? '', 'base64').toString('latin1');
  if (!/-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/.test(pem)) {
    const shown = (text ?? '').length > 0 ? text : '';
    findings.invalid('spec.request', shown, 'PEM block type must be CERTIFICATE REQUEST');
  }
}

function check(findings: Findings, { spec }: CertificateSigningRequest, old: CertificateSigningRequest | undefined): void {
  if (old && semanticEqual(spec, old.spec)) return;
  checkRequest(findings, spec?.request);
  if (!spec?.usages?.length) findings.required('spec.usages');
  spec?.usages?.forEach((usage, index) => {
    findings.oneOf(`spec.usages[${index}]`, usage, [...USAGES].sort());
    if (spec.usages!.indexOf(usage) < index) findings.duplicate(`spec.usages[${index}]`, usage);
  });
  if (spec?.signerName === 'kubernetes.io/legacy-unknown') findings.invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version');
  else validateSignerName(findings, 'spec.signerName', spec?.signerName ?? '');
  const seconds = spec?.expirationSeconds;
  if (seconds != null && seconds < 600) findings.invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)');
}

function prepareUpdate(request: CertificateSigningRequest, old: CertificateSigningRequest, { now, subresource }: RuleContext): void {
  request.spec = old.spec;
  if (subresource !== 'approval') {
    request.status = old.status;
    return;
  }
  // Approving writes the conditions and nothing else.
  request.status = { ...old.status, ...(request.status?.conditions ? { conditions: request.status.conditions } : {}) };
  stamp(request, old, now);
}

function stamp(request: CertificateSigningRequest, old: CertificateSigningRequest, now: number): void {
  const time = formatTime(now);
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    condition.status ||= 'True';
    condition.lastUpdateTime ??= time;
    condition.lastTransitionTime ??= before?.status === condition.status ? before.lastTransitionTime ?? time : time;
  }
}

function checkConditions(findings: Findings, { status }: CertificateSigningRequest, old: CertificateSigningRequest): void {
  const types = new Set<string>();
  status?.conditions?.forEach(({ type, status: value }, index) => {
    const at = `status.conditions[${index}]`;
    if (!type) findings.required(`${at}.type`);
    if ((type === 'Approved' || type === 'Denied' || type === 'Failed') && value !== 'True') findings.notSupported(`${at}.status`, value ?? '', ['True']);
    else findings.requiredOneOf(`${at}.status`, value, ['False', 'True', 'Unknown']);
    if (types.has(type)) findings.duplicate(`${at}.type`, type);
    types.add(type);
  });
  if (types.has('Approved') && types.has('Denied')) findings.invalid('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive');
  for (const { type } of old.status?.conditions ?? []) {
    if ((type === 'Approved' || type === 'Denied' || type === 'Failed') && !types.has(type)) findings.forbidden('status.conditions', `updates may not remove a condition of type ${JSON.stringify(type)}`);
  }
}

export function certificateRules(): Record<string, KindRules> {
  return {
    ClusterTrustBundle: trustBundleRules(),
    PodCertificateRequest: podCertificateRules(),
    CertificateSigningRequest: simpleKind<CertificateSigningRequest>({
      namespaced: false, name: pathSegmentName, check, status: () => ({}),
      checkUpdate: checkConditions,
      checkStatus(findings, now, old) {
        checkConditions(findings, now, old);
        const issued = old.status?.certificate;
        if (issued && now.status?.certificate !== issued) findings.invalid('status.certificate', now.status?.certificate ?? null, IMMUTABLE);
      },
      rules: {
        prepareForCreate(request, { asker }) {
          request.status = {};
          // Who asks is for the server to say: signers trust these fields.
          if (asker) request.spec = { ...request.spec, username: asker.name, uid: asker.uid || undefined, groups: asker.groups, extra: asker.extra };
        },
        prepareForUpdate: prepareUpdate,
        prepareForStatusUpdate(request, old, { now }) {
          request.spec = old.spec;
          stamp(request, old, now);
        },
        selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
      },
    }),
  };
}
