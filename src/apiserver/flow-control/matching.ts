import type { FlowSchema, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';

/** Whether a FlowSchema speaks of a request. Pure. */
export function schemaMatches(schema: FlowSchema, info: RequestInfo, user: UserInfo): boolean {
  for (const rule of schema.spec?.rules ?? []) if (ruleMatches(rule, info, user)) return true;
  return false;
}

function ruleMatches(rule: PolicyRulesWithSubjects, info: RequestInfo, user: UserInfo): boolean {
  if (!rule.subjects.some((subject) => subjectMatches(subject, user))) return false;
  if (info.isResourceRequest) return (rule.resourceRules ?? []).some((one) => resourceRuleMatches(one, info));
  return (rule.nonResourceRules ?? []).some(({ verbs, nonResourceURLs }) => holds(verbs, info.verb) && nonResourceURLs.some((url) => urlMatches(url, info.path)));
}

function subjectMatches(subject: Subject, user: UserInfo): boolean {
  if (subject.kind === 'User') return subject.user?.name === '*' || subject.user?.name === user.name;
  if (subject.kind === 'Group') return subject.group?.name === '*' || (subject.group !== undefined && user.groups.includes(subject.group.name));
  if (!subject.serviceAccount || !user.name.startsWith('system:serviceaccount:')) return false;
  const { namespace, name } = subject.serviceAccount;
  return name === '*' ? user.name.startsWith(`system:serviceaccount:${namespace}:`) : user.name === `system:serviceaccount:${namespace}:${name}`;
}

function resourceRuleMatches(rule: ResourcePolicyRule, info: RequestInfo): boolean {
  return holds(rule.verbs, info.verb) && holds(rule.resources, info.subresource ? `${info.resource}/${info.subresource}` : info.resource)
    && holds(rule.apiGroups, info.group) && (info.namespace ? holds(rule.namespaces ?? [], info.namespace) : rule.clusterScope === true);
}

function holds(list: string[], value: string): boolean {
  return list[0] === '*' ? list.length === 1 || list.includes(value) : list.includes(value);
}

/** `/healthz` also speaks of what is below it. */
function urlMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  const prefix = pattern.replace(/\*$/, '');
  return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

export function inPrecedence(schemas: FlowSchema[]): FlowSchema[] {
  return [...schemas].sort((one, other) => precedence(one) - precedence(other) || ((one.metadata?.name ?? '') < (other.metadata?.name ?? '') ? -1 : 1));
}

const precedence = (schema: FlowSchema): number => schema.spec?.matchingPrecedence ?? 0;

/** What tells the flows of a schema apart. */
export function distinguisherOf(schema: FlowSchema, info: RequestInfo, user: UserInfo): string {
  const type = schema.spec?.distinguisherMethod?.type;
  return type === 'ByUser' ? user.name : type === 'ByNamespace' ? info.namespace : '';
}
