import type { AuthorizationAttributes, AuthorizationDecision, ObjectReader, UserInfo } from '../contracts.ts';
import { RBAC, type PolicyRule, type Role, type RoleBinding, type RoleRef, type Subject } from './rbac-types.ts';
import { ruleAllows } from './rules.ts';

interface Grant { binding: RoleBinding; subject: Subject }

/** Bindings by who they name, so that a request looks at its user's bindings only. */
class BindingIndex {
  private readonly users = new Map<string, Grant[]>();
  private readonly groups = new Map<string, Grant[]>();

  constructor(bindings: Iterable<RoleBinding>) {
    for (const binding of bindings) {
      for (const subject of binding.subjects ?? []) this.add(subject, binding);
    }
  }

  private add(subject: Subject, binding: RoleBinding): void {
    const [index, key] = subject.kind === 'Group' ? [this.groups, subject.name]
      : subject.kind === 'ServiceAccount' ? [this.users, `system:serviceaccount:${subject.namespace || (binding.metadata?.namespace ?? '')}:${subject.name}`]
      : [this.users, subject.name];
    const found = index.get(key);
    if (found) found.push({ binding, subject });
    else index.set(key, [{ binding, subject }]);
  }

  * of(user: UserInfo): Generator<Grant> {
    const own = this.users.get(user.name);
    if (own) yield* own;
    for (const group of user.groups) {
      const shared = this.groups.get(group);
      if (shared) yield* shared;
    }
  }
}

function describeGrant({ binding, subject }: Grant): string {
  const { name, namespace } = binding.metadata ?? {};
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || (namespace ?? '')}` : subject.name;
  const what = namespace ? `RoleBinding ${JSON.stringify(`${name}/${namespace}`)}` : `ClusterRoleBinding ${JSON.stringify(name)}`;
  return `${what} of ${binding.roleRef.kind} ${JSON.stringify(binding.roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`;
}

export interface ResolvedRules { rules: PolicyRule[]; errors: string[] }

/** Evaluates roles and bindings. Indexes are made anew when the reader's revision of the bindings has moved. */
export class RbacEvaluator {
  private readonly reader: ObjectReader;
  private clusterIndex = new BindingIndex([]);
  private clusterRevision = -1;
  private readonly namespaceIndexes = new Map<string, BindingIndex>();
  private namespaceRevision = -1;

  constructor(reader: ObjectReader) {
    this.reader = reader;
  }

  private * grants(user: UserInfo, namespace: string): Generator<Grant> {
    const clusterRevision = this.reader.revision(RBAC, 'clusterrolebindings');
    if (clusterRevision !== this.clusterRevision) {
      this.clusterIndex = new BindingIndex(this.reader.list(RBAC, 'clusterrolebindings') as Iterable<unknown> as Iterable<RoleBinding>);
      this.clusterRevision = clusterRevision;
    }
    yield* this.clusterIndex.of(user);
    if (namespace) yield* this.namespaceIndex(namespace).of(user);
  }

  private namespaceIndex(namespace: string): BindingIndex {
    const revision = this.reader.revision(RBAC, 'rolebindings');
    if (revision !== this.namespaceRevision) {
      this.namespaceIndexes.clear();
      this.namespaceRevision = revision;
    }
    let index = this.namespaceIndexes.get(namespace);
    if (!index) {
      index = new BindingIndex(this.reader.list(RBAC, 'rolebindings', namespace) as Iterable<unknown> as Iterable<RoleBinding>);
      // Namespaces of requests come from strangers: only those with bindings may stay in memory.
      if (this.reader.get('', 'namespaces', '', namespace)) this.namespaceIndexes.set(namespace, index);
    }
    return index;
  }

  /** The rules of the role a binding in `namespace` refers to; a string tells why there are none. */
  roleRules(roleRef: RoleRef, namespace: string): PolicyRule[] | string {
    const clusterWide = roleRef.kind === 'ClusterRole';
    if (!clusterWide && roleRef.kind !== 'Role') return `unsupported role reference kind: ${JSON.stringify(roleRef.kind)}`;
    const role = this.reader.get(RBAC, clusterWide ? 'clusterroles' : 'roles', clusterWide ? '' : namespace, roleRef.name) as Role | undefined;
    if (!role) return `${clusterWide ? 'clusterrole' : 'role'}.${RBAC} ${JSON.stringify(roleRef.name)} not found`;
    return role.rules ?? [];
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const errors: string[] = [];
    for (const grant of this.grants(attributes.user, attributes.namespace)) {
      const rules = this.roleRules(grant.binding.roleRef, grant.binding.metadata?.namespace ?? '');
      if (typeof rules === 'string') {
        errors.push(rules);
        continue;
      }
      for (const rule of rules) {
        if (ruleAllows(rule, attributes)) return { decision: 'allow', reason: `RBAC: allowed by ${describeGrant(grant)}` };
      }
    }
    return { decision: 'none', reason: errors.length > 0 ? `RBAC: ${joinErrors(errors)}` : '' };
  }

  /** All rules that apply to a user in a namespace ('' for cluster-wide ones only). */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules {
    const resolved: ResolvedRules = { rules: [], errors: [] };
    for (const grant of this.grants(user, namespace)) {
      const rules = this.roleRules(grant.binding.roleRef, grant.binding.metadata?.namespace ?? '');
      if (typeof rules === 'string') resolved.errors.push(rules);
      else resolved.rules.push(...rules);
    }
    return resolved;
  }
}

/** Several findings as Kubernetes joins them: `[a, b]`, each once. */
export function joinErrors(errors: string[]): string {
  const unique = [...new Set(errors)];
  return unique.length === 1 ? unique[0]! : `[${unique.join(', ')}]`;
}
