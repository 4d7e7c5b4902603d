import type { KubernetesObject } from '../../api/object.ts';
import type { ClusterAuthenticator } from '../authn/authenticator.ts';
import { selfSubjectReview, tokenReview } from '../authn/reviews.ts';
import { requestToken, type TokenRequestOptions } from '../authn/token-request.ts';
import type { UserInfo } from '../contracts.ts';
import { localSubjectAccessReview, selfSubjectAccessReview, selfSubjectRulesReview, subjectAccessReview } from './access-reviews.ts';
import type { ClusterAuthorizer } from './authorizer.ts';

export interface ReviewRequest { object: KubernetesObject; user: UserInfo; namespace: string; name: string; warnings?: string[] }
export type ReviewHandler = (request: ReviewRequest) => Promise<KubernetesObject>;

/** Handlers of the resources that only answer, by qualified resource; `serviceaccounts/token` is the subresource. */
export function reviewHandlers(authenticator: ClusterAuthenticator, authorizer: ClusterAuthorizer, tokens: TokenRequestOptions): Map<string, ReviewHandler> {
  return new Map<string, ReviewHandler>([
    ['tokenreviews.authentication.k8s.io', ({ object }) => tokenReview(object, authenticator)],
    ['selfsubjectreviews.authentication.k8s.io', async ({ object, user }) => selfSubjectReview(object, user, tokens.clock.now())],
    ['subjectaccessreviews.authorization.k8s.io', ({ object }) => subjectAccessReview(object, authorizer)],
    ['localsubjectaccessreviews.authorization.k8s.io', ({ object, namespace }) => localSubjectAccessReview(object, namespace, authorizer)],
    ['selfsubjectaccessreviews.authorization.k8s.io', ({ object, user }) => selfSubjectAccessReview(object, user, authorizer)],
    ['selfsubjectrulesreviews.authorization.k8s.io', async ({ object, user }) => selfSubjectRulesReview(object, user, authorizer)],
    ['serviceaccounts/token', ({ object, namespace, name, warnings }) => requestToken(object, namespace, name, tokens, warnings)],
  ]);
}
