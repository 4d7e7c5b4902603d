import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../../../../schema/v1.37/types/rbac-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { Findings } from '../common/findings.ts';
import { pathSegment, pathSegmentName, subdomainName } from '../common/formats.ts';
import { validateImmutable } from '../common/immutable.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { simpleKind } from '../common/simple.ts';

const GROUP = 'rbac.authorization.k8s.io';

function checkRules(findings: Findings, rules: PolicyRule[] | undefined | null, namespaced: boolean): void {
  rules?.forEach((rule, index) => {
    const at = `rules[${index}]`;
    if (!rule.verbs?.length) findings.required(`${at}.verbs`);
    const paths = rule.nonResourceURLs ?? [];
    if (paths.length > 0) {
      if (namespaced) findings.invalid(`${at}.nonResourceURLs`, paths, 'namespaced rules cannot apply to non-resource URLs');
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) findings.invalid(`${at}.nonResourceURLs`, paths, 'rules cannot apply to both regular resources and non-resource URLs');
      return;
    }
    if (!rule.apiGroups?.length) findings.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
    if (!rule.resources?.length) findings.required(`${at}.resources`, 'resource rules must supply at least one resource');
  });
}

function checkSubject(findings: Findings, at: string, { kind, name, apiGroup = '', namespace }: Subject, namespaced: boolean): void {
  if (!name) findings.required(`${at}.name`);
  if (kind === 'ServiceAccount') {
    if (name) findings.invalidEach(`${at}.name`, name, subdomainName(name));
    if (apiGroup) findings.notSupported(`${at}.apiGroup`, apiGroup, ['']);
    if (!namespaced && !namespace) findings.required(`${at}.namespace`);
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== GROUP) findings.notSupported(`${at}.apiGroup`, apiGroup, [GROUP]);
  } else findings.notSupported(`${at}.kind`, kind ?? '', ['ServiceAccount', 'User', 'Group']);
}

function checkBinding(findings: Findings, binding: RoleBinding | ClusterRoleBinding, namespaced: boolean): void {
  const role = binding.roleRef ?? ({} as RoleRef);
  if (role.apiGroup !== GROUP) findings.notSupported('roleRef.apiGroup', role.apiGroup ?? '', [GROUP]);
  findings.oneOf('roleRef.kind', role.kind, namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']);
  if (!role.name) findings.required('roleRef.name');
  else findings.invalidEach('roleRef.name', role.name, pathSegment(role.name));
  binding.subjects?.forEach((subject, index) => checkSubject(findings, `subjects[${index}]`, subject, namespaced));
}

function defaultBinding(binding: RoleBinding | ClusterRoleBinding): void {
  if (binding.roleRef) binding.roleRef.apiGroup ||= GROUP;
  for (const subject of binding.subjects ?? []) if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = GROUP;
}

function checkBindingUpdate(findings: Findings, now: RoleBinding | ClusterRoleBinding, old: RoleBinding | ClusterRoleBinding): void {
  const shown = (role: RoleRef | undefined): object => ({ APIGroup: role?.apiGroup ?? '', Kind: role?.kind ?? '', Name: role?.name ?? '' });
  validateImmutable(findings, 'roleRef', shown(now.roleRef), shown(old.roleRef));
}

/** Rules of the group rbac.authorization.k8s.io, by kind. */
export function rbacRules(): Record<string, KindRules> {
  return {
    Role: simpleKind<Role>({ namespaced: true, name: pathSegmentName, createOnUpdate: true, check: (findings, role) => checkRules(findings, role.rules, true), rules: { default(role) { role.rules ??= null as unknown as PolicyRule[]; } } }),
    ClusterRole: simpleKind<ClusterRole>({
      namespaced: false, name: pathSegmentName, createOnUpdate: true,
      check(findings, role) {
        checkRules(findings, role.rules, false);
        if (!role.aggregationRule) return;
        const selectors = role.aggregationRule.clusterRoleSelectors ?? [];
        if (selectors.length === 0) findings.required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil');
        selectors.forEach((selector, index) => {
          const at = `aggregationRule.clusterRoleSelectors[${index}]`;
          const before = findings.list.length;
          validateLabelSelector(findings, at, selector);
          if (findings.list.length > before) findings.invalid(at, null, 'invalid label selector.');
        });
      },
      rules: { default(role) { role.rules ??= null as unknown as PolicyRule[]; } },
    }),
    RoleBinding: simpleKind<RoleBinding>({ namespaced: true, name: pathSegmentName, createOnUpdate: true, check: (findings, binding) => checkBinding(findings, binding, true), checkUpdate: checkBindingUpdate, rules: { default: defaultBinding } }),
    ClusterRoleBinding: simpleKind<ClusterRoleBinding>({ namespaced: false, name: pathSegmentName, createOnUpdate: true, check: (findings, binding) => checkBinding(findings, binding, false), checkUpdate: checkBindingUpdate, rules: { default: defaultBinding } }),
  };
}
