import type { Job, JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '../../../../schema/v1.37/types/batch-v1.ts';
import type { PodTemplateSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { RuleContext } from '../../kind-rules.ts';
import type { FieldError } from '../../status.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, IMMUTABLE, goJson, internalValue, selectorValue } from '../common/findings.ts';
import { dnsLabel, dnsSubdomain, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateImmutableField } from '../common/immutable.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { selectorMatches, validateLabelSelector } from '../common/selectors.ts';
import { podCheck } from '../pod/context.ts';
import { validatePodTemplate } from '../pod/validate.ts';
import { IndexesError, countIndexes, parseIndexes } from './indexes.ts';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const LARGE = 100_000;
const LARGE_PARALLELISM = 10_000;

function validateExitCodes(findings: Findings, path: string, rule: PodFailurePolicyRule, names: Set<string>): void {
  const codes = rule.onExitCodes;
  if (!codes) return;
  if (!codes.operator) findings.required(`${path}.operator`, 'valid values: ["In" "NotIn"]');
  else findings.oneOf(`${path}.operator`, codes.operator, ['In', 'NotIn']);
  if (codes.containerName != null && !names.has(codes.containerName)) findings.invalid(`${path}.containerName`, codes.containerName, 'must be one of the container or initContainer names in the pod template');
  const values = codes.values ?? [];
  if (values.length === 0) findings.invalid(`${path}.values`, values, 'at least one value is required');
  else if (values.length > 255) findings.tooMany(`${path}.values`, values.length, 255);
  values.forEach((value, index) => {
    if (codes.operator === 'In' && value === 0) findings.invalid(`${path}.values[${index}]`, value, 'must not be 0 for the In operator');
    if (values.indexOf(value) < index) findings.duplicate(`${path}.values[${index}]`, value);
  });
  if (values.some((value, index) => index > 0 && (values[index - 1] as number) > value)) findings.invalid(`${path}.values`, values, 'must be ordered');
}

function validateFailureRule(findings: Findings, path: string, rule: PodFailurePolicyRule, spec: JobSpec, names: Set<string>): void {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  if (!action) findings.required(`${path}.action`, `valid values: [${ACTIONS.map(goJson).join(' ')}]`);
  else if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex == null) findings.invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set');
  } else findings.oneOf(`${path}.action`, action, ACTIONS);
  validateExitCodes(findings, `${path}.onExitCodes`, rule, names);
  if (onPodConditions.length > 20) findings.tooMany(`${path}.onPodConditions`, onPodConditions.length, 20);
  onPodConditions.forEach(({ type = '', status }, index) => {
    const at = `${path}.onPodConditions[${index}]`;
    findings.invalidEach(`${at}.type`, type, qualifiedName(type));
    if (!status) findings.required(`${at}.status`, 'valid values: ["False" "True" "Unknown"]');
    else findings.oneOf(`${at}.status`, status, ['False', 'True', 'Unknown']);
  });
  if (onExitCodes && onPodConditions.length > 0) findings.invalidWithoutValue(path, 'specifying both OnExitCodes and OnPodConditions is not supported');
  if (!onExitCodes && onPodConditions.length === 0) findings.invalidWithoutValue(path, 'specifying one of OnExitCodes and OnPodConditions is required');
}

function validateSuccessRule(findings: Findings, path: string, rule: SuccessPolicyRule, completions: number): void {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount == null && succeededIndexes == null) findings.required(path, 'at least one of succeededCount or succeededIndexes must be specified');
  let total = 0;
  if (succeededIndexes != null) {
    if (succeededIndexes.length > 65536) findings.tooLong(`${path}.succeededIndexes`, 65536);
    try {
      total = countIndexes(parseIndexes(succeededIndexes, completions));
    } catch (error) {
      if (!(error instanceof IndexesError)) throw error;
      findings.invalid(`${path}.succeededIndexes`, succeededIndexes, `error parsing succeededIndexes: ${error.message}`);
    }
  }
  if (succeededCount == null) return;
  const at = `${path}.succeededCount`;
  findings.notNegative(at, succeededCount);
  if (succeededCount > completions) findings.invalid(at, succeededCount, `must be less than or equal to ${completions} (the number of specified completions)`);
  if (succeededIndexes != null && succeededCount > total) findings.invalid(at, succeededCount, `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`);
}

