import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../../../schema/v1.37/types/core-v1.ts';
import { termWarnings } from '../common/node-label-warnings.ts';
import { isWhole } from '../common/quantities.ts';

const CLASS = 'volume.beta.kubernetes.io/storage-class';
const ANNOTATIONS: [key: string, advice: string][] = [
  [CLASS, 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ['volume.beta.kubernetes.io/mount-options', 'deprecated since v1.31; use "mountOptions" attribute instead'],
];
const SOURCES: [field: keyof NonNullable<PersistentVolume['spec']>, shown: string, advice: string][] = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'], ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'], ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'], ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const warnings = ANNOTATIONS.filter(([key]) => metadata?.annotations?.[key] != null).map(([key, advice]) => `metadata.annotations[${key}]: ${advice}`);
  if (spec?.persistentVolumeReclaimPolicy === 'Recycle') {
    warnings.push('spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.');
  }
  spec?.nodeAffinity?.required?.nodeSelectorTerms?.forEach((term, index) => warnings.push(...termWarnings(`spec.nodeAffinity.required.nodeSelectorTerms[${index}]`, term)));
  for (const [field, shown, advice] of SOURCES) if (spec?.[field] != null) warnings.push(`spec.${shown}: ${advice}`);
  return warnings;
}

/** `path` is that of the spec. */
export function claimSpecWarnings(path: string, spec: PersistentVolumeClaimSpec | undefined): string[] {
  return (['requests', 'limits'] as const).flatMap((part) => {
    const value = spec?.resources?.[part]?.['storage'];
    return value == null || isWhole(value) ? [] : [`${path}.resources.${part}[storage]: fractional byte value ${JSON.stringify(String(value))} is invalid, must be an integer`];
  });
}

export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  return [...(metadata?.annotations?.[CLASS] == null ? [] : [`metadata.annotations[${CLASS}]: ${ANNOTATIONS[0]?.[1]}`]), ...claimSpecWarnings('spec', spec)];
}
