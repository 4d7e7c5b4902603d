import type { UserInfo } from '../contracts.ts';
import { ANONYMOUS, AUTHENTICATED, serviceAccountGroups, splitServiceAccountName, UNAUTHENTICATED } from './users.ts';

/** Whom the headers ask for. */
export interface Wish { userName: string; groups: string[]; uid: string; extra: Record<string, string[]> }

/** The ways to impersonate and the verb that each needs, in the order in which they are tried. */
export const IMPERSONATION_MODES = {
  'associated-node': 'impersonate:associated-node', 'arbitrary-node': 'impersonate:arbitrary-node', serviceaccount: 'impersonate:serviceaccount',
  'user-info': 'impersonate:user-info', legacy: 'impersonate',
} as const;
export type ImpersonationMode = keyof typeof IMPERSONATION_MODES;

/** One thing the asker must be allowed to impersonate. */
export interface Permission { group: string; version: string; resource: string; subresource: string; namespace: string; name: string }

const AUTHENTICATION = 'authentication.k8s.io';
const NODE_PREFIX = 'system:node:';
const NODE_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAXIMUM_NODE_NAME = 253;
const NODE_OF_TOKEN = 'authentication.kubernetes.io/node-name';

function nodeOf(userName: string): string | undefined {
  const name = userName.slice(NODE_PREFIX.length);
  return userName.startsWith(NODE_PREFIX) && name.length <= MAXIMUM_NODE_NAME && NODE_NAME.test(name) ? name : undefined;
}

/** The ways that this wish of this asker may take. */
export function modesFor({ userName, groups, uid, extra }: Wish, asker: UserInfo): ImpersonationMode[] {
  const nameOnly = groups.length === 0 && uid === '' && Object.keys(extra).length === 0;
  const node = nodeOf(userName), isAccount = splitServiceAccountName(userName) !== undefined;
  const ofToken = asker.extra?.[NODE_OF_TOKEN] ?? [];
  const isAssociated = splitServiceAccountName(asker.name) !== undefined && ofToken.length === 1 && ofToken[0] === node;
  return [
    ...(nameOnly && node !== undefined && isAssociated ? ['associated-node' as const] : []),
    ...(nameOnly && node !== undefined ? ['arbitrary-node' as const] : []),
    ...(nameOnly && isAccount ? ['serviceaccount' as const] : []),
    ...(node === undefined && !isAccount ? ['user-info' as const] : []),
    'legacy',
  ];
}

/** What must be allowed, by kind: the user, the UID, the groups, the extra values. */
export function permissionsOf({ userName, groups, uid, extra }: Wish, mode: ImpersonationMode): Permission[][] {
  const isLegacy = mode === 'legacy';
  const own = (resource: string, name: string, more: Partial<Permission> = {}): Permission => ({ group: AUTHENTICATION, version: 'v1', resource, subresource: '', namespace: '', name, ...more });
  // Users and groups were a matter of the core group once.
  const shared: Partial<Permission> = isLegacy ? { group: '' } : {};
  const account = splitServiceAccountName(userName), node = isLegacy ? undefined : nodeOf(userName);
  const user = account ? own('serviceaccounts', account.name, { ...shared, namespace: account.namespace })
    : node !== undefined ? own('nodes', mode === 'associated-node' ? '*' : node) : own('users', userName, shared);
  return [
    [user], uid ? [own('uids', uid)] : [], groups.map((group) => own('groups', group, shared)),
    Object.entries(extra).flatMap(([key, values]) => values.map((value) => own('userextras', value, { subresource: key }))),
  ].filter((permissions) => permissions.length > 0);
}

/** Why a constrained way takes no such groups or extra values, whoever asks. Pure. */
export function refusedWish({ groups, extra }: Wish, mode: ImpersonationMode, resource: string | undefined): { name: string; reason: string } | undefined {
  if (mode === 'legacy') return undefined;
  if (resource === 'groups') {
    if (groups.includes('')) return { name: '', reason: 'impersonating the empty string group is not allowed' };
    if (groups.includes('system:masters')) return { name: 'system:masters', reason: 'impersonating the system:masters group is not allowed' };
  }
  if (resource !== 'userextras') return undefined;
  for (const [key, values] of Object.entries(extra)) {
    const reason = extraError(key, values);
    if (reason) return { name: '', reason };
  }
  return undefined;
}

function extraError(key: string, values: string[]): string | undefined {
  const [domain, ...path] = key.split('/');
  if (key === '') return 'impersonating the empty string key in extra is not allowed';
  if (!domain || !path.join('/')) return `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key)}: must be a domain-prefixed path (such as "acme.io/foo")`;
  if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  if (values.length === 0) return 'impersonating empty values in extra is not allowed';
  return values.includes('') ? 'impersonating the empty string value in extra is not allowed' : undefined;
}

export function impersonatedUser({ userName, groups: named, uid, extra }: Wish, mode: ImpersonationMode): UserInfo {
  const account = splitServiceAccountName(userName);
  const groups = mode === 'associated-node' || mode === 'arbitrary-node' ? ['system:nodes'] : named.length === 0 && account ? serviceAccountGroups(account.namespace) : [...named];
  if (userName === ANONYMOUS.name) {
    if (!groups.includes(UNAUTHENTICATED)) groups.push(UNAUTHENTICATED);
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes(UNAUTHENTICATED)) {
    groups.push(AUTHENTICATED);
  }
  return { name: userName, groups, ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}
