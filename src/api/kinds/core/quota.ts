import type { LimitRange, LimitRangeItem, ResourceQuota, ResourceQuotaSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../status.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { Findings, IMMUTABLE, internalValue } from '../common/findings.ts';
import { qualifiedName, subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { compareQuantities, nanoValue } from '../common/quantities.ts';
import { isOvercommitAllowed, isQuotaResource, validateContainerResourceName, validateQuotaResourceName, validateResourceName, validateResourceValue } from '../common/resource-names.ts';

type ResourceList = Record<string, string | number>;
const COMPUTE = new Set(['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']);
const SCOPES: Record<string, (resource: string) => boolean> = {
  Terminating: (name) => COMPUTE.has(name), NotTerminating: (name) => COMPUTE.has(name), NotBestEffort: (name) => COMPUTE.has(name),
  PriorityClass: (name) => COMPUTE.has(name), CrossNamespacePodAffinity: (name) => COMPUTE.has(name), BestEffort: (name) => name === 'pods',
  VolumeAttributesClass: (name) => name === 'persistentvolumeclaims' || name === 'requests.storage',
};

function validateAmounts(findings: Findings, path: string, list: ResourceList | undefined): void {
  for (const name in list) {
    validateQuotaResourceName(findings, `${path}[${name}]`, name);
    validateResourceValue(findings, `${path}[${name}]`, name, list[name] as string);
  }
}

function validateScope(findings: Findings, path: string, value: unknown, wrongPath: string, wrongValue: unknown, scope: string, hard: ResourceList | undefined): void {
  const fits = SCOPES[scope];
  if (!fits) findings.invalid(wrongPath, wrongValue, 'unsupported scope');
  for (const name of Object.keys(hard ?? {}).sort()) if (fits && isQuotaResource(name) && !fits(name)) findings.invalid(path, value, 'unsupported scope applied to resource');
}

function validateConflicts(findings: Findings, path: string, value: unknown, scopes: string[]): void {
  for (const [one, other] of [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']] as const) if (scopes.includes(one) && scopes.includes(other)) findings.invalid(path, value, 'conflicting scopes');
}

function validateSelector(findings: Findings, spec: ResourceQuotaSpec, selector: ResourceQuotaSpec['scopeSelector']): void {
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  const at = 'spec.scopeSelector.matchExpressions';
  for (const { scopeName, operator, values = [] } of expressions) {
    validateScope(findings, at, internalValue('*core.ScopeSelector', selector), `${at}.scopeName`, scopeName, scopeName, spec.hard);
    if (scopeName !== 'PriorityClass' && scopeName !== 'VolumeAttributesClass' && scopeName in SCOPES && operator !== 'Exists') {
      findings.invalid(`${at}.operator`, operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
    }
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0) findings.required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0) findings.invalid(`${at}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
    } else findings.invalid(`${at}.operator`, operator ?? '', 'not a valid selector operator');
  }
  validateConflicts(findings, at, spec.scopes ?? null, expressions.map(({ scopeName }) => scopeName));
}

function validateQuotaSpec(findings: Findings, quota: ResourceQuota): void {
  const spec = quota.spec ?? {};
  validateAmounts(findings, 'spec.hard', spec.hard);
  const scopes = spec.scopes ?? [];
  for (const scope of scopes) validateScope(findings, 'spec.scopes', scopes, 'spec.scopes', scopes, scope, spec.hard);
  validateConflicts(findings, 'spec.scopes', scopes, scopes);
  validateSelector(findings, spec, asGiven(quota).spec?.scopeSelector);
}

export function validateQuota(quota: ResourceQuota): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, quota, true, subdomainName);
  validateQuotaSpec(findings, quota);
  validateAmounts(findings, 'status.hard', quota.status?.hard);
  validateAmounts(findings, 'status.used', quota.status?.used);
  return findings.list;
}

export function validateQuotaUpdate(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, quota, old);
  validateQuotaSpec(findings, quota);
  const scopes = (object: ResourceQuota): string => JSON.stringify([...new Set(object.spec?.scopes ?? [])].sort());
  if (scopes(quota) !== scopes(old)) findings.invalid('spec.scopes', quota.spec?.scopes ?? null, IMMUTABLE);
  return findings.list;
}

export function validateQuotaStatus(quota: ResourceQuota, old: ResourceQuota): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, quota, old);
  validateAmounts(findings, 'status.hard', quota.status?.hard);
  validateAmounts(findings, 'status.used', quota.status?.used);
  return findings.list;
}

export function quotaWarnings(quota: ResourceQuota): string[] {
  const hard = quota.spec?.hard ?? {};
  const warnings: string[] = [];
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const requestName = hard[`requests.${name}`] == null && name !== 'ephemeral-storage' ? name : `requests.${name}`;
    const request = hard[requestName];
    const limit = hard[`limits.${name}`];
    if (request != null && limit != null && compareQuantities(request, limit) > 0) warnings.push(`ResourceQuota ${requestName} (${request}) should be less than limits.${name} (${limit})`);
  }
  return warnings;
}

function validateLimitName(findings: Findings, path: string, type: string, name: string): void {
  if (type === 'Pod' || type === 'Container') validateContainerResourceName(findings, path, name);
  else validateResourceName(findings, path, name);
}

function validateLimit(findings: Findings, at: string, item: LimitRangeItem, name: string): void {
  const { max, min, default: limit, defaultRequest: request, maxLimitRequestRatio: ratio } = item;
  const check = (field: string, shown: string | number, low: ResourceList | undefined, high: ResourceList | undefined, lowName: string, highName: string): void => {
    const a = low?.[name];
    const b = high?.[name];
    if (a != null && b != null && compareQuantities(a, b) > 0) findings.invalid(`${at}.${field}[${name}]`, String(shown), `${lowName} ${a} is greater than ${highName} ${b}`);
  };
  check('min', min?.[name] ?? 0, min, max, 'min value', 'max value');
  check('defaultRequest', request?.[name] ?? 0, min, request, 'min value', 'default request value');
  check('defaultRequest', request?.[name] ?? 0, request, max, 'default request value', 'max value');
  check('defaultRequest', request?.[name] ?? 0, request, limit, 'default request value', 'default limit value');
  check('default', min?.[name] ?? 0, min, limit, 'min value', 'default value');
  check('default', max?.[name] ?? 0, limit, max, 'default value', 'max value');
  const factor = ratio?.[name];
  if (factor != null && compareQuantities(factor, 1) < 0) findings.invalid(`${at}.maxLimitRequestRatio[${name}]`, String(factor), `ratio ${factor} is less than 1`);
  if (factor != null && min?.[name] != null && max?.[name] != null) {
    const most = Number(nanoValue(max[name])) / Number(nanoValue(min[name]));
    if (Number(nanoValue(factor)) / 1e9 > most) findings.invalid(`${at}.maxLimitRequestRatio[${name}]`, String(factor), `ratio ${factor} is greater than max/min = ${most.toFixed(6)}`);
  }
  if (!isOvercommitAllowed(name) && limit?.[name] != null && request?.[name] != null && compareQuantities(limit[name], request[name]) !== 0) {
    findings.invalid(`${at}.defaultRequest[${name}]`, String(request[name]), `default value ${limit[name]} must equal to defaultRequest value ${request[name]} in ${name}`);
  }
}

export function validateLimitRange(range: LimitRange): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, range, true, subdomainName);
  const types = new Set<string>();
  range.spec?.limits?.forEach((item, index) => {
    const at = `spec.limits[${index}]`;
    const { type = '' } = item;
    const messages = qualifiedName(type);
    findings.invalidEach(`${at}.type`, type, messages);
    if (messages.length === 0 && !type.includes('/') && !['Pod', 'Container', 'PersistentVolumeClaim'].includes(type)) findings.invalid(`${at}.type`, type, 'must be a standard limit type or fully qualified');
    if (types.has(type)) findings.duplicate(`${at}.type`, type);
    types.add(type);
    const names = new Set<string>();
    for (const field of ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const) {
      const list = item[field];
      if (type === 'Pod' && (field === 'default' || field === 'defaultRequest')) {
        if (Object.keys(list ?? {}).length > 0) findings.forbidden(`${at}.${field}`, "may not be specified when `type` is 'Pod'");
        continue;
      }
      for (const name in list) {
        validateLimitName(findings, `${at}.${field}[${name}]`, type, name);
        names.add(name);
      }
    }
    if (type === 'PersistentVolumeClaim' && item.min?.['storage'] == null && item.max?.['storage'] == null) findings.required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided');
    for (const name of names) validateLimit(findings, at, item, name);
  });
  return findings.list;
}
