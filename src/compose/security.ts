import { createPublicKey } from 'node:crypto';
import type { ResourceQuota } from '../../schema/v1.37/types/core-v1.ts';
import { decodeObject } from '../api/codec/json.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { Scheme } from '../api/schema.ts';
import { createAdmission, type DynamicAdmission } from '../apiserver/admission/create.ts';
import { WebhookMetrics } from '../apiserver/admission/webhooks/metrics.ts';
import { PodSecurityMetrics } from '../apiserver/admission/pod-security/metrics.ts';
import type { QuotaWriter } from '../apiserver/admission/quota/plugin.ts';
import { createAuthenticator } from '../apiserver/authn/authenticator.ts';
import { createAuthorizer } from '../apiserver/authz/authorizer.ts';
import { reviewHandlers } from '../apiserver/authz/review-handlers.ts';
import type { ObjectReader } from '../apiserver/contracts.ts';
import type { ApiServer, Security } from '../apiserver/create.ts';
import { inVersion } from '../apiserver/registry/versions.ts';
import type { Clock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import { NAMESPACES, RESOURCE_QUOTAS } from '../client/resources.ts';
import type { ClusterPki } from '../pki/cluster-pki.ts';
import type { ServerFlags, ServiceAccountFlags } from './server-flags.ts';
import { createTokenSigner, createTokenVerifier } from '../pki/jwt.ts';

export interface SecurityParts {
  pki: ClusterPki;
  /** `https://kubernetes.default.svc.cluster.local` */
  issuer: string;
  clock: Clock;
  objects: ObjectReader;
  connectService: ApiServer['connectService'];
  /** Of the server itself; asked for only once it serves. */
  client(): Client;
  server(): ApiServer;
  scheme: Scheme;
  /** What flags ask for beside the cluster's own ways. */
  given: Pick<ServerFlags, 'authentication' | 'authorizer' | 'apiAudiences' | 'metricsText'> & { serviceAccounts?: ServiceAccountFlags; admission?: ServerFlags['admission'] };
}

/** Who may do what: client certificates and tokens, RBAC and the Node authorizer, admission. */
export function createSecurity({ pki, issuer, clock, objects, connectService, client, server, scheme, given }: SecurityParts): Security {
  const authenticator = createAuthenticator({ reader: objects, verifier: createTokenVerifier(serviceAccountKeys(pki, given.serviceAccounts)), issuer, clock, ...given.authentication, ...(given.apiAudiences ? { apiAudiences: given.apiAudiences } : {}) });
  const authorizer = given.authorizer?.(objects) ?? createAuthorizer(objects);
  const { signingKey = pki.serviceAccount.privateKeyPem, maximumSeconds = 0, extendPodTokens = true } = given.serviceAccounts ?? {};
  const signer = createTokenSigner(signingKey);
  const tokens = { reader: objects, signer, issuer, apiAudiences: authenticator.apiAudiences, clock, extendPodTokens, ...(maximumSeconds === 0 ? {} : { maximumSeconds }) };
  const writeQuotaStatus: QuotaWriter = async (quota) => {
    try {
      return await client().updateStatus(RESOURCE_QUOTAS, quota as ResourceQuota);
    } catch (error) {
      if ((error as { code?: number }).code === 409) return undefined;
      throw error;
    }
  };
  const makeNamespace = async (name: string): Promise<void> => { await client().create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }); };
  const webhookMetrics = new WebhookMetrics(), podSecurityMetrics = new PodSecurityMetrics();
  const admission = createAdmission({ webhookMetrics, podSecurityMetrics, reader: objects, authorizer, writeQuotaStatus, clock, dynamic: dynamicAdmission(scheme, server, connectService), settings: given.admission, makeNamespace });
  return { authenticator, authorizer, admission, reviews: reviewHandlers(authenticator, authorizer, tokens), metricsText: () => authenticator.metricsText() + (authorizer.metricsText?.() ?? '') + (given.metricsText?.() ?? '') + webhookMetrics.text() + podSecurityMetrics.text() };
}

/** Public keys whose tokens count, as PEM texts: the signing one first; the cluster's own stays among them. */
export function serviceAccountKeys(pki: ClusterPki, given: ServiceAccountFlags | undefined): string[] {
  const signing = given?.signingKey === undefined ? [] : [createPublicKey(given.signingKey).export({ type: 'spki', format: 'pem' }).toString()];
  return [...new Set([...signing, ...(signing.length === 0 ? [pki.serviceAccount.publicKeyPem] : []), ...given?.publicKeys ?? [], pki.serviceAccount.publicKeyPem])];
}

/** What webhooks and admission policies need of the server that asks them. */
function dynamicAdmission(scheme: Scheme, server: () => ApiServer, connectService: ApiServer['connectService']): DynamicAdmission {
  return {
    scheme,
    connectService,
    convert: (object, to) => inVersion(server().context, to, object),
    normalize(object, info) {
      const decoded = decodeObject<KubernetesObject>(object, info.schema).object;
      server().context.kindRules(info.group, info.kind)?.default?.(decoded);
      return decoded;
    },
  };
}
