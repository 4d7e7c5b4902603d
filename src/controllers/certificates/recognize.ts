import type { CertificateSigningRequest } from '../../../schema/v1.37/types/certificates-v1.ts';
import { parseTime } from '../../base/clock.ts';
import type { RequestedCertificate } from '../../pki/csr.ts';

export const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
export const KUBELET_CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client-kubelet';
export const KUBELET_SERVING_SIGNER = 'kubernetes.io/kubelet-serving';
export const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
export const SIGNERS = new Set([CLIENT_SIGNER, KUBELET_CLIENT_SIGNER, KUBELET_SERVING_SIGNER, LEGACY_SIGNER]);

const HOUR = 60 * 60 * 1000;
const APPROVED_LIFETIME = HOUR;
const DENIED_LIFETIME = HOUR;
const PENDING_LIFETIME = 24 * HOUR;

export function conditionOf(request: CertificateSigningRequest, type: string): { lastUpdateTime?: string } | undefined {
  return request.status?.conditions?.find((condition) => condition.type === type);
}

/** Approved, not denied, not failed and not yet served by one of our signers. */
export function isToBeSigned(request: CertificateSigningRequest): boolean {
  return SIGNERS.has(request.spec?.signerName ?? '') && Boolean(conditionOf(request, 'Approved')) && !conditionOf(request, 'Denied')
    && !conditionOf(request, 'Failed') && !request.status?.certificate;
}

const usesExactly = (usages: string[], required: string[], optional: string[]): boolean =>
  required.every((usage) => usages.includes(usage)) && usages.every((usage) => required.includes(usage) || optional.includes(usage));

function nodeSubjectFault({ subject }: RequestedCertificate): string | undefined {
  if (subject.organizations.length !== 1 || subject.organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes';
  return subject.commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
}

/** Why a signer may not serve a request; undefined when it may. */
export function signerFault(signerName: string, usages: string[], wanted: RequestedCertificate): string | undefined {
  switch (signerName) {
    case KUBELET_CLIENT_SIGNER: {
      const fault = nodeSubjectFault(wanted);
      if (fault) return fault;
      if (wanted.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
      if (wanted.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
      if (wanted.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
      if (wanted.uris.length > 0) return 'URI subjectAltNames are not allowed';
      return usesExactly(usages, ['client auth', 'digital signature'], ['key encipherment']) ? undefined : 'usages did not match [client auth digital signature key encipherment]';
    }
    case KUBELET_SERVING_SIGNER: {
      const fault = nodeSubjectFault(wanted);
      if (fault) return fault;
      if (wanted.dnsNames.length + wanted.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
      if (wanted.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
      if (wanted.uris.length > 0) return 'URI subjectAltNames are not allowed';
      return usesExactly(usages, ['server auth', 'digital signature'], ['key encipherment']) ? undefined : 'usages did not match [digital signature key encipherment server auth]';
    }
    case CLIENT_SIGNER:
      return usesExactly(usages, ['client auth'], ['digital signature', 'key encipherment']) ? undefined : 'usages did not match [client auth digital signature key encipherment]';
    default: return undefined;
  }
}

/** A kubelet's client certificate: `self` when the node asks for itself. undefined for anything else. */
export function kubeletClientKind(request: CertificateSigningRequest, wanted: RequestedCertificate): 'self' | 'node' | undefined {
  if (request.spec?.signerName !== KUBELET_CLIENT_SIGNER || signerFault(KUBELET_CLIENT_SIGNER, request.spec.usages ?? [], wanted)) return undefined;
  return request.spec.username === wanted.subject.commonName ? 'self' : 'node';
}

/** When a request may be forgotten. `certificateEnd` is when its certificate runs out, where it has one. */
export function forgetTime(request: CertificateSigningRequest, certificateEnd: number | undefined): number {
  const created = parseTime(request.metadata?.creationTimestamp ?? '');
  const since = (type: string, lifetime: number): number => {
    const condition = conditionOf(request, type);
    return condition ? (parseTime(condition.lastUpdateTime ?? '') || created) + lifetime : Infinity;
  };
  const pending = request.status?.conditions?.length || request.status?.certificate ? Infinity : created + PENDING_LIFETIME;
  const issued = request.status?.certificate ? since('Approved', APPROVED_LIFETIME) : Infinity;
  return Math.min(pending, issued, since('Denied', DENIED_LIFETIME), since('Failed', DENIED_LIFETIME), certificateEnd ?? Infinity);
}
