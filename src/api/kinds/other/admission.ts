import type * as admission from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { Findings } from '../common/findings.ts';
import { dns1035Label, dnsSubdomain, qualifiedName, subdomainName } from '../common/formats.ts';
import { parseGoUrl } from '../common/go-url.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { type SimpleKind, simpleKind } from '../common/simple.ts';
import { checkConditions as checkStatusConditions } from './policy.ts';

type Webhook = admission.MutatingWebhook | admission.ValidatingWebhook;
type Rule = admission.RuleWithOperations | admission.NamedRuleWithOperations;
const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const POLICIES = ['Fail', 'Ignore'];
const MATCHES = ['Equivalent', 'Exact'];

function checkList(findings: Findings, at: string, list: string[] | undefined, what: string): void {
  if (!list?.length) findings.required(at);
  else if (list.length > 1 && list.includes('*')) findings.invalid(at, list, `if '*' is present, must not specify other ${what}`);
  list?.forEach((entry, index) => { if (entry === '') findings.required(`${at}[${index}]`); });
}

function checkResources(findings: Findings, at: string, resources: string[]): void {
  if (resources.length === 0) findings.required(at);
  const every = new Set<string>();
  let hasBoth = false;
  let hasAll = false;
  resources.forEach((entry, index) => {
    const path = `${at}[${index}]`;
    if (entry === '') return findings.required(path);
    if (entry === '*/*') hasBoth = true;
    if (entry === '*') hasAll = true;
    const [resource = '', subresource] = entry.split('/', 2);
    if (subresource == null) return;
    if (every.has(`${resource}/*`) || every.has(`*/${subresource}`)) findings.invalid(path, entry, `if '${every.has(`${resource}/*`) ? `${resource}/*` : `*/${subresource}`}' is present, must not specify ${entry}`);
    if (resource === '*' || subresource === '*') every.add(entry);
  });
  if (resources.length > 1 && hasBoth) findings.invalid(at, resources, "if '*/*' is present, must not specify other resources");
  if (hasAll && resources.some((entry) => !entry.includes('/') && entry !== '*')) findings.invalid(at, resources, "if '*' is present, must not specify other resources without subresources");
}

/** Names of objects may be anything that a URL can hold as one step. */
function pathSegment(name: string): string | undefined {
  if (name === '.' || name === '..') return `may not be '${name}'`;
  const found = ['/', '%'].find((character) => name.includes(character));
  return found && `may not contain '${found}'`;
}

function checkRule(findings: Findings, at: string, rule: Rule): void {
  (rule as admission.NamedRuleWithOperations).resourceNames?.forEach((name, index, all) => {
    const wrong = pathSegment(name);
    if (wrong) findings.invalid(`${at}.resourceNames[${index}]`, name, wrong);
    if (all.indexOf(name) < index) findings.duplicate(`${at}.resourceNames[${index}]`, name);
  });
  if (!rule.operations?.length) findings.required(`${at}.operations`);
  if ((rule.operations?.length ?? 0) > 1 && rule.operations?.includes('*')) findings.invalid(`${at}.operations`, rule.operations, "if '*' is present, must not specify other operations");
  rule.operations?.forEach((operation, index) => findings.oneOf(`${at}.operations[${index}]`, operation, OPERATIONS));
  if (!rule.apiGroups?.length) findings.required(`${at}.apiGroups`);
  if ((rule.apiGroups?.length ?? 0) > 1 && rule.apiGroups?.includes('*')) findings.invalid(`${at}.apiGroups`, rule.apiGroups, "if '*' is present, must not specify other API groups");
  checkList(findings, `${at}.apiVersions`, rule.apiVersions, 'API versions');
  checkResources(findings, `${at}.resources`, rule.resources ?? []);
  if (rule.scope != null) findings.oneOf(`${at}.scope`, rule.scope, ['*', 'Cluster', 'Namespaced']);
}

const FORM = '; desired format: https://host[/path]';

