import type { Clock } from '../base/clock.ts';
import { createAuthenticator } from '../apiserver/authn/authenticator.ts';
import { createAuthorizer } from '../apiserver/authz/authorizer.ts';
import { reviewHandlers } from '../apiserver/authz/review-handlers.ts';
import type { ObjectReader } from '../apiserver/contracts.ts';
import type { Security } from '../apiserver/create.ts';
import type { ClusterPki } from '../pki/cluster-pki.ts';
import { createTokenSigner, createTokenVerifier } from '../pki/jwt.ts';

/** Who may do what: client certificates and tokens, RBAC and the Node authorizer, admission. */
export function createSecurity(pki: ClusterPki, issuer: string, clock: Clock, objects: ObjectReader): Security {
  const authenticator = createAuthenticator({ reader: objects, verifier: createTokenVerifier([pki.serviceAccount.publicKeyPem]), issuer, clock });
  const authorizer = createAuthorizer(objects);
  const signer = createTokenSigner(pki.serviceAccount.privateKeyPem);
  const tokens = { reader: objects, signer, issuer, apiAudiences: authenticator.apiAudiences, clock, extendPodTokens: true };
  return { authenticator, authorizer, admission: [], reviews: reviewHandlers(authenticator, authorizer, tokens) };
}
