import type { AuthorizationAttributes, Authorizer, ObjectReader, RequestInfo, UserInfo } from '../contracts.ts';
import { ALWAYS_ALLOW, createAuthorizerChain, nodeMember, rbacMember, type ChainMember, type UserRules } from './chain.ts';
import { RbacEvaluator } from './rbac.ts';

const ALWAYS_ALLOWED_PATHS = new Set(['/healthz', '/livez', '/readyz']);
export const SUPERUSER_GROUP = 'system:masters';

export interface ClusterAuthorizer extends Authorizer {
  /** All rules of a user in a namespace. `incomplete` tells that he may do more than these (nodes). */
  rulesFor(user: UserInfo, namespace: string): UserRules;
  /** The rules behind a binding's roleRef; a string tells why there are none. */
  roleRules: RbacEvaluator['roleRules'];
  metricsText?(): string;
}

/** Health is for everybody, before any role exists that says so. */
const HEALTH: ChainMember = {
  type: 'AlwaysAllowPaths', name: 'alwaysallowpaths', rulesFor: () => ({ rules: [], errors: [], incomplete: false }),
  authorize: ({ isResourceRequest, path }) => ({ decision: !isResourceRequest && ALWAYS_ALLOWED_PATHS.has(path) ? 'allow' : 'none', reason: '' }),
};

/** system:masters, always-allowed paths, then the Node authorizer, then RBAC; the first that allows decides. */
export function createAuthorizer(reader: ObjectReader, options: { mode?: 'RBAC' | 'AlwaysAllow' } = {}): ClusterAuthorizer {
  const rbac = new RbacEvaluator(reader);
  return createAuthorizerChain(options.mode === 'AlwaysAllow' ? [ALWAYS_ALLOW] : [HEALTH, nodeMember(reader), rbacMember(rbac)], rbac);
}

/** The one name a selector asks for: watching one object by name is as much as getting it. */
function selectedName(fieldSelector: string | undefined): string {
  const name = (fieldSelector ?? '').split(',').map((term) => /^metadata\.name==?([^=].*)$/.exec(term)?.[1]).find((found) => found !== undefined) ?? '';
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}

/** What the authorizers look at in a request. */
export function attributesOf(user: UserInfo, info: RequestInfo): AuthorizationAttributes {
  const { verb, isResourceRequest, path, group, version, resource, subresource, namespace, query } = info;
  const fieldSelector = query.get('fieldSelector') ?? undefined;
  const labelSelector = query.get('labelSelector') ?? undefined;
  const name = info.name || (verb === 'list' || verb === 'watch' ? selectedName(fieldSelector) : '');
  return { user, verb, isResourceRequest, path, group, version, resource, subresource, namespace, name, fieldSelector, labelSelector };
}