function checkUrl(findings: Findings, at: string, text: string): void {
  const url = parseGoUrl(text);
  if (typeof url === 'string') return findings.required(at, `url must be a valid URL: ${url}${FORM}`);
  if (url.scheme !== 'https') findings.invalid(at, url.scheme, `'https' is the only allowed URL scheme${FORM}`);
  if (!url.host) findings.invalid(at, '', `host must be specified${FORM}`);
  if (url.user !== undefined) findings.invalid(at, url.user, 'user information is not permitted in the URL');
  if (url.fragment) findings.invalid(at, url.fragment, 'fragments are not permitted in the URL');
  if (url.query) findings.invalid(at, url.query, 'query parameters are not permitted in the URL');
}

/** How the server reaches a webhook: a URL or a Service. Also of CRD conversion and aggregation. */
export function checkClientConfig(findings: Findings, at: string, config: { url?: string; service?: { name?: string; namespace?: string; path?: string; port?: number } } | undefined): void {
  const { url, service } = config ?? {};
  if ((url == null) === (service == null)) return findings.required(at, 'exactly one of url or service is required');
  if (url != null) {
    checkUrl(findings, `${at}.url`, url);
    return;
  }
  // Upstream takes the one for the other.
  if (!service?.name) findings.required(`${at}.service.namespace`);
  if (!service?.namespace) findings.required(`${at}.service.name`);
  const port = service?.port ?? 443;
  if (port < 1 || port > 65535) findings.invalid(`${at}.service.port`, port, 'port is not valid: must be between 1 and 65535, inclusive');
  if (service?.path) checkPath(findings, `${at}.service.path`, service.path);
}

function checkPath(findings: Findings, at: string, path: string): void {
  if (path === '/') return;
  if (!path.startsWith('/')) findings.invalid(at, path, "must start with a '/'");
  path.slice(1).replace(/\/$/, '').split('/').forEach((segment, index) => {
    if (segment === '') findings.invalid(at, path, `segment[${index}] may not be empty`);
    else for (const message of dnsSubdomain(segment)) findings.invalid(at, path, `segment[${index}]: ${message}`);
  });
}

function checkName(findings: Findings, at: string, name: string | undefined): void {
  if (!name) return findings.required(at);
  const wrong = dnsSubdomain(name);
  if (wrong.length > 0) findings.invalid(at, name, wrong.join(','));
  else if (name.split('.').length < 3) findings.invalid(at, name, 'should be a domain with at least three segments separated by dots');
}

function checkWebhook(findings: Findings, at: string, webhook: Webhook): void {
  checkName(findings, `${at}.name`, webhook.name);
  webhook.rules?.forEach((rule, index) => checkRule(findings, `${at}.rules[${index}]`, rule));
  if (webhook.failurePolicy != null) findings.oneOf(`${at}.failurePolicy`, webhook.failurePolicy, POLICIES);
  if (webhook.matchPolicy != null) findings.oneOf(`${at}.matchPolicy`, webhook.matchPolicy, MATCHES);
  const reinvocation = (webhook as admission.MutatingWebhook).reinvocationPolicy;
  if (reinvocation != null) findings.oneOf(`${at}.reinvocationPolicy`, reinvocation, ['IfNeeded', 'Never']);
  if (webhook.sideEffects == null) findings.required(`${at}.sideEffects`, 'must specify one of None, NoneOnDryRun');
  else findings.oneOf(`${at}.sideEffects`, webhook.sideEffects, ['None', 'NoneOnDryRun']);
  const seconds = webhook.timeoutSeconds;
  if (seconds != null && (seconds > 30 || seconds < 1)) findings.invalid(`${at}.timeoutSeconds`, seconds, 'the timeout value must be between 1 and 30 seconds');
  validateLabelSelector(findings, `${at}.namespaceSelector`, webhook.namespaceSelector);
  validateLabelSelector(findings, `${at}.objectSelector`, webhook.objectSelector);
  checkClientConfig(findings, `${at}.clientConfig`, webhook.clientConfig);
  checkConditions(findings, `${at}.matchConditions`, webhook.matchConditions);
  const versions = webhook.admissionReviewVersions ?? [];
  if (versions.length === 0) findings.required(`${at}.admissionReviewVersions`, 'must specify one of v1, v1beta1');
  else if (!versions.some((version) => version === 'v1' || version === 'v1beta1')) findings.invalid(`${at}.admissionReviewVersions`, versions, 'must include at least one of v1, v1beta1');
  versions.forEach((version, index) => {
    const place = `${at}.admissionReviewVersions[${index}]`;
    if (versions.indexOf(version) < index) findings.invalid(place, version, 'duplicate version');
    else findings.invalidEach(place, version, dns1035Label(version));
  });
}

