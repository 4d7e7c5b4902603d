import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../api/object.ts';
import { parseCertificateRequest } from '../../pki/csr.ts';
import type { AdmissionPlugin, Authorizer, UserInfo } from '../contracts.ts';
import { concerns, forbid } from './attributes.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = `certificatesigningrequests.${GROUP}`;
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';

interface RequestLike { spec?: { signerName?: string; request?: string }; status?: { certificate?: string; conditions?: unknown[] } }

/** A verb on one signer, or on all signers of its domain (`example.com/*`). */
async function maySign(authorizer: Authorizer, user: UserInfo, verb: string, signerName: string): Promise<boolean> {
  const domain = signerName.slice(0, Math.max(0, signerName.indexOf('/')));
  for (const name of [signerName, `${domain}/*`]) {
    const { decision } = await authorizer.authorize({
      user, verb, isResourceRequest: true, path: '', group: GROUP, version: '*', resource: 'signers', subresource: '', namespace: '', name,
    });
    if (decision === 'allow') return true;
  }
  return false;
}

const subresource = (wanted: string): AdmissionPlugin['handles'] =>
  ({ info, subresource: found, operation }) => operation === 'UPDATE' && found === wanted && info.resource === 'certificatesigningrequests' && info.group === GROUP;

export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: subresource('approval'),
    async validate(attributes) {
      const signer = (attributes.oldObject as RequestLike).spec?.signerName ?? '';
      if (!(await maySign(authorizer, attributes.user, 'approve', signer))) throw forbid(attributes, `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`);
    },
  };
}

export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: subresource('status'),
    async validate(attributes) {
      const old = attributes.oldObject as RequestLike;
      const { status } = attributes.object as RequestLike;
      if (old.status?.certificate === status?.certificate && isDeepStrictEqual(old.status?.conditions ?? [], status?.conditions ?? [])) return;
      const signer = old.spec?.signerName ?? '';
      if (!(await maySign(authorizer, attributes.user, 'sign', signer))) throw forbid(attributes, `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`);
    },
  };
}

/** Nobody gets a client certificate of system:masters by asking. */
export function certificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (attributes) => concerns(attributes, REQUESTS, 'CREATE'),
    async validate(attributes) {
      const { spec } = attributes.object as RequestLike;
      if (spec?.signerName !== CLIENT_SIGNER) return;
      let organizations: string[];
      try {
        organizations = (await parseCertificateRequest(Buffer.from(spec.request ?? '', 'base64').toString())).subject.organizations;
      } catch (error) {
        throw forbid(attributes, `failed to parse CSR: ${(error as Error).message}`);
      }
      if (organizations.includes('system:masters')) throw forbid(attributes, `use of ${CLIENT_SIGNER} signer with system:masters group is not allowed`);
    },
  };
}

/** Only who may attest for a signer publishes its trust bundle. */
export function clusterTrustBundleAttest(authorizer: Authorizer): AdmissionPlugin {
  const signerOf = (object: KubernetesObject | undefined): string => (object?.['spec'] as { signerName?: string } | undefined)?.signerName ?? '';
  return {
    name: 'ClusterTrustBundleAttest',
    handles: (attributes) => concerns(attributes, `clustertrustbundles.${GROUP}`, 'CREATE', 'UPDATE'),
    async validate(attributes) {
      const signer = signerOf(attributes.object);
      if (!signer || (await maySign(authorizer, attributes.user, 'attest', signer))) return;
      throw forbid(attributes, `user not permitted to attest for signerName ${JSON.stringify(signer)}`);
    },
  };
}
