import type { AuthorizationAttributes, AuthorizationDecision, Authorizer, ObjectReader, RequestInfo, UserInfo } from '../contracts.ts';
import { NodeAuthorizer, nodeNameOf } from './node.ts';
import type { PolicyRule } from './rbac-types.ts';
import { RbacEvaluator, type ResolvedRules } from './rbac.ts';

const ALWAYS_ALLOWED_PATHS = new Set(['/healthz', '/livez', '/readyz']);
export const SUPERUSER_GROUP = 'system:masters';

export interface ClusterAuthorizer extends Authorizer {
  authorize(attributes: AuthorizationAttributes): AuthorizationDecision;
  /** All rules of a user in a namespace. `incomplete` tells that he may do more than these (nodes). */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules & { incomplete: boolean };
  /** The rules behind a binding's roleRef; a string tells why there are none. */
  roleRules: RbacEvaluator['roleRules'];
}

const EVERYTHING: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Always-allowed paths, then system:masters, then the Node authorizer, then RBAC; the first that allows decides. */
export function createAuthorizer(reader: ObjectReader, options: { mode?: 'RBAC' | 'AlwaysAllow' } = {}): ClusterAuthorizer {
  const rbac = new RbacEvaluator(reader);
  const nodes = new NodeAuthorizer(reader);
  const everyoneMayAll = options.mode === 'AlwaysAllow';
  return {
    authorize(attributes) {
      if (everyoneMayAll || attributes.user.groups.includes(SUPERUSER_GROUP)) return { decision: 'allow', reason: '' };
      if (!attributes.isResourceRequest && ALWAYS_ALLOWED_PATHS.has(attributes.path)) return { decision: 'allow', reason: '' };
      const byNode = nodes.authorize(attributes);
      if (byNode.decision === 'allow') return byNode;
      const byRole = rbac.authorize(attributes);
      if (byRole.decision === 'allow') return byRole;
      return { decision: 'none', reason: [byNode.reason, byRole.reason].filter(Boolean).join('\n') };
    },
    rulesFor(user, namespace) {
      if (everyoneMayAll) return { rules: EVERYTHING, errors: [], incomplete: false };
      const isNode = nodeNameOf(user) !== undefined;
      const resolved = rbac.rulesFor(user, namespace);
      if (isNode) resolved.errors.unshift('node authorizer does not support user rule resolution');
      return { ...resolved, incomplete: isNode || resolved.errors.length > 0 };
    },
    roleRules: (roleRef, namespace) => rbac.roleRules(roleRef, namespace),
  };
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
