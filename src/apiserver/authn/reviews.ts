import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { badRequest } from '../../api/status.ts';
import type { UserInfo } from '../contracts.ts';
import type { ClusterAuthenticator } from './authenticator.ts';

const toStatus = ({ name, uid, groups, extra }: UserInfo): Record<string, unknown> =>
  ({ username: name, ...(uid ? { uid } : {}), groups, ...(extra && Object.keys(extra).length > 0 ? { extra } : {}) });

export async function tokenReview(object: KubernetesObject, authenticator: ClusterAuthenticator): Promise<KubernetesObject> {
  const { token, audiences } = (object['spec'] ?? {}) as { token?: string; audiences?: string[] };
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  // What is not answered stays as it was asked.
  const { authenticated: _asked, ...given } = (object['status'] ?? {}) as Record<string, unknown>;
  try {
    const identity = await authenticator.authenticateToken(token, audiences?.length ? audiences : authenticator.apiAudiences);
    return { ...object, status: { ...given, authenticated: true, user: toStatus(identity.user), audiences: identity.audiences } };
  } catch (error) {
    return { ...object, status: { ...given, user: given['user'] ?? {}, error: (error as Error).message } };
  }
}

/** Its metadata tells nothing but when it was asked. */
export function selfSubjectReview({ apiVersion, kind }: KubernetesObject, user: UserInfo, now: number): KubernetesObject {
  return { apiVersion, kind, metadata: { creationTimestamp: formatTime(now) }, status: { userInfo: toStatus(user) } };
}
