import type { RequestInfo, UserInfo } from '../contracts.ts';

export type Level = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type Stage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

export interface GroupResources { group?: string; resources?: string[]; resourceNames?: string[] }
export interface PolicyRule {
  level: Level;
  users?: string[]; userGroups?: string[]; verbs?: string[]; resources?: GroupResources[]; namespaces?: string[]; nonResourceURLs?: string[];
  omitStages?: Stage[]; omitManagedFields?: boolean;
}
/** `audit.k8s.io/v1` Policy. */
export interface Policy { rules: PolicyRule[]; omitStages?: Stage[]; omitManagedFields?: boolean }

/** What is kept of a request. */
export interface Decision { level: Level; omitStages: ReadonlySet<Stage>; omitManagedFields: boolean }

const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'];
const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];
const NOTHING: Decision = { level: 'None', omitStages: new Set(), omitManagedFields: false };

export function atLeast(level: Level, wanted: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}

const KNOWN = new Set(['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', 'omitStages', 'omitManagedFields']);

export function policyErrors(policy: Policy): string[] {
  if (!policy.rules?.length) return ['rules: there must be one at least'];
  const errors = stageErrors('omitStages', policy.omitStages);
  policy.rules.forEach((rule, index) => errors.push(...ruleErrors(rule).map((text) => `rules[${index}].${text}`)));
  return errors;
}

function stageErrors(field: string, stages: string[] | undefined): string[] {
  return (stages ?? []).filter((stage) => !STAGES.includes(stage)).map((stage) => `${field}: ${JSON.stringify(stage)} is no stage`);
}

function ruleErrors(rule: PolicyRule): string[] {
  const errors = [...stageErrors('omitStages', rule.omitStages), ...Object.keys(rule).filter((field) => !KNOWN.has(field)).map((field) => `${field}: unknown field`)];
  if (!LEVELS.includes(rule.level)) errors.push(`level: ${JSON.stringify(rule.level ?? '')} is none of ${LEVELS.join(', ')}`);
  if (rule.nonResourceURLs?.length && (rule.resources?.length || rule.namespaces?.length)) errors.push('nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs');
  for (const url of rule.nonResourceURLs ?? []) {
    if (url !== '*' && (!url.startsWith('/') || url.slice(0, -1).includes('*'))) errors.push(`nonResourceURLs: ${JSON.stringify(url)} must begin with a slash, and * may only stand at the end`);
  }
  for (const { group = '', resources, resourceNames } of rule.resources ?? []) {
    if (group.includes('/')) errors.push(`resources: the group ${JSON.stringify(group)} has a version`);
    if (resourceNames?.length && !resources?.length) errors.push('resources: using resourceNames requires at least one resource');
  }
  return errors;
}

/** The first rule that speaks of the request decides; without one nothing is kept. Pure. `user` is absent when nobody could be told. */
export function createPolicyEvaluator(policy: Policy): (info: RequestInfo, user: UserInfo | undefined) => Decision {
  const rules = policy.rules.map((rule) => ({
    rule, decision: {
      level: rule.level, omitStages: new Set([...(policy.omitStages ?? []), ...(rule.omitStages ?? [])]), omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
    },
  }));
  return (info, user) => rules.find(({ rule }) => ruleMatches(rule, info, user))?.decision ?? NOTHING;
}

function ruleMatches(rule: PolicyRule, info: RequestInfo, user: UserInfo | undefined): boolean {
  if (rule.users?.length && !(user && rule.users.includes(user.name))) return false;
  if (rule.userGroups?.length && !user?.groups.some((group) => rule.userGroups?.includes(group))) return false;
  if (rule.verbs?.length && !rule.verbs.includes(info.verb)) return false;
  if (rule.namespaces?.length || rule.resources?.length) return matchesResource(rule, info);
  if (rule.nonResourceURLs?.length) return !info.isResourceRequest && rule.nonResourceURLs.some((pattern) => matchesUrl(pattern, info.path));
  return true;
}

function matchesResource({ namespaces, resources }: PolicyRule, info: RequestInfo): boolean {
  if (!info.isResourceRequest) return false;
  if (namespaces?.length && !namespaces.includes(info.namespace)) return false;
  if (!resources?.length) return true;
  return resources.some(({ group = '', resources: names, resourceNames }) => group === info.group
    && (!names?.length || (names.some((name) => matchesName(name, info)) && (!resourceNames?.length || resourceNames.includes(info.name)))));
}

/** `pods`, `pods/log`, `pods/*`, `*` + `/scale` and `*`. */
function matchesName(name: string, { resource, subresource }: RequestInfo): boolean {
  if (name === '*' || name === (subresource ? `${resource}/${subresource}` : resource)) return true;
  return subresource !== '' && (name === `*/${subresource}` || name === `${resource}/*`);
}

function matchesUrl(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}
