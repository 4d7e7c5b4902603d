import type { PersistentVolumeSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import type { Findings } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { isPositive, wholeValue } from '../common/quantities.ts';
import { validateNodeSelector } from '../pod/validate-scheduling.ts';
import { VOLUME_MODES, validateAccessModes } from '../volume/claim.ts';
import * as sources from '../volume/sources.ts';

/** Kubernetes' order, which decides what of two sources counts as the second. */
export const SOURCES = [
  'hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'glusterfs', 'flocker', 'nfs', 'rbd', 'quobyte', 'cephfs', 'iscsi', 'cinder', 'fc', 'flexVolume',
  'azureFile', 'vsphereVolume', 'photonPersistentDisk', 'portworxVolume', 'azureDisk', 'scaleIO', 'local', 'storageos', 'csi',
] as const satisfies readonly (keyof PersistentVolumeSpec)[];

function validateSource(findings: Findings, at: string, spec: PersistentVolumeSpec, field: (typeof SOURCES)[number], name: string): void {
  if (field === 'hostPath') sources.validateHostPath(findings, `${at}.hostPath`, spec.hostPath!);
  else if (field === 'nfs') sources.validateNfs(findings, `${at}.nfs`, spec.nfs!);
  else if (field === 'iscsi') sources.validatePersistentIscsi(findings, `${at}.iscsi`, spec.iscsi!, name);
  else if (field === 'csi') sources.validatePersistentCsi(findings, `${at}.csi`, spec.csi!);
  else if (field === 'local') {
    sources.validateLocal(findings, `${at}.local`, spec.local!);
    if (!spec.nodeAffinity) findings.required(`${at}.nodeAffinity`, 'Local volume requires node affinity');
  } else sources.validateStorageSystem(findings, at, field, spec[field] as object, false);
}

function validateCapacity(findings: Findings, at: string, capacity: PersistentVolumeSpec['capacity']): void {
  const names = Object.keys(capacity ?? {});
  if (names.length === 0) findings.required(`${at}.capacity`);
  if (capacity?.['storage'] == null || names.length > 1) findings.notSupported(`${at}.capacity`, capacity ?? null, ['storage']);
  for (const name of names) {
    const value = capacity?.[name] as string;
    if (wholeValue(value) < 0n) findings.invalid(`${at}.capacity[${name}]`, Number(wholeValue(value)), 'must be a valid resource quantity');
    if (!isPositive(value)) findings.invalid(`${at}.capacity[${name}]`, String(value), 'must be greater than zero');
  }
}

function validateNodeAffinity(findings: Findings, at: string, affinity: NonNullable<PersistentVolumeSpec['nodeAffinity']>): void {
  if (affinity.required) validateNodeSelector(findings, `${at}.required`, affinity.required);
  else findings.required(`${at}.required`, 'must specify required node constraints');
}

const INLINE = 'in the context of inline volumes';

/** What only a volume with an object of its own has. */
function validateInline(findings: Findings, at: string, spec: PersistentVolumeSpec): void {
  for (const field of ['claimRef', 'nodeAffinity'] as const) if (spec[field]) findings.forbidden(`${at}.${field}`, `may not be specified ${INLINE}`);
  if (Object.keys(spec.capacity ?? {}).length > 0) findings.forbidden(`${at}.capacity`, `may not be specified ${INLINE}`);
  if (!spec.csi) findings.required(`${at}.csi`, `has to be specified ${INLINE}`);
  if (spec.persistentVolumeReclaimPolicy && spec.persistentVolumeReclaimPolicy !== 'Retain') findings.forbidden(`${at}.persistentVolumeReclaimPolicy`, `may only be Retain ${INLINE}`);
  if (spec.storageClassName) findings.forbidden(`${at}.storageClassName`, `may not be specified ${INLINE}`);
  if (spec.volumeMode != null && spec.volumeMode !== 'Filesystem') findings.forbidden(`${at}.volumeMode`, `may not specify volumeMode other than Filesystem ${INLINE}`);
}

function validateOwn(findings: Findings, at: string, spec: PersistentVolumeSpec): void {
  validateCapacity(findings, at, spec.capacity);
  if (spec.persistentVolumeReclaimPolicy) findings.oneOf(`${at}.persistentVolumeReclaimPolicy`, spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain']);
  if (spec.nodeAffinity) validateNodeAffinity(findings, `${at}.nodeAffinity`, spec.nodeAffinity);
  if (spec.storageClassName) findings.invalidEach(`${at}.storageClassName`, spec.storageClassName, subdomainName(spec.storageClassName));
  if (spec.volumeMode != null) findings.oneOf(`${at}.volumeMode`, spec.volumeMode, VOLUME_MODES);
}

/** What a volume is. `name`: of its object; undefined: it stands inside an attachment. */
export function validateVolumeSpec(findings: Findings, at: string, spec: PersistentVolumeSpec, name: string | undefined): void {
  if (!spec.accessModes?.length) findings.required(`${at}.accessModes`);
  validateAccessModes(findings, `${at}.accessModes`, spec.accessModes);
  if (name === undefined) validateInline(findings, at, spec);
  else validateOwn(findings, at, spec);
  const given = SOURCES.filter((field) => spec[field] != null);
  given.forEach((field, index) => {
    // This one is looked at whatever came before it.
    if (index === 0 || field === 'flexVolume') validateSource(findings, at, spec, field, name ?? '');
    else sources.refuseSecondSource(findings, at, field);
  });
  if (given.length === 0) findings.required(at, 'must specify a volume type');
  if (spec.hostPath && /^\/+(\.?\/*)*$/.test(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === 'Recycle') findings.forbidden(`${at}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'");
  const attributes = spec.volumeAttributesClassName;
  if (attributes == null) return;
  if (attributes === '') findings.required(`${at}.volumeAttributesClassName`, 'an empty string is disallowed');
  else findings.invalidEach(`${at}.volumeAttributesClassName`, attributes, subdomainName(attributes));
  if (!spec.csi) findings.required(`${at}.csi`, 'has to be specified when using volumeAttributesClassName');
}
