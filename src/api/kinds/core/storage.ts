import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { internalDiff } from '../../internal-form.ts';
import type { FieldError } from '../../status.ts';
import { semanticEqual } from '../common/equality.ts';
import { Findings, IMMUTABLE, internalValue } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { compareQuantities, isNegative, wholeValue } from '../common/quantities.ts';
import { validateClaimSpec } from '../volume/claim.ts';
import * as sources from '../volume/sources.ts';
import { SOURCES, validateVolumeSpec } from './volume-spec.ts';

const STORAGE_CLASS = 'volume.beta.kubernetes.io/storage-class';
const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
const MOUNTS_WITH_OPTIONS = [
  'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'nfs', 'rbd', 'quobyte', 'iscsi', 'cinder', 'cephfs', 'azureFile', 'vsphereVolume', 'azureDisk', 'photonPersistentDisk',
] as const;

function validateMountOptions(findings: Findings, { metadata, spec }: PersistentVolume): void {
  if (metadata?.annotations?.[MOUNT_OPTIONS] == null || MOUNTS_WITH_OPTIONS.some((source) => spec?.[source] != null)) return;
  findings.forbidden(`metadata.annotations.${MOUNT_OPTIONS}`, 'may not specify mount options for this volume type');
}

function validateVolumeObject(findings: Findings, volume: PersistentVolume): void {
  validateMetadata(findings, volume, false, subdomainName);
  validateVolumeSpec(findings, 'spec', volume.spec ?? {}, volume.metadata?.name ?? '');
  validateMountOptions(findings, volume);
}

export function validatePersistentVolume(volume: PersistentVolume): FieldError[] {
  const findings = new Findings();
  validateVolumeObject(findings, volume);
  return findings.list;
}

function sourceOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(SOURCES.map((field) => [field, spec[field]]));
}

export function validatePersistentVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const findings = new Findings();
  validateVolumeObject(findings, volume);
  const now = volume.spec ?? {};
  const before = old.spec ?? {};
  const source = sourceOf(asGiven(volume).spec ?? {});
  if (before.csi && now.csi && !before.csi.controllerExpandSecretRef) {
    const { controllerExpandSecretRef: _added, ...csi } = now.csi;
    source['csi'] = csi;
  }
  if (!semanticEqual(source, sourceOf(before))) findings.forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${internalDiff('core.PersistentVolumeSource', before, source)}`);
  if (now.volumeMode !== before.volumeMode) findings.invalid('volumeMode', now.volumeMode ?? null, IMMUTABLE);
  if (before.nodeAffinity && !semanticEqual(now.nodeAffinity, before.nodeAffinity)) findings.invalid('nodeAffinity', internalValue('*core.VolumeNodeAffinity', now.nodeAffinity), `${IMMUTABLE}, except for updating from beta label to GA`);
  if (before.volumeAttributesClassName != null && now.volumeAttributesClassName == null) findings.forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden');
  return findings.list;
}

export function validateClaim(claim: PersistentVolumeClaim): FieldError[] {
  const findings = new Findings();
  validateMetadata(findings, claim, true, subdomainName);
  validateClaimSpec(findings, 'spec', claim.spec ?? {});
  return findings.list;
}

/** The new spec with everything put back that an update of a claim may change. */
function withAllowedChanges(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaim['spec'] {
  const before = old.spec ?? {};
  const spec = { ...asGiven(claim).spec };
  const annotated = old.metadata?.annotations?.[STORAGE_CLASS];
  if (before.storageClassName == null && spec.storageClassName != null && (annotated == null || annotated === spec.storageClassName)) delete spec.storageClassName;
  if (claim.status?.phase === 'Bound') {
    const storage = before.resources?.requests?.['storage'];
    spec.resources = { ...spec.resources, requests: { ...spec.resources?.requests, ...(storage == null ? {} : { storage }) } };
    if (before.volumeAttributesClassName == null) delete spec.volumeAttributesClassName;
    else spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  return spec;
}

export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const findings = new Findings();
  const now = claim.spec ?? {};
  const before = old.spec ?? {};
  validateMetadataUpdate(findings, claim, old);
  validateClaimSpec(findings, 'spec', now, before);
  const annotated = old.metadata?.annotations?.[STORAGE_CLASS] ?? '';
  const annotation = claim.metadata?.annotations?.[STORAGE_CLASS] ?? '';
  const movedToField = annotated !== '' && before.storageClassName == null && now.storageClassName === annotated && (annotation === '' || annotation === annotated);
  if (annotation !== annotated && !movedToField) findings.invalid(`metadata.annotations.${STORAGE_CLASS}`, annotation, IMMUTABLE);
  const munged = withAllowedChanges(claim, old);
  // The name may be given once.
  const compared = before.volumeName || !munged?.volumeName ? before : { ...before, volumeName: munged.volumeName };
  const selectorGiven = (munged?.selector == null) !== (compared.selector == null);
  if (selectorGiven || !semanticEqual(munged, compared)) findings.forbidden('spec', `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${internalDiff('core.PersistentVolumeClaimSpec', compared, munged)}`);
  const size = now.resources?.requests?.['storage'] ?? 0;
  if (compareQuantities(size, before.resources?.requests?.['storage'] ?? 0) < 0 && compareQuantities(size, old.status?.capacity?.['storage'] ?? 0) <= 0) {
    findings.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity');
  }
  if (now.volumeMode !== before.volumeMode) findings.invalid('volumeMode', now.volumeMode ?? null, IMMUTABLE);
  if (now.volumeAttributesClassName !== before.volumeAttributesClassName && old.status?.currentVolumeAttributesClassName != null) {
    if (now.volumeAttributesClassName == null) findings.forbidden('spec.volumeAttributesClassName', 'update to nil is forbidden when status.currentVolumeAttributesClassName is not nil');
    else if (now.volumeAttributesClassName === '') findings.forbidden('spec.volumeAttributesClassName', 'update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil');
  }
  return findings.list;
}

const RESIZE_STATES = ['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizeInProgress', 'NodeResizeInfeasible', 'NodeResizePending'];

export function validateClaimStatus(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const findings = new Findings();
  validateMetadataUpdate(findings, claim, old);
  const status = claim.status ?? {};
  for (const field of ['capacity', 'allocatedResources'] as const) {
    for (const name in status[field]) {
      const value = status[field][name] as string;
      if (isNegative(value)) findings.invalid(`status.${field}[${name}]`, Number(wholeValue(value)), 'must be a valid resource quantity');
    }
  }
  for (const name in status.allocatedResourceStatuses) {
    if (!RESIZE_STATES.includes(status.allocatedResourceStatuses[name] as string)) findings.notSupported('status.allocatedResourceStatuses', name, [...RESIZE_STATES].sort());
  }
  return findings.list;
}
