import type { ClusterTrustBundleProjection, DownwardAPIVolumeFile, KeyToPath, PodCertificateProjection, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from './types.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { subdomainName, userId } from '../common/formats.ts';
import { validateVolumeFilePath } from '../common/paths.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { validateSignerName } from '../common/signers.ts';
import { VOLUME_FIELDS, validateFieldReference, validateResourceReference } from './validate-environment.ts';

const KEY_TYPES = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];

export function validateMode(findings: Findings, path: string, mode: number | undefined): void {
  if (mode != null && (mode < 0 || mode > 0o777)) findings.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}

export function validateUser(findings: Findings, path: string, user: number | undefined): void {
  if (user != null) findings.invalidEach(path, user, userId(user));
}

export function validateKeyToPath(findings: Findings, path: string, item: KeyToPath): void {
  if (!item.key) findings.required(`${path}.key`);
  if (!item.path) findings.required(`${path}.path`);
  validateVolumeFilePath(findings, `${path}.path`, item.path ?? '');
  validateMode(findings, `${path}.mode`, item.mode);
  validateUser(findings, `${path}.user`, item.user);
}

export function validateDownwardFile(findings: Findings, path: string, file: DownwardAPIVolumeFile): void {
  if (!file.path) findings.required(`${path}.path`);
  validateVolumeFilePath(findings, `${path}.path`, file.path ?? '');
  if (file.fieldRef) {
    validateFieldReference(findings, `${path}.fieldRef`, file.fieldRef, VOLUME_FIELDS);
    if (file.resourceFieldRef) findings.invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously');
  } else if (file.resourceFieldRef) validateResourceReference(findings, `${path}.resourceFieldRef`, file.resourceFieldRef, true);
  else findings.required(path, 'one of fieldRef and resourceFieldRef is required');
  validateMode(findings, `${path}.mode`, file.mode);
  validateUser(findings, `${path}.user`, file.user);
}

function validateToken(findings: Findings, path: string, at: string, token: ServiceAccountTokenProjection): void {
  const seconds = token.expirationSeconds;
  if (seconds == null) findings.required(`${at}.expirationSeconds`);
  else if (seconds < 600) findings.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes');
  else if (seconds > 2 ** 32) findings.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds');
  if (!token.path) findings.required(`${path}.path`);
  else validateVolumeFilePath(findings, `${path}.path`, token.path);
  validateUser(findings, `${at}.user`, token.user);
}

function trustBundleName(name: string): readonly string[] {
  const split = name.lastIndexOf(':');
  return subdomainName(split < 0 ? name : name.slice(split + 1));
}

function validateTrustBundle(findings: Findings, at: string, bundle: ClusterTrustBundleProjection): void {
  if (bundle.name != null && bundle.signerName != null) findings.invalid(at, internalValue('*core.ClusterTrustBundleProjection', bundle), 'only one of name and signerName may be used');
  else if (bundle.name != null) {
    if (bundle.name === '') findings.required(`${at}.name`, 'must be a valid object name');
    findings.invalidEach(`${at}.name`, bundle.name, trustBundleName(bundle.name).map((message) => `not a valid clustertrustbundlename: ${message}`));
    if (bundle.labelSelector) findings.invalid(`${at}.labelSelector`, bundle.labelSelector, 'labelSelector must be unset if name is specified');
  } else if (bundle.signerName != null) {
    if (bundle.signerName === '') findings.required(`${at}.signerName`, 'must be a valid signer name');
    validateSignerName(findings, `${at}.signerName`, bundle.signerName);
    validateLabelSelector(findings, `${at}.labelSelector`, bundle.labelSelector);
  } else findings.required(at, 'either name or signerName must be specified');
  if (!bundle.path) findings.required(`${at}.path`);
  validateUser(findings, `${at}.user`, bundle.user);
  validateVolumeFilePath(findings, `${at}.path`, bundle.path ?? '');
}

function validateCertificate(findings: Findings, at: string, certificate: PodCertificateProjection): void {
  validateSignerName(findings, `${at}.signerName`, certificate.signerName ?? '');
  validateUser(findings, `${at}.user`, certificate.user);
  findings.oneOf(`${at}.keyType`, certificate.keyType, KEY_TYPES);
  const seconds = certificate.maxExpirationSeconds;
  const host = certificate.signerName?.split('/', 1)[0] ?? '';
  const most = host === 'kubernetes.io' || host.endsWith('.kubernetes.io') ? 86400 : 7862400;
  if (seconds != null && seconds < 3600) findings.invalid(`${at}.maxExpirationSeconds`, seconds, 'if provided, maxExpirationSeconds must be >= 3600');
  if (seconds != null && seconds > most) findings.invalid(`${at}.maxExpirationSeconds`, seconds, `if provided, maxExpirationSeconds must be <= ${most}`);
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const path = certificate[field];
    if (path) validateVolumeFilePath(findings, `${at}.${field}`, path);
  }
}

/** The paths a source brings, each with the value that a message about it shows. */
function pathsOf(source: VolumeProjection): [path: string | undefined, shown: string][] {
  const paths: [string | undefined, string][] = [];
  for (const { path } of source.secret?.items ?? []) paths.push([path, source.secret?.name ?? '']);
  for (const { path } of source.configMap?.items ?? []) paths.push([path, source.configMap?.name ?? '']);
  for (const { path } of source.downwardAPI?.items ?? []) paths.push([path, path]);
  if (source.clusterTrustBundle) paths.push([source.clusterTrustBundle.path, source.clusterTrustBundle.path]);
  for (const field of ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const) {
    const path = source.podCertificate?.[field];
    if (path) paths.push([path, path]);
  }
  return paths;
}

function validateSource(findings: Findings, path: string, at: string, source: VolumeProjection): void {
  for (const kind of ['secret', 'configMap'] as const) {
    const projection = source[kind];
    if (!projection) continue;
    if (!projection.name) findings.required(`${at}.${kind}.name`);
    projection.items?.forEach((item, index) => validateKeyToPath(findings, `${at}.${kind}.items[${index}]`, item));
  }
  for (const file of source.downwardAPI?.items ?? []) validateDownwardFile(findings, `${at}.downwardAPI`, file);
  if (source.serviceAccountToken) validateToken(findings, path, `${at}.serviceAccountToken`, source.serviceAccountToken);
  if (source.clusterTrustBundle) validateTrustBundle(findings, `${at}.clusterTrustBundle`, source.clusterTrustBundle);
  if (source.podCertificate) {
    validateCertificate(findings, `${at}.podCertificate`, source.podCertificate);
    if (!source.podCertificate.credentialBundlePath && !source.podCertificate.keyPath && !source.podCertificate.certificateChainPath) {
      findings.required(`${at}.podCertificate`, 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath');
    }
  }
}

export function validateProjected(findings: Findings, path: string, projected: ProjectedVolumeSource): void {
  validateMode(findings, `${path}.defaultMode`, projected.defaultMode);
  validateUser(findings, `${path}.defaultUser`, projected.defaultUser);
  const seen = new Set<string>();
  projected.sources?.forEach((source, index) => {
    const at = `${path}.sources[${index}]`;
    validateSource(findings, path, at, source);
    for (const [file, shown] of pathsOf(source)) {
      if (!file) continue;
      if (seen.has(file)) findings.invalid(path, shown, 'conflicting duplicate paths');
      seen.add(file);
    }
    if (Object.values(source).filter((value) => value != null).length > 1) findings.forbidden(at, 'may not specify more than 1 volume type per source');
  });
}
