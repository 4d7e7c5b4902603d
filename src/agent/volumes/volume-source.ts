import type { PersistentVolume, Pod, Volume } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodReferences } from '../pod/references.ts';

/** What a volume really is, once claims are followed. */
export type ResolvedVolume =
  | { kind: 'direct'; volume: Volume }
  | { kind: 'persistent'; persistent: PersistentVolume; readOnly: boolean; block: boolean };

/** Follows claims to their volumes. Throws with what is missing. */
export async function resolveVolume(pod: Pod, volume: Volume, references: PodReferences): Promise<ResolvedVolume> {
  const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata?.name}-${volume.name}` : undefined);
  if (claimName === undefined) return { kind: 'direct', volume };
  const claim = await references.claim(claimName);
  if (!claim) throw new Error(`error processing PVC ${pod.metadata?.namespace}/${claimName}: persistentvolumeclaim "${claimName}" not found`);
  if (volume.ephemeral && !claim.metadata?.ownerReferences?.some((owner) => owner.controller && owner.uid === pod.metadata?.uid)) {
    throw new Error(`PVC ${pod.metadata?.namespace}/${claimName} was not created for pod ${pod.metadata?.namespace}/${pod.metadata?.name} (pod is not owner)`);
  }
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || !volumeName) throw new Error(`error processing PVC ${pod.metadata?.namespace}/${claimName}: PVC is not bound`);
  const persistent = await references.volume(volumeName);
  if (!persistent) throw new Error(`persistentvolumes "${volumeName}" not found`);
  if (persistent.spec?.claimRef?.uid !== claim.metadata?.uid) throw new Error(`failed to get volume spec: PV ${volumeName} is bound to another claim`);
  return {
    kind: 'persistent', persistent, readOnly: volume.persistentVolumeClaim?.readOnly ?? false, block: (claim.spec?.volumeMode ?? 'Filesystem') === 'Block',
  };
}
