import type { PodCertificateRequest } from '../../../schema/v1.37/types/certificates-v1.ts';
import type { Pod, PodCertificateProjection } from '../../../schema/v1.37/types/core-v1.ts';
import { StatusError } from '../../api/status.ts';
import { parseTime, type Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import { NODES, POD_CERTIFICATE_REQUESTS, SERVICE_ACCOUNTS } from '../../client/resources.ts';

/** How long a volume's set-up waits for the signer before it fails and is tried again. */
const PATIENCE_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 300;
const REFRESH_POLL_MILLISECONDS = 5_000;
/** Renewals of many pods must not fall on one moment. */
const JITTER_MILLISECONDS = 5 * 60_000;

export interface PodCredentials { privateKeyPem: string; chainPem: string; /** When to ask again. */ refreshAt: number }
interface Pending { name: string; privateKeyPem: string }
interface Credential { current?: PodCredentials; pending?: Pending; /** A refusal is final for the pod. */ refused?: string; running?: Promise<PodCredentials> }

export interface PodCertificatesOptions { client: Client; clock: Clock; random: Random; events: EventRecorder; nodeName: string }

/** Keys of pods with certificates for them, asked for through PodCertificateRequests and renewed when their signer says. */
export class PodCertificates {
  private readonly options: PodCertificatesOptions;
  private readonly known = new Map<string, Credential>();

  constructor(options: PodCertificatesOptions) {
    this.options = options;
  }

  /** The credentials of one projection; `place` names it within the pod. Throws while there are none. */
  credentials(pod: Pod, place: string, projection: PodCertificateProjection): Promise<PodCredentials> {
    const key = `${pod.metadata?.uid}/${place}`;
    const credential = this.known.get(key) ?? {};
    this.known.set(key, credential);
    credential.running ??= this.advance(pod, projection, credential).finally(() => { credential.running = undefined; });
    return credential.running;
  }

  forget(podUid: string): void {
    for (const key of this.known.keys()) if (key.startsWith(`${podUid}/`)) this.known.delete(key);
  }

  private async advance(pod: Pod, projection: PodCertificateProjection, credential: Credential): Promise<PodCredentials> {
    const { clock } = this.options;
    if (credential.refused !== undefined) throw new Error(credential.refused);
    if (credential.current && clock.now() < credential.current.refreshAt) return credential.current;
    credential.pending ??= await this.request(pod, projection);
    const { pending } = credential, deadline = clock.monotonic() + PATIENCE_MILLISECONDS;
    for (;;) {
      const outcome = await this.look(pod, credential, pending);
      if (outcome) return outcome;
      if (credential.current) return { ...credential.current, refreshAt: clock.now() + REFRESH_POLL_MILLISECONDS };
      if (clock.monotonic() >= deadline) throw new Error(`PodCertificateRequest "${pod.metadata?.namespace}/${pending.name}" is not issued yet`);
      await new Promise<void>((resolve) => clock.after(POLL_MILLISECONDS, resolve));
    }
  }

  /** Undefined: the signer has not answered. */
  private async look(pod: Pod, credential: Credential, pending: Pending): Promise<PodCredentials | undefined> {
    const { client, events, random } = this.options;
    const where = `${pod.metadata?.namespace}/${pending.name}`;
    const request = await client.get(POD_CERTIFICATE_REQUESTS, pod.metadata?.namespace, pending.name).catch((error: unknown) => {
      // The next try asks anew.
      if (error instanceof StatusError && error.code === 404) credential.pending = undefined;
      throw error;
    });
    for (const { type, reason, message } of request.status?.conditions ?? []) {
      if (type === 'Issued') {
        const refreshAt = parseTime(request.status?.beginRefreshAt ?? '') + random.fraction() * JITTER_MILLISECONDS;
        credential.pending = undefined;
        credential.current = { privateKeyPem: pending.privateKeyPem, chainPem: certificatesOf(request), refreshAt };
        return credential.current;
      }
      if (type !== 'Denied' && type !== 'Failed') continue;
      const told = type === 'Denied' ? 'was denied' : 'failed';
      events.event(pod as never, 'Warning', type, `PodCertificateRequest ${where} ${told}, reason=${JSON.stringify(reason)}, message=${JSON.stringify(message)}`);
      credential.refused = `PodCertificateRequest ${where} ${told}: ${reason}: ${message}`;
      throw new Error(credential.refused);
    }
    return undefined;
  }

  private async request(pod: Pod, projection: PodCertificateProjection): Promise<Pending> {
    const { client, nodeName } = this.options;
    const { name = '', namespace, uid = '' } = pod.metadata ?? {};
    const account = pod.spec?.serviceAccountName || 'default';
    const { newKeyWithStubRequest } = await import('../../pki/stub-request.ts');
    const [node, serviceAccount, { privateKeyPem, request }] = await Promise.all([
      client.get(NODES, undefined, nodeName), client.get(SERVICE_ACCOUNTS, namespace, account), newKeyWithStubRequest(projection.keyType),
    ]);
    const created = await client.create(POD_CERTIFICATE_REQUESTS, {
      apiVersion: 'certificates.k8s.io/v1', kind: 'PodCertificateRequest',
      metadata: { generateName: 'req-', namespace, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }] },
      spec: {
        signerName: projection.signerName, podName: name, podUID: uid, serviceAccountName: account, serviceAccountUID: serviceAccount.metadata?.uid ?? '',
        nodeName, nodeUID: node.metadata?.uid ?? '', maxExpirationSeconds: projection.maxExpirationSeconds, stubPKCS10Request: request.toString('base64'),
        unverifiedUserAnnotations: projection.userAnnotations,
      },
    });
    return { name: created.metadata?.name ?? '', privateKeyPem };
  }
}

/** The chain without what signers may write between certificates. */
function certificatesOf(request: PodCertificateRequest): string {
  const blocks = request.status?.certificateChain?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => `${block}\n`).join('');
}