function checkConditions(findings: Findings, at: string, conditions: admission.MatchCondition[] | undefined): void {
  if ((conditions?.length ?? 0) > 64) findings.tooMany(at, conditions?.length ?? 0, 64);
  conditions?.forEach(({ name, expression }, index) => {
    if (!expression?.trim()) findings.required(`${at}[${index}].expression`);
    if (!name) findings.required(`${at}[${index}].name`);
    else {
      findings.invalidEach(`${at}[${index}].name`, name, qualifiedName(name));
      if (conditions.findIndex((other) => other.name === name) < index) findings.duplicate(`${at}[${index}].name`, name);
    }
  });
}

function defaultWebhooks(webhooks: Webhook[] | undefined, mutating: boolean): void {
  for (const webhook of webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= 10;
    if (mutating) (webhook as admission.MutatingWebhook).reinvocationPolicy ??= 'Never';
    for (const rule of webhook.rules ?? []) rule.scope ??= '*';
    if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  }
}

function checkWebhooks(findings: Findings, webhooks: Webhook[] | undefined): void {
  webhooks?.forEach((webhook, index) => {
    checkWebhook(findings, `webhooks[${index}]`, webhook);
    if (webhook.name && webhooks.findIndex(({ name }) => name === webhook.name) < index) findings.duplicate(`webhooks[${index}].name`, webhook.name);
  });
}

