import type { KubernetesObject } from '../../api/object.ts';
import table from './bootstrap-policy.json' with { type: 'json' };
import { OWN_BINDINGS, OWN_ROLES } from './own-policy.ts';
import { RBAC, type PolicyRule, type Subject } from './rbac-types.ts';
import { covers } from './rules.ts';

/** [verbs, API groups, resources, resource names] or [verbs, null, non-resource URLs], each a list joined by commas. */
export type RuleEntry = (string | null)[];
export interface RoleEntry { name: string; namespace?: string; labels?: string[]; aggregates?: string[]; rules: RuleEntry[] }
/** role: `Kind/name`; subjects: `Kind/name` or `ServiceAccount/namespace/name`. */
export interface BindingEntry { name: string; namespace?: string; role: string; subjects: string[] }
export interface PolicyTable { roles: RoleEntry[]; bindings: BindingEntry[] }

const AUTOUPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

function decodeRule([verbs, groups, resources, names]: RuleEntry): PolicyRule {
  const list = (joined: string | null | undefined): string[] => (joined ?? '').split(',');
  if (groups === null) return { nonResourceURLs: list(resources), verbs: list(verbs) };
  return { apiGroups: list(groups), resources: list(resources), ...(names ? { resourceNames: list(names) } : {}), verbs: list(verbs) };
}

function decodeSubject(text: string): Subject {
  const [kind = '', first = '', second] = text.split('/');
  return second !== undefined ? { kind, name: second, namespace: first } : { apiGroup: RBAC, kind, name: first };
}

const metadata = (entry: { name: string; namespace?: string }, labels: Record<string, string> = {}): KubernetesObject['metadata'] => ({
  name: entry.name, ...(entry.namespace ? { namespace: entry.namespace } : {}), labels: { ...LABELS, ...labels }, annotations: { [AUTOUPDATE]: 'true' },
});

function decodeRole(entry: RoleEntry): KubernetesObject {
  const labels = Object.fromEntries((entry.labels ?? []).map((label) => [label, 'true']));
  const clusterRoleSelectors = (entry.aggregates ?? []).map((label) => ({ matchLabels: { [label]: 'true' } }));
  return {
    apiVersion: `${RBAC}/v1`, kind: entry.namespace ? 'Role' : 'ClusterRole', metadata: metadata(entry, labels),
    // What a role gathers from others is not written here.
    ...(entry.aggregates ? { aggregationRule: { clusterRoleSelectors } } : { rules: entry.rules.map(decodeRule) }),
  };
}

function decodeBinding(entry: BindingEntry): KubernetesObject {
  const [kind, name] = entry.role.split('/');
  return {
    apiVersion: `${RBAC}/v1`, kind: entry.namespace ? 'RoleBinding' : 'ClusterRoleBinding', metadata: metadata(entry),
    roleRef: { apiGroup: RBAC, kind, name }, subjects: entry.subjects.map(decodeSubject),
  };
}

/** Upstream's default ClusterRoles, Roles and their bindings and naru's few own, roles first; new objects at each call. */
export function bootstrapPolicy(): KubernetesObject[] {
  const { roles, bindings } = table as PolicyTable;
  return [...[...roles, ...OWN_ROLES].map(decodeRole), ...[...bindings, ...OWN_BINDINGS].map(decodeBinding)];
}

/** The rules of one default role; an empty list when there is none of that name. */
export function defaultRules(name: string): PolicyRule[] {
  const entry = (table as PolicyTable).roles.find((role) => role.name === name && !role.namespace);
  return (entry?.rules ?? []).map(decodeRule);
}

/**
 * What `existing` becomes when `expected` is reconciled into it: rules, subjects, labels and annotations that lack are
 * added, nothing is taken away. undefined: nothing to do, or the owner turned reconciliation off by annotation.
 */
export function reconcilePolicy(existing: KubernetesObject, expected: KubernetesObject): KubernetesObject | undefined {
  if (existing.metadata?.annotations?.[AUTOUPDATE] === 'false') return undefined;
  const labels = { ...expected.metadata?.labels, ...existing.metadata?.labels };
  const annotations = { ...expected.metadata?.annotations, ...existing.metadata?.annotations };
  const result: KubernetesObject = { ...existing, metadata: { ...existing.metadata, labels, annotations } };
  let changed = Object.keys(labels).length !== Object.keys(existing.metadata?.labels ?? {}).length
    || Object.keys(annotations).length !== Object.keys(existing.metadata?.annotations ?? {}).length;
  if (expected['rules'] && !expected['aggregationRule']) {
    const rules = (existing['rules'] ?? []) as PolicyRule[];
    const missing = (expected['rules'] as PolicyRule[]).filter((rule) => covers(rules, [rule]).length > 0);
    if (missing.length > 0) result['rules'] = [...rules, ...missing];
    changed ||= missing.length > 0;
  }
  if (expected['aggregationRule'] && !existing['aggregationRule']) {
    result['aggregationRule'] = expected['aggregationRule'];
    changed = true;
  }
  if (expected['subjects']) {
    const subjects = (existing['subjects'] ?? []) as Subject[];
    const same = (one: Subject, other: Subject): boolean => one.kind === other.kind && one.name === other.name && (one.namespace ?? '') === (other.namespace ?? '');
    const missing = (expected['subjects'] as Subject[]).filter((subject) => !subjects.some((other) => same(subject, other)));
    if (missing.length > 0) result['subjects'] = [...subjects, ...missing];
    changed ||= missing.length > 0;
  }
  return changed ? result : undefined;
}