function validateManagedBy(findings: Findings, path: string, name: string): void {
  const [host = '', ...rest] = name.split('/');
  const last = rest.join('/');
  if (!name) findings.required(path);
  else if (!host || !last) findings.invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")');
  else {
    findings.invalidEach(path, host, dnsSubdomain(host));
    const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
    if (!new RegExp(`^${pattern}$`).test(last)) findings.invalid(path, last, `Invalid path (regex used for validation is '${pattern}')`);
  }
  if (name.length > 63) findings.tooLong(path, 63);
}

function validateIndexed(findings: Findings, path: string, spec: JobSpec): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (completions == null) findings.required(`${path}.completions`, 'when completion mode is Indexed');
  if (parallelism > LARGE) findings.invalid(`${path}.parallelism`, parallelism, `must be less than or equal to ${LARGE} when completion mode is Indexed`);
  if (completions != null && maxFailedIndexes != null && maxFailedIndexes > completions) findings.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions');
  if (maxFailedIndexes != null && maxFailedIndexes > LARGE) findings.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${LARGE}`);
  if (completions == null || completions <= LARGE || backoffLimitPerIndex == null) return;
  const limit = `must be less than or equal to ${LARGE_PARALLELISM} when completions are above ${LARGE} and used with backoff limit per index`;
  if (maxFailedIndexes == null) findings.required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${LARGE}`);
  if (parallelism > LARGE_PARALLELISM) findings.invalid(`${path}.parallelism`, parallelism, limit);
  if (maxFailedIndexes != null && maxFailedIndexes > LARGE_PARALLELISM) findings.invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, limit);
}

