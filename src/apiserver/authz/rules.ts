import type { AuthorizationAttributes } from '../contracts.ts';
import type { PolicyRule } from './rbac-types.ts';

const has = (list: string[] | undefined, value: string): boolean => list !== undefined && (list.includes(value) || list.includes('*'));

function urlMatches(pattern: string, path: string): boolean {
  return pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));
}

/** Whether one rule grants a request. `pods/log` and `*` + `/log` name a subresource; a rule without names grants all names. */
export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return (rule.nonResourceURLs ?? []).some((pattern) => urlMatches(pattern, attributes.path));
  if (!has(rule.apiGroups, attributes.group)) return false;
  const { subresource, resource, name } = attributes;
  const { resources, resourceNames } = rule;
  const resourceMatches = subresource
    ? has(resources, `${resource}/${subresource}`) || resources?.includes(`*/${subresource}`) === true
    : has(resources, resource);
  return resourceMatches && (!resourceNames || resourceNames.length === 0 || resourceNames.includes(name));
}

/** A rule as many rules of one verb, one resource (or URL) and at most one name each. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const small: PolicyRule[] = [];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const plain = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (rule.resourceNames?.length) small.push(...rule.resourceNames.map((name) => ({ ...plain, resourceNames: [name] })));
        else small.push(plain);
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) small.push(...rule.verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })));
  return small;
}

function ruleCovers(owned: PolicyRule, small: PolicyRule): boolean {
  const every = (list: string[] | undefined, test: (value: string) => boolean): boolean => (list ?? []).every(test);
  return every(small.verbs, (verb) => has(owned.verbs, verb))
    && every(small.apiGroups, (group) => has(owned.apiGroups, group))
    && every(small.resources, (resource) => has(owned.resources, resource)
      || (resource.includes('/') && owned.resources?.includes(`*${resource.slice(resource.indexOf('/'))}`) === true))
    && every(small.nonResourceURLs, (url) => (owned.nonResourceURLs ?? []).some((pattern) => pattern === url || (pattern.endsWith('*') && urlMatches(pattern, url))))
    && (!owned.resourceNames?.length || (small.resourceNames !== undefined && every(small.resourceNames, (name) => owned.resourceNames!.includes(name))));
}

/** The parts of `wanted` that `owned` does not grant; empty when it grants all. */
export function covers(owned: PolicyRule[], wanted: PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((small) => !owned.some((rule) => ruleCovers(rule, small)));
}

const quoteList = (values: string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`, as messages show a rule. */
export function describeRule(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups], ['Resources', rule.resources], ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames], ['Verbs', rule.verbs],
  ] as const;
  return `{${parts.filter(([, values]) => values?.length).map(([name, values]) => `${name}:${quoteList(values!)}`).join(', ')}}`;
}

/** Small rules of the same resource and name joined into one with all their verbs. */
export function compactRules(rules: PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    if (rule.nonResourceURLs?.length) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const found = joined.get(key);
    if (found) found.verbs.push(...rule.verbs);
    else joined.set(key, { ...rule, verbs: [...rule.verbs] });
  }
  return [...others, ...joined.values()];
}

export { quoteList };
