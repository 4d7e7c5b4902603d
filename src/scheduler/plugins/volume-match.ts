import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { compareQuantities } from '../../api/quantity.ts';
import { matchesNodeSelector, type SelectableNode } from '../../api/placement.ts';

export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

export function classOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.metadata?.annotations?.[CLASS_ANNOTATION] ?? object.spec?.storageClassName ?? '';
}

export function claimKey(claim: PersistentVolumeClaim): string {
  return `${claim.metadata?.namespace}/${claim.metadata?.name}`;
}

export function isBound(claim: PersistentVolumeClaim): boolean {
  return Boolean(claim.spec?.volumeName) && claim.metadata?.annotations?.[BIND_COMPLETED] !== undefined;
}

export function requestOf(claim: PersistentVolumeClaim): string | number {
  return claim.spec?.resources?.requests?.['storage'] ?? 0;
}

/** Whether the volume can be reached from the node. */
export function reachableFrom(volume: PersistentVolume, node: SelectableNode): boolean {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || matchesNodeSelector(required, node);
}

export function isReservedFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  return reference?.name === claim.metadata?.name && reference?.namespace === claim.metadata?.namespace
    && (!reference?.uid || reference.uid === claim.metadata?.uid);
}

function couldServe(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { capacity, volumeMode = 'Filesystem', volumeAttributesClassName } = volume.spec ?? {};
  return !volume.metadata?.deletionTimestamp
    && compareQuantities(capacity?.['storage'] ?? 0, requestOf(claim)) >= 0
    && volumeMode === (claim.spec?.volumeMode ?? 'Filesystem')
    && (volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '');
}

function isFreeFor(volume: PersistentVolume, claim: PersistentVolumeClaim, node: SelectableNode): boolean {
  return !volume.spec?.claimRef && volume.status?.phase === 'Available' && classOf(volume) === classOf(claim)
    && (!claim.spec?.selector || matchesLabelSelector(claim.spec.selector, volume.metadata?.labels))
    && (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))
    && reachableFrom(volume, node);
}

/** The volume reserved for the claim, or else the smallest free one that fits and can be reached from the node. */
export function findVolume(
  claim: PersistentVolumeClaim, volumes: Iterable<PersistentVolume>, node: SelectableNode, taken: (name: string) => boolean,
): PersistentVolume | undefined {
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken(volume.metadata?.name ?? '') || !couldServe(volume, claim)) continue;
    if (isReservedFor(volume, claim)) return reachableFrom(volume, node) ? volume : undefined;
    if (!isFreeFor(volume, claim, node)) continue;
    if (!smallest || compareQuantities(volume.spec?.capacity?.['storage'] ?? 0, smallest.spec?.capacity?.['storage'] ?? 0) < 0) smallest = volume;
  }
  return smallest;
}

/** Whether the class makes volumes on demand, and for this node. */
export function canProvision(storageClass: StorageClass | undefined, node: SelectableNode): boolean {
  if (!storageClass?.provisioner || storageClass.provisioner === 'kubernetes.io/no-provisioner') return false;
  const topologies = storageClass.allowedTopologies;
  if (!topologies?.length) return true;
  return topologies.some((term) => (term.matchLabelExpressions ?? []).every(({ key, values }) => values.includes(node.labels[key] as string)));
}
