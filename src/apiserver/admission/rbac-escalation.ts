import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '../../api/object.ts';
import { notFound } from '../../api/status.ts';
import { SUPERUSER_GROUP, type ClusterAuthorizer } from '../authz/authorizer.ts';
import { RBAC, type PolicyRule, type Role, type RoleBinding } from '../authz/rbac-types.ts';
import { compactRules, covers, describeRule, quoteList } from '../authz/rules.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contracts.ts';
import { forbid } from './attributes.ts';

const RESOURCES = new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']);
const FULL_AUTHORITY: PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }];

/** Owner references and finalizers may change without holding what the role grants: the garbage collector needs that. */
function onlyCollectorFieldsChanged(object: KubernetesObject, old: KubernetesObject | undefined): boolean {
  if (!old) return false;
  const strip = ({ metadata, ...rest }: KubernetesObject): unknown => {
    const { ownerReferences: _, finalizers: __, managedFields: ___, ...others } = metadata ?? {};
    return { ...rest, metadata: others };
  };
  return isDeepStrictEqual(strip(object), strip(old));
}

/** Nobody grants what he does not hold, unless he has the verb `escalate` on roles or `bind` on the bound role. */
export function rbacEscalation(authorizer: ClusterAuthorizer): AdmissionPlugin {
  const may = async (attributes: AdmissionAttributes, verb: string, resource: string, name: string): Promise<boolean> => (await authorizer.authorize({
    user: attributes.user, verb, isResourceRequest: true, path: '', group: RBAC, version: '*', resource, subresource: '', namespace: attributes.namespace, name,
  })).decision === 'allow';

  function missingText(attributes: AdmissionAttributes, wanted: PolicyRule[]): string | undefined {
    const { user, namespace } = attributes;
    const held = authorizer.rulesFor(user, namespace);
    const missing = covers(held.rules, wanted);
    if (missing.length === 0) return undefined;
    const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
    const errors = held.errors.length > 0 ? `; resolution errors: [${held.errors.join(', ')}]` : '';
    return `user ${JSON.stringify(user.name)} (groups=${quoteList(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${errors}`;
  }

  async function checkRole(attributes: AdmissionAttributes): Promise<void> {
    const role = attributes.object as Role;
    const old = attributes.oldObject as Role | undefined;
    if (await may(attributes, 'escalate', attributes.info.resource, attributes.name)) return;
    const missing = missingText(attributes, role.rules ?? []);
    if (missing) throw forbid(attributes, missing);
    const aggregates = [role, old].some((one) => (one?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0);
    if (aggregates && missingText(attributes, FULL_AUTHORITY)) throw forbid(attributes, 'must have cluster-admin privileges to use the aggregationRule');
  }

  async function checkBinding(attributes: AdmissionAttributes): Promise<void> {
    const { roleRef } = attributes.object as unknown as RoleBinding;
    const resource = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (await may(attributes, 'bind', resource, roleRef.name)) return;
    const rules = authorizer.roleRules(roleRef, attributes.namespace);
    if (typeof rules === 'string') throw notFound(RBAC, attributes.info.resource, roleRef.name);
    const missing = missingText(attributes, rules);
    if (missing) throw forbid(attributes, missing);
  }

  return {
    name: 'RBACEscalation',
    handles: ({ operation, info, subresource }) => (operation === 'CREATE' || operation === 'UPDATE') && info.group === RBAC && subresource === '' && RESOURCES.has(info.resource),
    async validate(attributes) {
      if (attributes.user.groups.includes(SUPERUSER_GROUP) || onlyCollectorFieldsChanged(attributes.object!, attributes.oldObject)) return;
      if (attributes.info.resource.endsWith('bindings')) await checkBinding(attributes);
      else await checkRole(attributes);
    },
  };
}
