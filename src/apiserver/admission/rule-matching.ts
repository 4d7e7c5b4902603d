import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../api/schema.ts';
import type { AdmissionAttributes, ObjectReader } from '../contracts.ts';

/** How webhooks and policies say which requests they want. */
export interface Rule {
  operations?: string[]; apiGroups?: string[]; apiVersions?: string[]; resources?: string[]; scope?: string;
  /** Policies only. */
  resourceNames?: string[];
}
export interface MatchCriteria {
  rules?: Rule[];
  /** No rule is needed. */
  meansAll?: boolean;
  excludeRules?: Rule[]; matchPolicy?: string | undefined; namespaceSelector?: LabelSelector | undefined; objectSelector?: LabelSelector | undefined;
}

const has = (list: string[] | undefined, value: string): boolean => list !== undefined && (list.includes(value) || list.includes('*'));
const isNamespace = ({ group, resource }: ResourceInfo): boolean => group === '' && resource === 'namespaces';

function scopeMatches(rule: Rule, attributes: AdmissionAttributes): boolean {
  const clusterScoped = isNamespace(attributes.info) || attributes.namespace === '';
  switch (rule.scope ?? '*') {
    case '*': return true;
    case 'Namespaced': return !clusterScoped;
    case 'Cluster': return clusterScoped;
    default: return false;
  }
}

function resourceMatches(rule: Rule, resource: string, subresource: string): boolean {
  return (rule.resources ?? []).some((pattern) => {
    const slash = pattern.indexOf('/');
    const [wantedResource, wantedSub] = slash < 0 ? [pattern, ''] : [pattern.slice(0, slash), pattern.slice(slash + 1)];
    return (wantedResource === '*' || wantedResource === resource) && (wantedSub === '*' || wantedSub === subresource);
  });
}

export function ruleMatches(rule: Rule, attributes: AdmissionAttributes, info: ResourceInfo = attributes.info): boolean {
  return has(rule.operations, attributes.operation) && has(rule.apiGroups, info.group) && has(rule.apiVersions, info.version)
    && resourceMatches(rule, info.resource, attributes.subresource) && scopeMatches(rule, attributes)
    && (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name));
}

const ADMISSION_KINDS = /^(validating|mutating)(webhookconfigurations|admissionpolicies|admissionpolicybindings)$/;

const REVIEW_GROUPS = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** Nobody can lock himself out: what configures admission, and what asks who somebody is and what he may, is not subject to it. */
export function isExempt({ info }: AdmissionAttributes): boolean {
  return (info.group === 'admissionregistration.k8s.io' && ADMISSION_KINDS.test(info.resource)) || (REVIEW_GROUPS.has(info.group) && info.resource.endsWith('reviews'));
}

/** The same objects under other versions; events also under their other group. */
function equivalents(scheme: Scheme, { group, version, resource }: ResourceInfo): ResourceInfo[] {
  const groups = resource === 'events' && (group === '' || group === 'events.k8s.io') ? ['', 'events.k8s.io'] : [group];
  return scheme.resources().filter((info) => groups.includes(info.group) && info.resource === resource && !(info.group === group && info.version === version));
}

/** The resource in whose form the request is wanted: its own, or an equivalent one. undefined: not wanted. */
export function matchedResource(criteria: MatchCriteria, attributes: AdmissionAttributes, scheme: Scheme | undefined): ResourceInfo | undefined {
  if (criteria.meansAll) return attributes.info;
  const rules = criteria.rules ?? [];
  if (rules.some((rule) => ruleMatches(rule, attributes))) return attributes.info;
  if (criteria.matchPolicy === 'Exact' || !scheme) return undefined;
  const mayMatch = rules.some((rule) => has(rule.operations, attributes.operation) && resourceMatches(rule, attributes.info.resource, attributes.subresource));
  if (!mayMatch) return undefined;
  return equivalents(scheme, attributes.info).find((info) => rules.some((rule) => ruleMatches(rule, attributes, info)));
}

const isEmpty = (selector: LabelSelector | undefined): boolean =>
  !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);

function namespaceMatches(selector: LabelSelector | undefined, attributes: AdmissionAttributes, reader: ObjectReader): boolean {
  if (isEmpty(selector)) return true;
  const { info, namespace, name, object, oldObject } = attributes;
  if (isNamespace(info)) {
    const subject = attributes.subresource === '' ? object ?? oldObject ?? reader.get('', 'namespaces', '', name) : reader.get('', 'namespaces', '', name);
    return matchesLabelSelector(selector, subject?.metadata?.labels);
  }
  if (!info.namespaced || namespace === '') return true;
  return matchesLabelSelector(selector, reader.get('', 'namespaces', '', namespace)?.metadata?.labels);
}

function objectMatches(selector: LabelSelector | undefined, { object, oldObject }: AdmissionAttributes): boolean {
  if (isEmpty(selector)) return true;
  return [object, oldObject].some((one: KubernetesObject | undefined) => one?.metadata !== undefined && matchesLabelSelector(selector, one.metadata.labels));
}

/** The whole test but for match conditions. */
export function matchRequest(criteria: MatchCriteria, attributes: AdmissionAttributes, reader: ObjectReader, scheme: Scheme | undefined): ResourceInfo | undefined {
  const info = matchedResource(criteria, attributes, scheme);
  if (!info) return undefined;
  if (criteria.excludeRules?.length && matchedResource({ rules: criteria.excludeRules, matchPolicy: criteria.matchPolicy }, attributes, scheme)) return undefined;
  if (!namespaceMatches(criteria.namespaceSelector, attributes, reader) || !objectMatches(criteria.objectSelector, attributes)) return undefined;
  return info;
}
