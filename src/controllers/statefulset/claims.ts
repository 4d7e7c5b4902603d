import type { StatefulSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { OwnerReference } from '../../api/object.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { PERSISTENT_VOLUME_CLAIMS } from '../../client/resources.ts';
import { claimName, ordinalOf, startOrdinal } from './identity.ts';

/** Owners a claim should have under the set's retention policy: the set (gone with it), the pod (gone when scaled away), nobody. */
export function wantedOwners(set: StatefulSet, ordinal: number, pod: Pod | undefined): { set: boolean; pod: boolean } {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy;
  const end = startOrdinal(set) + (set.spec?.replicas ?? 1);
  const scaledAway = ordinal < startOrdinal(set) || ordinal >= end;
  return {
    set: policy?.whenDeleted === 'Delete' && !(scaledAway && policy.whenScaled === 'Delete'),
    pod: policy?.whenScaled === 'Delete' && scaledAway && pod !== undefined,
  };
}

/**
 * Whether a claim was left to an earlier pod of this name, as is done for scaling down: it goes with that pod, so a new one must not use it.
 */
export function belongsToEarlierPod(set: StatefulSet, podName: string, claim: PersistentVolumeClaim): boolean {
  return set.spec?.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete'
    && claim.metadata?.ownerReferences?.some(({ kind, name }) => kind === 'Pod' && name === podName) === true;
}

/** Makes owner references of the members' claims follow the retention policy; garbage collection does the rest. */
export async function applyRetention(client: Client, set: StatefulSet, pods: Pod[], claims: Informer<PersistentVolumeClaim>): Promise<void> {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy;
  if (!set.spec?.volumeClaimTemplates?.length || !policy) return;
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    for (const template of ordinal < 0 ? [] : set.spec.volumeClaimTemplates) {
      const claim = claims.get(set.metadata?.namespace, claimName(set, template, ordinal));
      if (claim) await setOwners(client, claim, set, pod, wantedOwners(set, ordinal, pod));
    }
  }
}

async function setOwners(client: Client, claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod, wanted: { set: boolean; pod: boolean }): Promise<void> {
  const existing = claim.metadata?.ownerReferences ?? [];
  const others = existing.filter((reference) => reference.uid !== set.metadata?.uid && reference.uid !== pod.metadata?.uid && reference.kind !== 'Pod');
  const references: OwnerReference[] = [...others];
  if (wanted.set) references.push({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: set.metadata?.name ?? '', uid: set.metadata?.uid ?? '', controller: true });
  if (wanted.pod) references.push({ apiVersion: 'v1', kind: 'Pod', name: pod.metadata?.name ?? '', uid: pod.metadata?.uid ?? '', controller: true });
  const uids = (list: OwnerReference[]): string => list.map((reference) => reference.uid).sort().join();
  if (uids(existing) === uids(references)) return;
  await client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, metadata: { ...claim.metadata, ownerReferences: references } });
}
