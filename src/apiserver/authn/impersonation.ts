import { badRequest } from '../../api/status.ts';
import type { Authorizer, AuthorizationAttributes, Credentials, UserInfo } from '../contracts.ts';
import { authorizationError } from '../authz/forbidden.ts';
import { decodeKey, splitList } from './certificates.ts';
import { ANONYMOUS, AUTHENTICATED, headerValues, serviceAccountGroups, splitServiceAccountName, UNAUTHENTICATED } from './users.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const AUTHENTICATION = 'authentication.k8s.io';

/** One thing the asker must be allowed to impersonate. */
interface Claim { group: string; resource: string; subresource: string; namespace: string; name: string }

interface Wish { userName: string; groups: string[]; uid: string; extra: Record<string, string[]> }

function readWish(headers: Credentials['headers']): Wish | undefined {
  const userName = headerValues(headers, 'impersonate-user')[0] ?? '';
  const groups = splitList(headerValues(headers, 'impersonate-group'));
  const uid = headerValues(headers, 'impersonate-uid')[0] ?? '';
  const extra: Record<string, string[]> = {};
  for (const header in headers) {
    if (header.startsWith(EXTRA_PREFIX)) extra[decodeKey(header.slice(EXTRA_PREFIX.length))] = splitList(headerValues(headers, header));
  }
  const more = groups.length > 0 || uid !== '' || Object.keys(extra).length > 0;
  if (!userName && more) throw badRequest(`requested ${JSON.stringify({ groups, uid, extra })} without impersonating a user`);
  return userName ? { userName, groups, uid, extra } : undefined;
}

function claimsOf({ userName, groups, uid, extra }: Wish): Claim[] {
  const claim = (resource: string, name: string, more: Partial<Claim> = {}): Claim =>
    ({ group: '', resource, subresource: '', namespace: '', name, ...more });
  const account = splitServiceAccountName(userName);
  return [
    account ? claim('serviceaccounts', account.name, { namespace: account.namespace }) : claim('users', userName),
    ...groups.map((group) => claim('groups', group)),
    ...Object.entries(extra).flatMap(([key, values]) => values.map((value) => claim('userextras', value, { group: AUTHENTICATION, subresource: key }))),
    ...(uid ? [claim('uids', uid, { group: AUTHENTICATION })] : []),
  ];
}

function impersonatedUser({ userName, groups: named, uid, extra }: Wish): UserInfo {
  const account = splitServiceAccountName(userName);
  const groups = named.length === 0 && account ? serviceAccountGroups(account.namespace) : [...named];
  if (userName === ANONYMOUS.name) {
    if (!groups.includes(UNAUTHENTICATED)) groups.push(UNAUTHENTICATED);
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes(UNAUTHENTICATED)) {
    groups.push(AUTHENTICATED);
  }
  return { name: userName, groups, ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

/**
 * The user to go on as: the asker, or whom the `Impersonate-*` headers name when the asker may. Throws StatusError 403 or 400.
 * The caller must not pass these headers on to anyone.
 */
export async function impersonate(headers: Credentials['headers'], asker: UserInfo, authorizer: Authorizer): Promise<UserInfo> {
  const wish = readWish(headers);
  if (!wish) return asker;
  for (const claim of claimsOf(wish)) {
    const attributes: AuthorizationAttributes = { user: asker, verb: 'impersonate', isResourceRequest: true, path: '', version: claim.group ? 'v1' : '', ...claim };
    const { decision, reason } = await authorizer.authorize(attributes);
    if (decision !== 'allow') throw authorizationError(attributes, reason);
  }
  return impersonatedUser(wish);
}
