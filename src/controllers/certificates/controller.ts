import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest } from '../../../schema/v1.37/types/certificates-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { CERTIFICATE_SIGNING_REQUESTS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { CLUSTER_CA_SUBJECT, type KeyPair } from '../../pki/certificate.ts';
import { parseCertificateRequest, signCertificateRequest, type RequestedCertificate } from '../../pki/csr.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { conditionOf, forgetTime, isToBeSigned, kubeletClientKind, KUBELET_CLIENT_SIGNER, signerFault } from './recognize.ts';

/** Certificates are good for a year unless the request or the authority says less. */
const LONGEST_LIFETIME_MILLISECONDS = 365 * 24 * 60 * 60 * 1000;

/** Approves kubelets' own certificates, signs what is approved with the cluster's authority, and forgets old requests. */
export function startCertificateController(context: ControllerContext, authority: KeyPair): RunningController {
  const { client, clock } = context;
  const requests = context.informers.for(CERTIFICATE_SIGNING_REQUESTS);
  const queue = new WorkQueue(sync, { name: 'certificates', logger: context.logger, workers: 2, clock });
  const touch = (request: CertificateSigningRequest): void => queue.add(request.metadata?.name ?? '');
  const stop = requests.onEvent({ add: touch, update: touch });
  const authorityEnd = new X509Certificate(authority.certificatePem).validToDate.getTime();

  async function sync(name: string): Promise<void> {
    const request = requests.get(undefined, name);
    if (!request || request.metadata?.deletionTimestamp) return;
    const rest = forgetTime(request, certificateEnd(request)) - clock.now();
    if (rest <= 0) return client.delete(CERTIFICATE_SIGNING_REQUESTS, undefined, name, { preconditions: { uid: request.metadata?.uid } }).catch(unlessGone);
    // Timers do not reach further than 24 days.
    if (rest < Infinity) queue.addAfter(name, Math.min(rest, 2 ** 31 - 1));
    if (isToBeSigned(request)) return sign(request);
    if (request.spec?.signerName === KUBELET_CLIENT_SIGNER && !request.status?.conditions?.length && !request.status?.certificate) await approve(request);
  }

  async function sign(request: CertificateSigningRequest): Promise<void> {
    const spec = request.spec as NonNullable<CertificateSigningRequest['spec']>;
    let fault: string | undefined;
    let wanted: RequestedCertificate | undefined;
    try {
      wanted = await read(request);
      fault = signerFault(spec.signerName, spec.usages ?? [], wanted);
    } catch (error) {
      fault = (error as Error).message;
    }
    if (fault || !wanted) return writeCondition(request, 'Failed', 'SignerValidationFailure', fault ?? '', 'status');
    const asked = spec.expirationSeconds === undefined ? LONGEST_LIFETIME_MILLISECONDS : spec.expirationSeconds * 1000;
    const lifetimeMilliseconds = Math.min(asked, LONGEST_LIFETIME_MILLISECONDS, authorityEnd - clock.now());
    const certificate = signCertificateRequest(authority, CLUSTER_CA_SUBJECT, wanted, { usages: spec.usages ?? [], now: clock.now(), lifetimeMilliseconds });
    await client.updateStatus(CERTIFICATE_SIGNING_REQUESTS, { ...request, status: { ...request.status, certificate: Buffer.from(certificate).toString('base64') } });
  }

  /** Whether the asker may have it is what authorization says of two made-up subresources. */
  async function approve(request: CertificateSigningRequest): Promise<void> {
    const wanted = await read(request).catch(() => undefined);
    const kind = wanted && kubeletClientKind(request, wanted);
    if (!kind) return;
    if (kind === 'self' && await mayHave(request, 'selfnodeclient')) {
      return writeCondition(request, 'Approved', 'AutoApproved', 'Auto approving self kubelet client certificate after SubjectAccessReview.', 'approval');
    }
    if (await mayHave(request, 'nodeclient')) await writeCondition(request, 'Approved', 'AutoApproved', 'Auto approving kubelet client certificate after SubjectAccessReview.', 'approval');
  }

  async function mayHave(request: CertificateSigningRequest, subresource: string): Promise<boolean> {
    const { username, uid, groups, extra } = request.spec ?? {};
    const review = {
      apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview',
      spec: { user: username, uid, groups, extra, resourceAttributes: { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', verb: 'create', subresource, version: '*' } },
    };
    const answer = (await client.raw('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review)) as { status?: { allowed?: boolean } };
    return answer.status?.allowed ?? false;
  }

  async function writeCondition(request: CertificateSigningRequest, type: string, reason: string, message: string, subresource: string): Promise<void> {
    if (conditionOf(request, type)) return;
    const time = formatTime(clock.now());
    const condition = { type, status: 'True', reason, message, lastUpdateTime: time, lastTransitionTime: time };
    await client.update(CERTIFICATE_SIGNING_REQUESTS, { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } }, subresource);
  }

  return { stop() { stop(); queue.stop(); } };
}

function read(request: CertificateSigningRequest): Promise<RequestedCertificate> {
  return parseCertificateRequest(Buffer.from(String(request.spec?.request ?? ''), 'base64').toString());
}

function certificateEnd(request: CertificateSigningRequest): number | undefined {
  if (!request.status?.certificate) return undefined;
  try {
    return new X509Certificate(Buffer.from(String(request.status.certificate), 'base64')).validToDate.getTime();
  } catch {
    return undefined;
  }
}

function unlessGone(error: { code?: number }): void {
  if (error.code !== 404 && error.code !== 409) throw error as Error;
}
