import type { ConfigMap, Secret } from '../../../../schema/v1.37/types/core-v1.ts';
import type { FieldError } from '../../status.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, IMMUTABLE } from '../common/findings.ts';
import { configKey, subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';

const SIZE_LIMIT = 1024 * 1024;

/** Bytes behind base64 text. */
function decodedLength(text: string): number {
  return Math.floor((text.length * 3) / 4) - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
}

function checkKeys(findings: Findings, path: string, data: Record<string, string> | undefined): void {
  for (const key in data) findings.invalidEach(`${path}[${key}]`, key, configKey(key));
}

function validateConfigMapObject(findings: Findings, configMap: ConfigMap): void {
  validateMetadata(findings, configMap, true, subdomainName);
  const { data, binaryData } = configMap;
  let size = 0;
  checkKeys(findings, 'data', data);
  for (const key in data) {
    if (binaryData && key in binaryData) findings.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
    size += Buffer.byteLength(data[key] as string);
  }
  checkKeys(findings, 'binaryData', binaryData);
  for (const key in binaryData) size += decodedLength(binaryData[key] as string);
  if (size > SIZE_LIMIT) findings.tooLong('[]', SIZE_LIMIT);
}

export function validateConfigMap(configMap: ConfigMap): FieldError[] {
  const findings = new Findings();
  validateConfigMapObject(findings, configMap);
  return findings.list;
}

function validateFrozen<Kind extends { immutable?: boolean }>(findings: Findings, now: Kind, before: Kind, fields: (keyof Kind & string)[]): void {
  if (!before.immutable) return;
  if (!now.immutable) findings.forbidden('immutable', 'field is immutable when `immutable` is set');
  for (const field of fields) if (!semanticEqual(now[field], before[field], field)) findings.forbidden(field, 'field is immutable when `immutable` is set');
}

export function validateConfigMapUpdate(configMap: ConfigMap, old: ConfigMap): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, configMap, old);
  validateFrozen(findings, configMap, old, ['data', 'binaryData']);
  validateConfigMapObject(findings, configMap);
  return findings.list;
}

function jsonError(base64: string): string | undefined {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    return value === null || (typeof value === 'object' && !Array.isArray(value)) ? undefined : 'json: cannot unmarshal into Go value of type map[string]interface {}';
  } catch {
    if (text.trim() === '') return 'unexpected end of JSON input';
    return `invalid character '${text.trim()[0]}' looking for beginning of value`;
  }
}

const DOCKER_KEYS: Record<string, string> = { 'kubernetes.io/dockercfg': '.dockercfg', 'kubernetes.io/dockerconfigjson': '.dockerconfigjson' };

function validateSecretType(findings: Findings, secret: Secret): void {
  const data = secret.data ?? {};
  const type = secret.type ?? '';
  const dockerKey = DOCKER_KEYS[type];
  if (dockerKey) {
    const value = data[dockerKey];
    if (value == null) return findings.required(`data[${dockerKey}]`);
    const wrong = jsonError(value);
    if (wrong) findings.invalid(`data[${dockerKey}]`, '<secret contents redacted>', wrong);
  } else if (type === 'kubernetes.io/service-account-token') {
    if (!secret.metadata?.annotations?.['kubernetes.io/service-account.name']) findings.required('metadata.annotations[kubernetes.io/service-account.name]');
  } else if (type === 'kubernetes.io/basic-auth') {
    if (data['username'] != null || data['password'] != null) return;
    findings.required('data[username]');
    findings.required('data[password]');
  } else if (type === 'kubernetes.io/ssh-auth') {
    if (!data['ssh-privatekey']) findings.required('data[ssh-privatekey]');
  } else if (type === 'kubernetes.io/tls') {
    for (const key of ['tls.crt', 'tls.key']) if (data[key] == null) findings.required(`data[${key}]`);
  }
}

function validateSecretObject(findings: Findings, secret: Secret): void {
  validateMetadata(findings, secret, true, subdomainName);
  checkKeys(findings, 'data', secret.data);
  let size = 0;
  for (const key in secret.data) size += decodedLength(secret.data[key] as string);
  if (size > SIZE_LIMIT) findings.tooLong('data', SIZE_LIMIT);
  validateSecretType(findings, secret);
}

export function validateSecret(secret: Secret): FieldError[] {
  const findings = new Findings();
  validateSecretObject(findings, secret);
  return findings.list;
}

export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, secret, old);
  if (secret.type !== old.type) findings.invalid('type', secret.type ?? '', IMMUTABLE);
  validateFrozen(findings, secret, old, ['data']);
  validateSecretObject(findings, secret);
  return findings.list;
}

/** `stringData` is a way to write `data`, never stored. */
export function mergeStringData(secret: Secret): void {
  if (!secret.stringData) return;
  const data = (secret.data ??= {});
  for (const key in secret.stringData) data[key] = Buffer.from(secret.stringData[key] as string, 'utf8').toString('base64');
  delete secret.stringData;
}