function defaultMatch(match: admission.MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

function checkMatch(findings: Findings, at: string, match: admission.MatchResources | undefined, isPolicy: boolean): void {
  if (!match) {
    if (isPolicy) findings.required(at);
    return;
  }
  if (isPolicy && !match.resourceRules?.length) findings.required(`${at}.resourceRules`);
  match.resourceRules?.forEach((rule, index) => checkRule(findings, `${at}.resourceRules[${index}]`, rule));
  match.excludeResourceRules?.forEach((rule, index) => checkRule(findings, `${at}.excludeResourceRules[${index}]`, rule));
  validateLabelSelector(findings, `${at}.namespaceSelector`, match.namespaceSelector);
  validateLabelSelector(findings, `${at}.objectSelector`, match.objectSelector);
  if (match.matchPolicy != null) findings.oneOf(`${at}.matchPolicy`, match.matchPolicy, MATCHES);
}

function checkParamKind(findings: Findings, kind: { apiVersion?: string; kind?: string } | undefined): void {
  if (!kind) return;
  const at = 'spec.paramKind';
  const parts = kind.apiVersion?.split('/') ?? [];
  if (!kind.apiVersion) findings.required(`${at}.apiVersion`);
  else if (parts.length > 2) findings.invalid(`${at}.apiVersion`, kind.apiVersion, `unexpected GroupVersion string: ${kind.apiVersion}`);
  else {
    const [version = '', group = ''] = parts.reverse();
    if (group && dnsSubdomain(group).length > 0) findings.invalid(`${at}.apiVersion`, group, dnsSubdomain(group).join(','));
    if (version === '') findings.invalid(`${at}.apiVersion`, kind.apiVersion, 'version must be specified');
    else if (dns1035Label(version).length > 0) findings.invalid(`${at}.apiVersion`, version, dns1035Label(version).join(','));
  }
  if (!kind.kind) findings.required(`${at}.kind`);
  else {
    const wrong = dns1035Label(kind.kind.toLowerCase());
    if (wrong.length > 0) findings.invalid(`${at}.kind`, kind.kind, `may have mixed case, but should otherwise match: ${wrong.join(',')}`);
  }
}

function checkPolicyAndParameters(findings: Findings, spec: { policyName?: string; paramRef?: admission.ParamRef } | undefined): void {
  if (!spec?.policyName) findings.required('spec.policyName');
  else findings.invalidEach('spec.policyName', spec.policyName, subdomainName(spec.policyName));
  const reference = spec?.paramRef;
  if (reference) {
    const { name, selector, parameterNotFoundAction: action } = reference, at = 'spec.paramRef';
    const wrong = name ? pathSegment(name) : undefined;
    if (wrong) findings.invalid(`${at}.name`, name, wrong);
    if (name && selector) for (const field of ['name', 'selector']) findings.forbidden(`${at}.${field}`, 'name and selector are mutually exclusive');
    validateLabelSelector(findings, `${at}.selector`, selector);
    if (!name && !selector) findings.required(at, 'one of name or selector must be specified');
    findings.requiredOneOf(`${at}.parameterNotFoundAction`, action, ['Deny', 'Allow']);
  }
}

function checkPolicyStatus(findings: Findings, { status }: admission.ValidatingAdmissionPolicy): void {
  status?.typeChecking?.expressionWarnings?.forEach(({ fieldRef, warning }, index) => {
    const at = `status.typeChecking.expressionWarnings[${index}]`;
    if (!warning) findings.required(`${at}.warning`);
    if (!fieldRef) findings.required(`${at}.fieldRef`);
  });
  checkStatusConditions(findings, 'status.conditions', status?.conditions);
}

function checkMutatingBinding(findings: Findings, { spec }: admission.MutatingAdmissionPolicyBinding): void {
  checkPolicyAndParameters(findings, spec);
  checkMatch(findings, 'spec.matchResources', spec?.matchResources as admission.MatchResources | undefined, false);
  for (const operation of spec?.matchResources?.resourceRules?.flatMap(({ operations }) => operations ?? []) ?? []) {
    findings.oneOf('spec.matchResources.resourceRules.operations', operation, ['*', 'CONNECT', 'CREATE', 'UPDATE']);
  }
}

function checkBinding(findings: Findings, { spec }: admission.ValidatingAdmissionPolicyBinding): void {
  checkPolicyAndParameters(findings, spec);
  checkMatch(findings, 'spec.matchResources', spec?.matchResources, false);
  const actions = spec?.validationActions ?? [];
  if (actions.length === 0) findings.required('spec.validationActions');
  actions.forEach((action, index) => {
    findings.oneOf(`spec.validationActions[${index}]`, action, ['Audit', 'Deny', 'Warn']);
    if (actions.indexOf(action) < index) findings.duplicate(`spec.validationActions[${index}]`, action);
  });
  if (actions.includes('Deny') && actions.includes('Warn')) findings.invalid('spec.validationActions', actions, 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)');
}

type Variables = { name?: string; expression?: string }[] | undefined;
const WORDS = /^(?:true|false|null|in|as|break|const|continue|else|for|function|if|import|let|loop|package|namespace|return|var|void|while)$/;
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const MAXIMUM_ANNOTATIONS = 20;
const MAXIMUM_VALUE_EXPRESSION = 5 * 1024;
const LINE_BREAK = /[\n\r]/;

function checkFailurePolicy(findings: Findings, policy: string | undefined): void {
  if (policy === undefined || policy === null) findings.required('spec.failurePolicy');
  else findings.oneOf('spec.failurePolicy', policy, POLICIES);
}

function checkVariables(findings: Findings, variables: Variables): void {
  variables?.forEach(({ name, expression }, index) => {
    const at = `spec.variables[${index}]`;
    if (!name?.trim()) findings.required(`${at}.name`, 'name is not specified');
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || WORDS.test(name)) findings.invalid(`${at}.name`, name, 'must be a valid CEL identifier');
    if (!expression?.trim()) findings.required(`${at}.expression`, 'expression is not specified');
  });
}

function checkValidation(findings: Findings, at: string, { expression, message, messageExpression, reason }: admission.Validation): void {
  if (!expression?.trim()) findings.required(`${at}.expression`, 'expression is not specified');
  if (messageExpression && !messageExpression.trim()) findings.invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified');
  if (message && !message.trim()) findings.invalid(`${at}.message`, message, 'must be non-empty if specified');
  else if (message && LINE_BREAK.test(message.trim())) findings.invalid(`${at}.message`, message, 'must not contain line breaks');
  if (reason != null) findings.oneOf(`${at}.reason`, reason, REASONS);
}