function validatePolicies(findings: Findings, path: string, spec: JobSpec, given: JobSpec): void {
  const { template, podFailurePolicy, successPolicy, completions = 0 } = spec;
  if (podFailurePolicy) {
    const rules = podFailurePolicy.rules ?? [];
    if (rules.length > 20) findings.tooMany(`${path}.podFailurePolicy.rules`, rules.length, 20);
    const names = new Set([...(template.spec?.containers ?? []), ...(template.spec?.initContainers ?? [])].map(({ name }) => name));
    rules.forEach((rule, index) => validateFailureRule(findings, `${path}.podFailurePolicy.rules[${index}]`, rule, spec, names));
  }
  if (successPolicy) {
    const rules = successPolicy.rules ?? [];
    if (spec.completionMode !== 'Indexed') findings.invalid(`${path}.successPolicy`, internalValue('batch.SuccessPolicy', given.successPolicy), 'requires indexed completion mode');
    else {
      if (rules.length === 0) findings.required(`${path}.successPolicy.rules`, 'at least one rules must be specified when the successPolicy is specified');
      if (rules.length > 20) findings.tooMany(`${path}.successPolicy.rules`, rules.length, 20);
      rules.forEach((rule, index) => validateSuccessRule(findings, `${path}.successPolicy.rules[${index}]`, rule, completions));
    }
  }
  if (spec.podReplacementPolicy != null) findings.oneOf(`${path}.podReplacementPolicy`, spec.podReplacementPolicy, podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']);
}

/** A job's spec, without the selector: also that of a CronJob's template. `given`: the same with what was given empty. */
export function validateJobTemplateSpec(findings: Findings, path: string, spec: JobSpec, context: RuleContext, given: JobSpec, old?: JobSpec): void {
  for (const field of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const) findings.notNegative(`${path}.${field}`, spec[field]);
  if (spec.maxFailedIndexes != null && spec.backoffLimitPerIndex == null) findings.required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  if (spec.managedBy != null) validateManagedBy(findings, `${path}.managedBy`, spec.managedBy);
  if (spec.completionMode != null) findings.oneOf(`${path}.completionMode`, spec.completionMode, ['NonIndexed', 'Indexed']);
  if (spec.completionMode === 'Indexed') validateIndexed(findings, path, spec);
  else if (spec.completionMode == null || spec.completionMode === 'NonIndexed') {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) if (spec[field] != null) findings.invalid(`${path}.${field}`, spec[field], 'requires indexed completion mode');
  }
  validatePolicies(findings, path, spec, given);
  const check = podCheck(context, false, old?.template.spec);
  const unchanged = old != null && semanticEqual(spec.template.spec, old.template.spec);
  validatePodTemplate(findings, `${path}.template`, spec.template, unchanged ? { ...check, allowDuplicatePorts: true } : check);
  const policy = spec.template.spec?.restartPolicy;
  const at = `${path}.template.spec.restartPolicy`;
  if (!policy || policy === 'Always') findings.required(at, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') findings.notSupported(at, policy, ['OnFailure', 'Never']);
  else if (spec.podFailurePolicy && policy !== 'Never') findings.invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

function validateSpec(findings: Findings, job: Job, context: RuleContext, old?: JobSpec): void {
  const spec = job.spec as JobSpec;
  validateJobTemplateSpec(findings, 'spec', spec, context, asGiven(job).spec as JobSpec, old);
  if (!spec.selector) findings.required('spec.selector');
  else validateLabelSelector(findings, 'spec.selector', spec.selector);
  if (selectorMatches(spec.selector, spec.template.metadata?.labels) === false) findings.invalid('spec.template.metadata.labels', spec.template.metadata?.labels ?? null, '`selector` does not match template `labels`');
}

function validateLabel(findings: Findings, template: PodTemplateSpec, key: string, expected: string): void {
  const labels = template.metadata?.labels;
  const at = `spec.template.metadata.labels[${key}]`;
  if (labels?.[key] == null) findings.required(at, `must be '${expected}'`);
  else if (labels[key] !== expected) findings.invalid(at, labels, `must be '${expected}'`);
}

function validateGeneratedSelector(findings: Findings, job: Job): void {
  const spec = job.spec as JobSpec;
  if (spec.manualSelector || !spec.selector) return;
  const name = job.metadata?.name ?? '';
  const uid = job.metadata?.uid ?? '';
  if (!uid) findings.required('metadata.uid');
  const expected = { 'controller-uid': uid, 'job-name': name, 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name };
  for (const [key, value] of Object.entries(expected)) validateLabel(findings, spec.template, key, value);
  if (selectorMatches(spec.selector, expected) === false) findings.invalid('spec.selector', selectorValue(spec.selector), '`selector` not auto-generated');
}

function validateName(findings: Findings, job: Job): void {
  const { completionMode, completions = 0 } = job.spec as JobSpec;
  const name = job.metadata?.name ?? '';
  const last = `${name}-${completions - 1}`;
  if (completionMode === 'Indexed' && completions > 0 && dnsLabel(last).length > 0) findings.invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`);
}

export function validateJob(job: Job, context: RuleContext): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, job, true, subdomainName);
  validateGeneratedSelector(findings, job);
  validateSpec(findings, job, context);
  validateName(findings, job);
  return findings.list;
}

/** A suspended job that has no pods may get other scheduling directives and resources. */
function mutableTemplate(old: Job): boolean {
  const suspended = old.status?.conditions?.some(({ type, status }) => type === 'Suspended' && status === 'True') ?? false;
  return Boolean(old.spec?.suspend) && (old.status?.startTime == null || suspended) && !old.status?.active;
}

function withoutMutable(template: PodTemplateSpec): unknown {
  const { affinity, nodeSelector: _selector, tolerations: _tolerations, schedulingGates: _gates, ...spec } = template.spec ?? { containers: [] };
  const { nodeAffinity: _node, ...others } = affinity ?? {};
  const bare = <Container extends { resources?: unknown }>({ resources: _resources, ...rest }: Container): unknown => rest;
  return { ...spec, ...(Object.keys(others).length > 0 ? { affinity: others } : {}), containers: (spec.containers ?? []).map(bare), ...(spec.initContainers ? { initContainers: spec.initContainers.map(bare) } : {}) };
}

export function validateJobUpdate(job: Job, old: Job, context: RuleContext): FieldError[] {
  const findings = new Findings();
  const now = job.spec as JobSpec;
  const before = old.spec as JobSpec;
  validateMetadataUpdate(findings, job, old);
  validateSpec(findings, job, context, before);
  const given = asGiven(job).spec as JobSpec;
  if (now.completionMode !== 'Indexed') validateImmutableField(findings, 'spec', 'batch.JobSpec', 'completions', now, before);
  else if (now.completions != null && now.completions !== before.completions && now.completions !== now.parallelism) {
    findings.invalid('spec.completions', now.completions, 'can only be modified in tandem with spec.parallelism');
  }
  validateImmutableField(findings, 'spec', 'batch.JobSpec', 'selector', now, before, given);
  if (!mutableTemplate(old)) validateImmutableField(findings, 'spec', 'batch.JobSpec', 'template', now, before, given);
  else if (!semanticEqual(withoutMutable(now.template), withoutMutable(before.template))) findings.invalid('spec.template.spec', internalValue('core.PodSpec', given.template.spec), IMMUTABLE);
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) validateImmutableField(findings, 'spec', 'batch.JobSpec', field, now, before, given);
  validateName(findings, job);
  return findings.list;
}
