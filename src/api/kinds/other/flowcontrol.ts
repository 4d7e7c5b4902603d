import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, PriorityLevelConfiguration, ResourcePolicyRule, Subject } from '../../../../schema/v1.37/types/flowcontrol-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { labelName, subdomainName } from '../common/formats.ts';
import { simpleKind } from '../common/simple.ts';
import { MANDATORY_SCHEMAS } from './mandatory-flow.ts';
import { checkPriorityLevel, defaultPriorityLevel } from './priority-levels.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const LARGEST_PRECEDENCE = 10000;

/** False when there is nothing more to say of the values. */
function checkWildcard(findings: Findings, at: string, values: string[], others: string): boolean {
  if (!values.includes('*')) return true;
  if (values.length > 1) findings.invalid(at, values, `if '*' is present, must not specify other ${others}`);
  return false;
}

function checkVerbs(findings: Findings, at: string, verbs: string[]): void {
  if (verbs.length === 0) findings.required(at, 'verbs must contain at least one value');
  else if (checkWildcard(findings, at, verbs, 'verbs') && !verbs.every((verb) => VERBS.includes(verb))) findings.notSupported(at, verbs, VERBS);
}

function pathFault(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (path === '/') return undefined;
  if (!path.startsWith('/')) return 'must start with slash';
  if (path.includes(' ')) return 'must not contain white-space';
  if (path.includes('//')) return 'must not contain double slash';
  const wildcards = path.split('*').length - 1;
  return wildcards > 1 || (wildcards === 1 && !path.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function checkPaths(findings: Findings, at: string, rule: NonResourcePolicyRule): void {
  const paths = rule.nonResourceURLs ?? [];
  checkVerbs(findings, `${at}.verbs`, rule.verbs ?? []);
  if (paths.length === 0) return findings.required(`${at}.nonResourceURLs`, 'nonResourceURLs must contain at least one value');
  if (!checkWildcard(findings, `${at}.nonResourceURLs`, paths, 'non-resource URLs')) return;
  paths.forEach((path, index) => {
    const fault = pathFault(path);
    if (fault) findings.invalid(`${at}.nonResourceURLs[${index}]`, path, fault);
  });
}

function checkResources(findings: Findings, at: string, rule: ResourcePolicyRule): void {
  const [apiGroups, resources, namespaces] = [rule.apiGroups ?? [], rule.resources ?? [], rule.namespaces ?? []];
  checkVerbs(findings, `${at}.verbs`, rule.verbs ?? []);
  if (apiGroups.length === 0) findings.required(`${at}.apiGroups`, 'resource rules must supply at least one api group');
  else checkWildcard(findings, `${at}.apiGroups`, apiGroups, 'api groups');
  if (resources.length === 0) findings.required(`${at}.resources`, 'resource rules must supply at least one resource');
  else checkWildcard(findings, `${at}.resources`, resources, 'resources');
  if (namespaces.length === 0 && !rule.clusterScope) return findings.required(`${at}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace');
  if (!checkWildcard(findings, `${at}.namespaces`, namespaces, 'namespaces')) return;
  namespaces.forEach((name, index) => findings.invalidEach(`${at}.namespaces[${index}]`, name, labelName(name).map((message) => `each member of this list must be '*' or a DNS-1123 label; ${message}`)));
}

const SUBJECTS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const;

function checkSubject(findings: Findings, at: string, subject: Subject): void {
  const kind = subject.kind as keyof typeof SUBJECTS;
  if (!Object.hasOwn(SUBJECTS, kind)) return findings.notSupported(`${at}.kind`, kind ?? '', ['Group', 'ServiceAccount', 'User']);
  for (const [other, field] of Object.entries(SUBJECTS)) {
    if (other !== kind && subject[field]) findings.forbidden(`${at}.${field}`, `${field} is forbidden when subject kind is not '${other}'`);
  }
  const field = SUBJECTS[kind];
  const named = subject[field];
  if (!named) return findings.required(`${at}.${field}`, `${field} is required when subject kind is '${kind}'`);
  if (!named.name) findings.required(`${at}.${field}.name`);
  const account = kind === 'ServiceAccount' ? subject.serviceAccount : undefined;
  if (!account) return;
  if (account.name && account.name !== '*') findings.invalidEach(`${at}.serviceAccount.name`, account.name, subdomainName(account.name));
  if (account.namespace) findings.invalidEach(`${at}.serviceAccount.namespace`, account.namespace, labelName(account.namespace));
  else findings.required(`${at}.serviceAccount.namespace`, 'must specify namespace for service account');
}

function checkRule(findings: Findings, at: string, { subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects): void {
  if (!subjects?.length) findings.required(`${at}.subjects`, 'subjects must contain at least one value');
  subjects?.forEach((subject, index) => checkSubject(findings, `${at}.subjects[${index}]`, subject));
  if (!resourceRules?.length && !nonResourceRules?.length) findings.required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty');
  resourceRules?.forEach((rule, index) => checkResources(findings, `${at}.resourceRules[${index}]`, rule));
  nonResourceRules?.forEach((rule, index) => checkPaths(findings, `${at}.nonResourceRules[${index}]`, rule));
}

function checkPrecedence(findings: Findings, precedence: number, name: string | undefined): void {
  const at = 'spec.matchingPrecedence';
  if (precedence <= 0) findings.invalid(at, precedence, 'must be a positive value');
  if (precedence > LARGEST_PRECEDENCE) findings.invalid(at, precedence, `must not be greater than ${LARGEST_PRECEDENCE}`);
  if (precedence === 1 && name !== 'exempt') findings.invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
}

/** Each type of condition stands once. */
function checkConditions(findings: Findings, { status }: FlowSchema | PriorityLevelConfiguration): void {
  const types = new Set<string>();
  status?.conditions?.forEach(({ type = '' }, index) => {
    const at = `status.conditions[${index}].type`;
    if (types.has(type)) findings.duplicate(at, type);
    types.add(type);
    if (!type) findings.required(at);
  });
}

const flowSchema = simpleKind<FlowSchema>({
  namespaced: false, generation: ['spec'], status: () => ({}), checkStatus: checkConditions,
  check(findings, object) {
    const { metadata, spec } = object;
    checkPrecedence(findings, spec?.matchingPrecedence ?? 0, metadata?.name);
    const method = spec?.distinguisherMethod;
    if (method && !['ByNamespace', 'ByUser'].includes(method.type)) findings.notSupported('spec.distinguisherMethod.type', internalValue('flowcontrol.FlowDistinguisherMethod', method), ['ByNamespace', 'ByUser']);
    const level = spec?.priorityLevelConfiguration?.name;
    if (!level) findings.required('spec.priorityLevelConfiguration.name', 'must reference a priority level');
    else findings.invalidEach('spec.priorityLevelConfiguration.name', level, subdomainName(level));
    spec?.rules?.forEach((rule, index) => checkRule(findings, `spec.rules[${index}]`, rule));
    const fixed = MANDATORY_SCHEMAS[metadata?.name ?? ''];
    if (fixed && !semanticEqual(spec, fixed)) findings.invalid('spec', internalValue('flowcontrol.FlowSchemaSpec', asGiven(object).spec), `spec of '${metadata?.name}' must equal the fixed value`);
  },
  rules: { default({ spec }) { if (spec) spec.matchingPrecedence ||= 1000; } },
});

const level = simpleKind<PriorityLevelConfiguration>({
  namespaced: false, generation: ['spec'], status: () => ({}), checkStatus: checkConditions, check: checkPriorityLevel, rules: { default: defaultPriorityLevel },
});

export function flowcontrolRules(): Record<string, KindRules> {
  return { FlowSchema: flowSchema, PriorityLevelConfiguration: level };
}
