import type { LabelSelector } from '../../../../schema/v1.37/types/meta-v1.ts';
import type { PodTemplateSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { type Findings, selectorValue } from './findings.ts';
import { percent } from './formats.ts';
import { isEmptySelector, selectorMatches, validateLabelSelector } from './selectors.ts';

export { isEmptySelector as isEmpty, validateLabelSelector as validateSelector } from './selectors.ts';

/** The selector of a workload: there, well-formed and not empty. False when it cannot be used at all. */
export function validateWorkloadSelector(findings: Findings, path: string, selector: LabelSelector | undefined, kind: string, unusable = 'invalid label selector'): boolean {
  if (!selector) {
    findings.required(path);
    return true;
  }
  const before = findings.list.length;
  validateLabelSelector(findings, path, selector);
  const usable = findings.list.length === before;
  if (isEmptySelector(selector)) findings.invalid(path, selectorValue(selector), `empty selector is invalid for ${kind}`);
  if (!usable) findings.invalid(path, selectorValue(selector), unusable);
  return usable;
}

export function validateSelectorMatches(findings: Findings, path: string, selector: LabelSelector | undefined, template: PodTemplateSpec): void {
  if (selectorMatches(selector, template.metadata?.labels) === false) {
    findings.invalid(`${path}.metadata.labels`, template.metadata?.labels ?? null, '`selector` does not match template `labels`');
  }
}

/** Pods of controllers are started again for ever: these fields of a template make no sense then. */
export function validateEndlessTemplate(findings: Findings, path: string, template: PodTemplateSpec, kind: string): void {
  if (template.spec?.restartPolicy !== 'Always') findings.notSupported(`${path}.spec.restartPolicy`, template.spec?.restartPolicy ?? '', ['Always']);
  if (template.spec?.activeDeadlineSeconds != null) findings.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
}

export function validateIntOrPercent(findings: Findings, path: string, value: number | string): void {
  if (typeof value === 'string') findings.invalidEach(path, value, percent(value));
  else findings.notNegative(path, value);
}

/** The number, or the per cent; 0 for what is neither. */
export function intOrPercent(value: number | string | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  return percent(value).length === 0 ? parseInt(value, 10) : Number(value) || 0;
}

export function validateAtMostAll(findings: Findings, path: string, value: number | string): void {
  if (typeof value === 'string' && percent(value).length === 0 && parseInt(value, 10) > 100) findings.invalid(path, value, 'must not be greater than 100%');
}

type Counts = Record<string, number | undefined>;

/** Counts of a workload's status: none negative, none above `replicas`. */
export function validateCounts(findings: Findings, status: object, counts: readonly string[], limited: readonly string[], readyName = 'readyReplicas'): void {
  const values = status as Counts;
  for (const name of counts) findings.notNegative(`status.${name}`, values[name]);
  const replicas = values['replicas'] ?? 0;
  for (const name of limited) {
    const value = values[name] ?? 0;
    if (value > replicas) findings.invalid(`status.${name}`, value, 'cannot be greater than status.replicas');
  }
  const available = values['availableReplicas'] ?? 0;
  if (limited.includes('availableReplicas') && available > (values['readyReplicas'] ?? 0)) findings.invalid('status.availableReplicas', available, `cannot be greater than ${readyName}`);
}

export function validateCollisionCount(findings: Findings, now: number | undefined, before: number | undefined): void {
  if (before != null && (now == null || now < before)) findings.invalid('status.collisionCount', now ?? 0, 'cannot be decremented');
}
