import { isAbsolute, dirname, join } from 'node:path';
import type { FieldError } from '../../api/status.ts';
import { Findings } from '../../api/kinds/common/findings.ts';
import { dnsLabel, dnsSubdomain } from '../../api/kinds/common/formats.ts';
import { validateTolerations } from '../../api/kinds/pod/validate-scheduling.ts';
import { LIMIT_TYPES, type EventLimit } from './optional/event-rate-limit.ts';
import type { ImagePolicySettings } from './optional/image-policy.ts';
import type { TolerationLimits } from './optional/pod-toleration-restriction.ts';
import type { Exemptions, PodSecuritySettings } from './pod-security/exemptions.ts';
import { LATEST } from './pod-security/pod.ts';
import { isLevel, LEVEL_MESSAGE, parseVersion, VERSION_MESSAGE, type LevelVersion } from './pod-security/policy.ts';
import type { LimitedResource } from './quota/limited-resources.ts';

// Each read throws Error for a document that is no good.

type Fields = Record<string, unknown>;

function typed(document: unknown, kinds: [apiVersion: RegExp, kind: string][], fields: string[]): Fields {
  const found = document as Fields & { apiVersion?: string; kind?: string };
  if (!kinds.some(([apiVersion, kind]) => apiVersion.test(found.apiVersion ?? '') && kind === found.kind)) {
    throw new Error(`no kind ${JSON.stringify(found.kind ?? '')} is registered for version ${JSON.stringify(found.apiVersion ?? '')}`);
  }
  refuseUnknown(found, ['apiVersion', 'kind', ...fields], '');
  return found;
}

function refuseUnknown(found: Fields, fields: string[], at: string): void {
  const unknown = Object.keys(found).find((field) => !fields.includes(field));
  if (unknown !== undefined) throw new Error(`strict decoding error: unknown field ${JSON.stringify(at + unknown)}`);
}