function checkPolicy(findings: Findings, { metadata, spec }: admission.ValidatingAdmissionPolicy): void {
  const at = 'spec';
  checkFailurePolicy(findings, spec?.failurePolicy);
  checkParamKind(findings, spec?.paramKind);
  checkMatch(findings, `${at}.matchConstraints`, spec?.matchConstraints, true);
  checkConditions(findings, `${at}.matchConditions`, spec?.matchConditions);
  checkVariables(findings, spec?.variables);
  const annotations = spec?.auditAnnotations ?? [];
  if (!spec?.validations?.length && annotations.length === 0) {
    for (const list of ['validations', 'auditAnnotations']) findings.required(`${at}.${list}`, 'validations or auditAnnotations must contain at least one item');
  }
  spec?.validations?.forEach((validation, index) => checkValidation(findings, `${at}.validations[${index}]`, validation));
  if (annotations.length > MAXIMUM_ANNOTATIONS) findings.invalid(`${at}.auditAnnotations`, annotations, `must not have more than ${MAXIMUM_ANNOTATIONS} auditAnnotations`);
  annotations.forEach(({ key = '', valueExpression = '' }, index) => {
    const place = `${at}.auditAnnotations[${index}]`;
    if (!metadata?.name) findings.invalid(`${place}.key`, key, 'requires metadata.name be non-empty');
    else findings.invalidEach(`${place}.key`, `${metadata.name}/${key}`, qualifiedName(`${metadata.name}/${key}`));
    if (!valueExpression.trim()) findings.required(`${place}.valueExpression`, 'valueExpression is not specified');
    else if (valueExpression.trim().length > MAXIMUM_VALUE_EXPRESSION) findings.required(`${place}.valueExpression`, `must not exceed ${MAXIMUM_VALUE_EXPRESSION} bytes in length`);
    if (annotations.findIndex((other) => (other.key ?? '') === key) < index) findings.duplicate(`${place}.key`, key);
  });
}

function checkMutation(findings: Findings, at: string, { patchType, jsonPatch, applyConfiguration }: admission.Mutation): void {
  if (!patchType) return findings.required(`${at}.patchType`);
  const [own, other] = patchType === 'JSONPatch' ? ['jsonPatch', 'applyConfiguration'] : ['applyConfiguration', 'jsonPatch'];
  if (patchType !== 'JSONPatch' && patchType !== 'ApplyConfiguration') return findings.oneOf(`${at}.patchType`, patchType, ['ApplyConfiguration', 'JSONPatch']);
  const given: Record<string, { expression?: string } | undefined> = { jsonPatch, applyConfiguration };
  if (given[own] == null) findings.required(`${at}.${own}`, `must be specified when patchType is ${patchType}`);
  else if (!given[own]?.expression?.trim()) findings.required(`${at}.${own}.expression`);
  if (given[other] != null) findings.invalid(`${at}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`);
}

function checkMutatingPolicy(findings: Findings, { spec }: admission.MutatingAdmissionPolicy): void {
  checkFailurePolicy(findings, spec?.failurePolicy);
  checkParamKind(findings, spec?.paramKind);
  checkMatch(findings, 'spec.matchConstraints', spec?.matchConstraints as admission.MatchResources | undefined, true);
  for (const { operations = [] } of spec?.matchConstraints?.resourceRules ?? []) {
    for (const operation of operations) findings.oneOf('spec.matchConstraints.resourceRules.operations', operation, ['*', 'CONNECT', 'CREATE', 'UPDATE']);
  }
  checkConditions(findings, 'spec.matchConditions', spec?.matchConditions);
  checkVariables(findings, spec?.variables);
  if (!spec?.mutations?.length) findings.required('spec.mutations', 'mutations must contain at least one item');
  spec?.mutations?.forEach((mutation, index) => checkMutation(findings, `spec.mutations[${index}]`, mutation));
  if (!spec?.reinvocationPolicy) findings.required('spec.reinvocationPolicy');
  else findings.oneOf('spec.reinvocationPolicy', spec.reinvocationPolicy, ['IfNeeded', 'Never']);
}

