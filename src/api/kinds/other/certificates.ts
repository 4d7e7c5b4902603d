import type { CertificateSigningRequest } from '../../../../schema/v1.37/types/certificates-v1.ts';
import { formatTime } from '../../../base/clock.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import type { Findings } from '../common/findings.ts';
import { pathSegmentName } from '../common/formats.ts';
import { validateSignerName } from '../common/signers.ts';
import { simpleKind } from '../common/simple.ts';
import { checkStatusUpdate, keepDecisions } from './certificate-status.ts';
import { podCertificateRules } from './pod-certificates.ts';
import { trustBundleRules } from './trust-bundles.ts';

const USAGES = [
  'signing', 'digital signature', 'content commitment', 'key encipherment', 'key agreement', 'data encipherment', 'cert sign', 'crl sign', 'encipher only', 'decipher only',
  'any', 'server auth', 'client auth', 'code signing', 'email protection', 's/mime', 'ipsec end system', 'ipsec tunnel', 'ipsec user', 'timestamping', 'ocsp signing', 'microsoft sgc', 'netscape sgc',
];

function checkRequest(findings: Findings, text: string | undefined): void {
  const pem = Buffer.from(text ?? '', 'base64').toString('latin1');
  if (!/-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/.test(pem)) {
    findings.invalid('spec.request', text ?? null, 'PEM block type must be CERTIFICATE REQUEST');
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
  const { conditions: _decided, ...rest } = old.status ?? {};
  request.status = { ...rest, ...(request.status?.conditions ? { conditions: request.status.conditions } : {}) };
  stamp(request, old, now);
}

function stamp(request: CertificateSigningRequest, old: CertificateSigningRequest, now: number): void {
  const time = formatTime(now);
  for (const condition of request.status?.conditions ?? []) {
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= time;
    condition.lastTransitionTime ??= before?.status === condition.status ? before.lastTransitionTime ?? time : time;
  }
}

export function certificateRules(): Record<string, KindRules> {
  return {
    ClusterTrustBundle: trustBundleRules(),
    PodCertificateRequest: podCertificateRules(),
    CertificateSigningRequest: simpleKind<CertificateSigningRequest>({
      namespaced: false, name: pathSegmentName, check, status: () => ({}),
      checkUpdate: (findings, now, old, { subresource }) => checkStatusUpdate(findings, now, old, subresource === 'approval' ? 'approver' : 'other'),
      checkStatus: (findings, now, old) => checkStatusUpdate(findings, now, old, 'signer'),
      rules: {
        prepareForCreate(request, { asker }) {
          request.status = {};
          // Who asks is for the server to say: signers trust these fields.
          if (asker) request.spec = { ...request.spec, username: asker.name, uid: asker.uid || undefined, groups: asker.groups, extra: asker.extra };
        },
        prepareForUpdate: prepareUpdate,
        prepareForStatusUpdate(request, old, { now }) {
          request.spec = old.spec;
          keepDecisions(request, old);
          stamp(request, old, now);
        },
        selectableFields: ({ spec }) => ({ 'spec.signerName': spec?.signerName ?? '' }),
      },
    }),
  };
}
