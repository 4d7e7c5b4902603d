import type { PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference } from '../pod/types.ts';
import type { Findings } from '../common/findings.ts';
import { dnsSubdomain, labelName, subdomainName } from '../common/formats.ts';
import { isPositive } from '../common/quantities.ts';
import { validateResourceValue } from '../common/resource-names.ts';
import { validateLabelSelector } from '../common/selectors.ts';

export const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
export const VOLUME_MODES = ['Block', 'Filesystem'];

export function validateAccessModes(findings: Findings, path: string, modes: string[] | undefined): void {
  for (const mode of modes ?? []) findings.oneOf(path, mode, ACCESS_MODES);
  if (modes?.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && ACCESS_MODES.includes(mode))) {
    findings.forbidden(path, 'may not use ReadWriteOncePod with other access modes');
  }
}

function validateDataSource(findings: Findings, path: string, source: TypedLocalObjectReference | TypedObjectReference, checkGroup: boolean): void {
  if (!source.name) findings.required(`${path}.name`);
  if (!source.kind) findings.required(`${path}.kind`);
  if (!source.apiGroup) {
    if (source.kind !== 'PersistentVolumeClaim') findings.invalid(path, source.kind ?? '', "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  } else if (checkGroup) findings.invalidEach(`${path}.apiGroup`, source.apiGroup, dnsSubdomain(source.apiGroup));
  const namespace = (source as TypedObjectReference).namespace;
  if (namespace) findings.invalidEach(`${path}.namespace`, namespace, labelName(namespace));
}

function validateDataSources(findings: Findings, path: string, spec: PersistentVolumeClaimSpec, checkGroups: boolean): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) validateDataSource(findings, `${path}.dataSource`, dataSource, checkGroups);
  if (dataSourceRef) validateDataSource(findings, `${path}.dataSourceRef`, dataSourceRef, checkGroups);
  if (!dataSource || !dataSourceRef) return;
  // Kubernetes puts the inner path where the value belongs.
  if (dataSourceRef.namespace) findings.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified');
  else if (dataSource.apiGroup !== dataSourceRef.apiGroup || dataSource.kind !== dataSourceRef.kind || dataSource.name !== dataSourceRef.name) findings.invalid(path, {}, 'must match dataSourceRef');
}

/** The spec of a claim, or of the claim a pod's ephemeral volume makes. */
export function validateClaimSpec(findings: Findings, path: string, spec: PersistentVolumeClaimSpec, old?: PersistentVolumeClaimSpec): void {
  if (!spec.accessModes?.length) findings.required(`${path}.accessModes`, 'at least 1 access mode is required');
  validateLabelSelector(findings, `${path}.selector`, spec.selector);
  validateAccessModes(findings, `${path}.accessModes`, spec.accessModes);
  const storage = spec.resources?.requests?.['storage'];
  const at = `${path}.resources[storage]`;
  if (storage == null) findings.required(at);
  else if (!isPositive(storage)) findings.invalid(at, String(storage), 'must be greater than zero');
  else validateResourceValue(findings, at, 'storage', storage);
  if (spec.storageClassName) findings.invalidEach(`${path}.storageClassName`, spec.storageClassName, subdomainName(spec.storageClassName));
  if (spec.volumeMode != null) findings.oneOf(`${path}.volumeMode`, spec.volumeMode, VOLUME_MODES);
  validateDataSources(findings, path, spec, !old?.dataSource?.apiGroup && !old?.dataSourceRef?.apiGroup);
  if (spec.volumeAttributesClassName) findings.invalidEach(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, subdomainName(spec.volumeAttributesClassName));
}