function throwFindings(list: readonly FieldError[]): void {
  const texts = list.map(({ field, detail }) => `${field}: ${detail}`);
  if (texts.length > 0) throw new Error(texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`);
}

export function readEventLimits(document: unknown): EventLimit[] {
  const limits = (typed(document, [[/^eventratelimit\.admission\.k8s\.io\/v1alpha1$/, 'Configuration']], ['limits'])['limits'] ?? []) as EventLimit[];
  const findings = new Findings();
  if (limits.length === 0) findings.invalid('limits', null, 'must not be empty');
  limits.forEach(({ type, qps = 0, burst = 0, cacheSize = 0 }, index) => {
    const at = `limits[${index}]`;
    findings.oneOf(`${at}.type`, type, LIMIT_TYPES);
    if (burst <= 0) findings.invalid(`${at}.burst`, burst, 'must be positive');
    if (qps <= 0) findings.invalid(`${at}.qps`, qps, 'must be positive');
    if (type !== 'Server' && cacheSize < 0) findings.invalid(`${at}.cacheSize`, cacheSize, 'must not be negative');
  });
  throwFindings(findings.list);
  return limits;
}

export function readTolerationLimits(document: unknown): TolerationLimits {
  const found = typed(document, [[/^podtolerationrestriction\.admission\.k8s\.io\/v1alpha1$/, 'Configuration']], ['default', 'whitelist']) as TolerationLimits;
  const findings = new Findings();
  validateTolerations(findings, 'podtolerationrestriction.default', found.default ?? []);
  validateTolerations(findings, 'podtolerationrestriction.whitelist', found.whitelist ?? []);
  if (!findings.empty) throw new Error(`invalid config: ${findings.list.map(({ field, detail }) => `${field}: ${detail}`).join(', ')}`);
  return { ...(found.default?.length ? { default: found.default } : {}), ...(found.whitelist?.length ? { whitelist: found.whitelist } : {}) };
}

export function readNodeSelectors(document: unknown): Record<string, string> {
  return (document as { podNodeSelectorPluginConfig?: Record<string, string> }).podNodeSelectorPluginConfig ?? {};
}

export function readLimitedResources(document: unknown): LimitedResource[] {
  const kinds: [RegExp, string][] = [[/^apiserver\.config\.k8s\.io\/v1$/, 'ResourceQuotaConfiguration'], [/^resourcequota\.admission\.k8s\.io\/v1(beta1|alpha1)$/, 'Configuration']];
  const limited = (typed(document, kinds, ['limitedResources'])['limitedResources'] ?? []) as LimitedResource[];
  const findings = new Findings();
  limited.forEach(({ resource }, index) => { if (!resource) findings.required(`limitedResources[${index}].resource`); });
  throwFindings(findings.list);
  return limited;
}

/** The kubeconfig that says how webhooks are called; undefined when it names none. */
export function readWebhookAdmission(document: unknown): string | undefined {
  const kinds: [RegExp, string][] = [[/^apiserver\.config\.k8s\.io\/v1$/, 'WebhookAdmissionConfiguration'], [/^apiserver\.config\.k8s\.io\/v1alpha1$/, 'WebhookAdmission']];
  const path = (typed(document, kinds, ['kubeConfigFile'])['kubeConfigFile'] ?? '') as string;
  if (path && !isAbsolute(path)) throw new Error(`kubeConfigFile: Invalid value: ${JSON.stringify(path)}: must be an absolute file path`);
  return path || undefined;
}

const MODES = ['enforce', 'warn', 'audit'] as const;
const EXEMPTIONS = ['usernames', 'namespaces', 'runtimeClasses'] as const;

function validateExemptions(findings: Findings, exemptions: Exemptions): void {
  const checks: [keyof Exemptions, (value: string) => readonly string[]][] = [
    ['namespaces', (value) => dnsLabel(value)], ['runtimeClasses', (value) => dnsSubdomain(value)], ['usernames', (value) => (value === '' ? ['username must not be empty'] : [])],
  ];
  for (const [field, check] of checks) {
    exemptions[field].forEach((value, index) => {
      const at = `exemptions.${field}[${index}]`;
      const messages = check(value);
      if (messages.length > 0) findings.invalid(at, value, messages.join(', '));
      else if (exemptions[field].indexOf(value) !== index) findings.duplicate(at, value);
    });
  }
}

export function readPodSecurity(document: unknown): PodSecuritySettings {
  const found = typed(document, [[/^pod-security\.admission\.config\.k8s\.io\/v1(beta1|alpha1)?$/, 'PodSecurityConfiguration']], ['defaults', 'exemptions']);
  const defaults = (found['defaults'] ?? {}) as Record<string, string>;
  refuseUnknown(defaults, MODES.flatMap((mode) => [mode, `${mode}-version`]), 'defaults.');
  const given = (found['exemptions'] ?? {}) as Partial<Record<keyof Exemptions, string[] | null>>;
  refuseUnknown(given, [...EXEMPTIONS], 'exemptions.');
  const exemptions: Exemptions = { usernames: given.usernames ?? [], namespaces: given.namespaces ?? [], runtimeClasses: given.runtimeClasses ?? [] };
  const findings = new Findings();
  const read = (mode: typeof MODES[number]): LevelVersion => {
    const level = defaults[mode] || 'privileged', text = defaults[`${mode}-version`] || 'latest';
    const version = parseVersion(text);
    if (!isLevel(level)) findings.invalid(`defaults.${mode}`, level, LEVEL_MESSAGE);
    if (version === undefined) findings.invalid(`defaults.${mode}-version`, text, VERSION_MESSAGE);
    return { level: isLevel(level) ? level : 'restricted', version: version ?? LATEST };
  };
  const policy = { enforce: read('enforce'), warn: read('warn'), audit: read('audit') };
  validateExemptions(findings, exemptions);
  throwFindings(findings.list);
  return { defaults: policy, exemptions };
}

const SECOND = 1000, MINUTE = 60 * SECOND;
const OFF = -1;

/** A number in `unit`; 0: the default; -1: none. */
function span(value: number | undefined, unit: number, [least, most, usual]: [number, number, number], shown: string): number {
  if (value === OFF) return 0;
  if (!value) return usual;
  if (value * unit < least || value * unit > most) throw new Error(`valid value is between ${shown}, got ${value * unit / SECOND}s`);
  return value * unit;
}

export function readImagePolicy(document: unknown, file: string): ImagePolicySettings & { kubeconfig: string } {
  const { imagePolicy = {} } = document as { imagePolicy?: { kubeConfigFile?: string; allowTTL?: number; denyTTL?: number; retryBackoff?: number; defaultAllow?: boolean } };
  const { kubeConfigFile: path = '', allowTTL, denyTTL, retryBackoff, defaultAllow = false } = imagePolicy;
  return {
    kubeconfig: isAbsolute(path) ? path : join(dirname(file), path), defaultAllow,
    retryMilliseconds: span(retryBackoff, 1, [0, 5 * MINUTE, 500], '1ns and 5m0s'),
    allowTtlMilliseconds: span(allowTTL, SECOND, [SECOND, 30 * MINUTE, 5 * MINUTE], '1s and 30m0s'),
    denyTtlMilliseconds: span(denyTTL, SECOND, [SECOND, 30 * MINUTE, 30 * SECOND], '1s and 30m0s'),
  };
}