/** Names of registrations that come from files of the server. */
const STATIC_SUFFIX = '.static.k8s.io';
const RESERVED = `names ending with "${STATIC_SUFFIX}" are reserved for static manifest-based configurations and cannot be managed via the API`;
/** Resources that no webhook is asked about. */
const EXCLUDED: Partial<Record<string, string[]>> = {
  'authentication.k8s.io': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io': ['localsubjectaccessreviews', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
};

interface Registration { metadata?: { name?: string }; webhooks?: { rules?: admission.RuleWithOperations[] }[] }

function excludedWarnings(webhooks: Registration['webhooks']): string[] {
  return (webhooks ?? []).flatMap(({ rules = [] }, index) => rules.flatMap(({ apiGroups = [], resources = [] }, place) => {
    if (apiGroups.includes('*') || resources.includes('*')) return [];
    const named = new Set(apiGroups.flatMap((group) => resources.filter((resource) => EXCLUDED[group]?.includes(resource)).map((resource) => `${resource}.${group}`)));
    return [...named].map((resource) => `webhooks[${index}].rules[${place}]: ${resource} is excluded from admission webhooks; this rule will have no effect`);
  }));
}

/** A kind whose names of one form are reserved. */
function registration<Kind extends Registration>(kind: SimpleKind<Kind>): KindRules {
  const isReserved = ({ metadata }: Registration): boolean => metadata?.name?.endsWith(STATIC_SUFFIX) === true;
  return simpleKind<Kind>({
    ...kind,
    check(findings, object, old, context) {
      kind.check?.(findings, object, old, context);
      if (!old && isReserved(object)) findings.invalid('metadata.name', object.metadata?.name, RESERVED);
    },
    rules: { ...kind.rules, warnings: (object, old) => [...(old && isReserved(object) ? [`metadata.name: ${RESERVED}`] : []), ...excludedWarnings(object.webhooks)] },
  });
}

/** Rules of the group admissionregistration.k8s.io, by kind. What CEL expressions mean is checked where they are compiled. */
export function admissionRules(): Record<string, KindRules> {
  return {
    MutatingWebhookConfiguration: registration<admission.MutatingWebhookConfiguration>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['webhooks'], exactGeneration: true, check: (findings, { webhooks }) => checkWebhooks(findings, webhooks), rules: { default: ({ webhooks }) => defaultWebhooks(webhooks, true) },
    }),
    ValidatingWebhookConfiguration: registration<admission.ValidatingWebhookConfiguration>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['webhooks'], exactGeneration: true, check: (findings, { webhooks }) => checkWebhooks(findings, webhooks), rules: { default: ({ webhooks }) => defaultWebhooks(webhooks, false) },
    }),
    ValidatingAdmissionPolicy: registration<admission.ValidatingAdmissionPolicy>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['spec'], status: () => ({}), check: checkPolicy, checkStatus: checkPolicyStatus,
      rules: {
        default({ spec }) {
          if (!spec) return;
          spec.failurePolicy ??= 'Fail';
          defaultMatch(spec.matchConstraints);
        },
      },
    }),
    ValidatingAdmissionPolicyBinding: registration<admission.ValidatingAdmissionPolicyBinding>({ namespaced: false, anyFinalizer: true, conditional: true, generation: ['spec'], check: checkBinding, rules: { default: ({ spec }) => defaultMatch(spec?.matchResources) } }),
    MutatingAdmissionPolicy: registration<admission.MutatingAdmissionPolicy>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['spec'], check: checkMutatingPolicy,
      rules: {
        default({ spec }) {
          if (!spec) return;
          spec.failurePolicy ??= 'Fail';
          defaultMatch(spec.matchConstraints as admission.MatchResources | undefined);
        },
      },
    }),
    MutatingAdmissionPolicyBinding: registration<admission.MutatingAdmissionPolicyBinding>({
      namespaced: false, anyFinalizer: true, conditional: true, generation: ['spec'], check: checkMutatingBinding,
      rules: { default: ({ spec }) => defaultMatch(spec?.matchResources as admission.MatchResources | undefined) },
    }),
  };
}
