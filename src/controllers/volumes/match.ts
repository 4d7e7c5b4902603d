import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { compareQuantities } from '../../api/quantity.ts';

/** Whether a volume could serve a claim, apart from who may have it. */
export function fits(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const wanted = claim.spec?.resources?.requests?.['storage'];
  const offered = volume.spec?.capacity?.['storage'];
  if (wanted !== undefined && (offered === undefined || compareQuantities(offered, wanted) < 0)) return false;
  if ((volume.spec?.storageClassName ?? '') !== (claim.spec?.storageClassName ?? '')) return false;
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem')) return false;
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? '')) return false;
  if (!(claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))) return false;
  return !claim.spec?.selector || matchesLabelSelector(claim.spec.selector, volume.metadata?.labels);
}

/** Whether the volume is set aside for this claim, by an administrator or by an earlier half of the binding. */
export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (!reference) return false;
  return reference.namespace === claim.metadata?.namespace && reference.name === claim.metadata?.name && (!reference.uid || reference.uid === claim.metadata?.uid);
}

/** The smallest free volume that fits; one set aside for the claim comes first. */
export function chooseVolume(claim: PersistentVolumeClaim, volumes: Iterable<PersistentVolume>): PersistentVolume | undefined {
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.metadata?.deletionTimestamp) continue;
    const reserved = isReservedFor(volume, claim);
    if (reserved && fits(volume, claim)) return volume;
    if (volume.spec?.claimRef || volume.status?.phase === 'Failed' || !fits(volume, claim)) continue;
    if (!best || compareQuantities(volume.spec?.capacity?.['storage'] ?? '0', best.spec?.capacity?.['storage'] ?? '0') < 0) best = volume;
  }
  return best;
}
