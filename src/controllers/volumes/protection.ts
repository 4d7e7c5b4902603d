import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';
import { isPodTerminal } from '../shared/pods.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/** Names of the claims a pod uses, its own generic ephemeral ones too. */
export function claimsOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).map((volume) => volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${pod.metadata?.name}-${volume.name}` : undefined)).filter((name) => name !== undefined);
}

/** Keeps claims that pods use, and volumes that claims use, from going away under them. */
export function startVolumeProtection(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const claims = informers.for(PERSISTENT_VOLUME_CLAIMS);
  const volumes = informers.for(PERSISTENT_VOLUMES);
  const pods = informers.for(PODS);
  pods.addIndex('claim', (pod) => claimsOf(pod).map((name) => `${pod.metadata?.namespace}/${name}`));
  const claimQueue = new WorkQueue(syncClaim, { name: 'claim-protection', logger: context.logger, workers: 2, clock: context.clock });
  const volumeQueue = new WorkQueue(syncVolume, { name: 'volume-protection', logger: context.logger, workers: 2, clock: context.clock });
  const touchClaims = (pod: Pod): void => { for (const name of claimsOf(pod)) claimQueue.add(`${pod.metadata?.namespace}/${name}`); };
  const touchClaim = (claim: PersistentVolumeClaim): void => claimQueue.add(keyOf(claim));
  const touchVolume = (volume: PersistentVolume): void => volumeQueue.add(volume.metadata?.name ?? '');
  const stops = [
    claims.onEvent({ add: touchClaim, update: touchClaim, delete: (claim) => { if (claim.spec?.volumeName) volumeQueue.add(claim.spec.volumeName); } }),
    volumes.onEvent({ add: touchVolume, update: touchVolume }),
    pods.onEvent({ delete: touchClaims, update: (pod, old) => { if (isPodTerminal(pod) && !isPodTerminal(old)) touchClaims(pod); } }),
  ];

  async function syncClaim(key: string): Promise<void> {
    await Promise.all([claims.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const claim = claims.get(namespace, name);
    if (!claim) return;
    const finalizers = claim.metadata?.finalizers ?? [];
    if (!claim.metadata?.deletionTimestamp) {
      if (!finalizers.includes(CLAIM_FINALIZER)) await client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, CLAIM_FINALIZER] } });
      return;
    }
    if (!finalizers.includes(CLAIM_FINALIZER)) return;
    const used = [...pods.byIndex('claim', key)].some((pod) => !isPodTerminal(pod) && pod.spec?.nodeName);
    if (!used) await client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, metadata: { ...claim.metadata, finalizers: finalizers.filter((finalizer) => finalizer !== CLAIM_FINALIZER) } });
  }

  async function syncVolume(name: string): Promise<void> {
    await Promise.all([claims.synced(), volumes.synced()]);
    const volume = volumes.get(undefined, name);
    if (!volume) return;
    const finalizers = volume.metadata?.finalizers ?? [];
    if (!volume.metadata?.deletionTimestamp) {
      if (!finalizers.includes(VOLUME_FINALIZER)) await client.update(PERSISTENT_VOLUMES, { ...volume, metadata: { ...volume.metadata, finalizers: [...finalizers, VOLUME_FINALIZER] } });
      return;
    }
    if (!finalizers.includes(VOLUME_FINALIZER) || volume.status?.phase === 'Bound') return;
    await client.update(PERSISTENT_VOLUMES, { ...volume, metadata: { ...volume.metadata, finalizers: finalizers.filter((finalizer) => finalizer !== VOLUME_FINALIZER) } });
  }

  return { stop() { for (const stop of stops) stop(); claimQueue.stop(); volumeQueue.stop(); } };
}
