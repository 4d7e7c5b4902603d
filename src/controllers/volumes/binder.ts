import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, STORAGE_CLASSES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';
import { writeStatus } from '../shared/status-write.ts';
import { chooseVolume, isReservedFor } from './match.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** Binds claims to volumes, and gives volumes back when their claim is gone. */
export function startVolumeBinder(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const claims = informers.for(PERSISTENT_VOLUME_CLAIMS);
  const volumes = informers.for(PERSISTENT_VOLUMES);
  const classes = informers.for(STORAGE_CLASSES);
  const events = context.eventsOf('persistentvolume-controller');
  // One worker each: two claims must not choose the same volume at the same moment.
  const claimQueue = new WorkQueue(syncClaim, { name: 'volume-claims', logger: context.logger, workers: 1, clock: context.clock });
  const volumeQueue = new WorkQueue(syncVolume, { name: 'volumes', logger: context.logger, workers: 1, clock: context.clock });
  const touchPending = (): void => { for (const claim of claims.list()) if (!claim.spec?.volumeName) claimQueue.add(keyOf(claim)); };
  const touchVolume = (volume: PersistentVolume): void => {
    volumeQueue.add(volume.metadata?.name ?? '');
    const reference = volume.spec?.claimRef;
    if (reference) claimQueue.add(`${reference.namespace}/${reference.name}`);
    else touchPending();
  };
  const stops = [
    claims.onEvent({
      add: (claim) => claimQueue.add(keyOf(claim)),
      update: (claim) => claimQueue.add(keyOf(claim)),
      delete(claim) { if (claim.spec?.volumeName) volumeQueue.add(claim.spec.volumeName); for (const volume of volumes.list()) if (isReservedFor(volume, claim)) volumeQueue.add(volume.metadata?.name ?? ''); },
    }),
    volumes.onEvent({ add: touchVolume, update: touchVolume, delete: (volume) => { if (volume.spec?.claimRef) claimQueue.add(`${volume.spec.claimRef.namespace}/${volume.spec.claimRef.name}`); } }),
    classes.onEvent({ add: touchPending, update: touchPending }),
  ];

  async function syncClaim(key: string): Promise<void> {
    await Promise.all([claims.synced(), volumes.synced(), classes.synced()]);
    const [namespace, name] = splitKey(key);
    const found = claims.get(namespace, name);
    if (!found || found.metadata?.deletionTimestamp) return;
    const claim = { ...found, apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
    if (claim.metadata?.annotations?.[BIND_COMPLETED]) return syncBound(claim);
    if (claim.spec?.volumeName) return bindNamed(claim);
    const storageClass = claim.spec?.storageClassName ? classes.get(undefined, claim.spec.storageClassName) : undefined;
    const reserved = [...volumes.list()].find((volume) => isReservedFor(volume, claim));
    const delayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata?.annotations?.[SELECTED_NODE];
    if (delayed && !reserved) return pending(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding', 'Normal');
    const volume = chooseVolume(claim, volumes.list());
    if (volume) return bind(claim, volume);
    return provision(claim, storageClass);
  }

  /** Nothing there fits: an external provisioner is told, or the reason shown. */
  async function provision(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): Promise<void> {
    const className = claim.spec?.storageClassName;
    if (className && !storageClass) return pending(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`, 'Warning');
    if (!storageClass || storageClass.provisioner === NO_PROVISIONER) return pending(claim, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set', 'Normal');
    if (claim.metadata?.annotations?.[STORAGE_PROVISIONER] !== storageClass.provisioner) {
      const annotations = { [STORAGE_PROVISIONER]: storageClass.provisioner, [BETA_STORAGE_PROVISIONER]: storageClass.provisioner };
      await client.patch(PERSISTENT_VOLUME_CLAIMS, claim.metadata?.namespace, claim.metadata?.name ?? '', { metadata: { annotations } }, { type: 'merge' });
    }
    await pending(claim, 'ExternalProvisioning', `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`, 'Normal');
  }

  async function pending(claim: PersistentVolumeClaim, reason: string, message: string, type: 'Normal' | 'Warning'): Promise<void> {
    events.event(claim, type, reason, message);
    if (claim.status?.phase !== 'Pending') await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, { ...claim.status, phase: 'Pending' });
  }

  /** The person chose a volume by name. */
  async function bindNamed(claim: PersistentVolumeClaim): Promise<void> {
    const volume = volumes.get(undefined, claim.spec?.volumeName ?? '');
    if (!volume) return pending(claim, 'FailedBinding', `volume "${claim.spec?.volumeName}" not found`, 'Warning');
    if (!volume.spec?.claimRef || isReservedFor(volume, claim)) return bind(claim, volume);
    return pending(claim, 'FailedBinding', `volume "${volume.metadata?.name}" already bound to a different claim.`, 'Warning');
  }

  async function bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const reference = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: claim.metadata?.namespace, name: claim.metadata?.name, uid: claim.metadata?.uid, resourceVersion: claim.metadata?.resourceVersion };
    let bound = volume;
    if (volume.spec?.claimRef?.uid !== claim.metadata?.uid) {
      const annotations = { ...volume.metadata?.annotations, ...(volume.spec?.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) };
      bound = await client.update(PERSISTENT_VOLUMES, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef: reference } });
    }
    await writeStatus(client, PERSISTENT_VOLUMES, bound, { ...bound.status, phase: 'Bound', message: undefined, reason: undefined });
    const annotations = { ...claim.metadata?.annotations, [BIND_COMPLETED]: 'yes', ...(claim.spec?.volumeName ? {} : { [BOUND_BY_CONTROLLER]: 'yes' }) };
    const changed = await client.update(PERSISTENT_VOLUME_CLAIMS, { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName: volume.metadata?.name } });
    await writeBoundStatus(changed, bound);
  }

  async function writeBoundStatus(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    // A claim that grows keeps what it has until the file system has grown too.
    const capacity = claim.status?.phase === 'Bound' && claim.status.capacity ? claim.status.capacity : volume.spec?.capacity;
    await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, { ...claim.status, phase: 'Bound', accessModes: volume.spec?.accessModes, capacity });
  }

  async function syncBound(claim: PersistentVolumeClaim): Promise<void> {
    const volume = volumes.get(undefined, claim.spec?.volumeName ?? '');
    if (!volume || (volume.spec?.claimRef && volume.spec.claimRef.uid !== claim.metadata?.uid)) {
      if (claim.status?.phase === 'Lost') return;
      events.event(claim, 'Warning', 'ClaimLost', volume ? 'Bound claim has its PersistentVolume bound to another claim' : `Bound claim has lost its PersistentVolume. Data on the volume is lost! Cluster administrator must provision a new volume`);
      await writeStatus(client, PERSISTENT_VOLUME_CLAIMS, claim, { ...claim.status, phase: 'Lost' });
    return;
    }
    if (!volume.spec?.claimRef) return bind(claim, volume);
    if (claim.status?.phase !== 'Bound') await writeBoundStatus(claim, volume);
  }

  async function syncVolume(name: string): Promise<void> {
    await Promise.all([claims.synced(), volumes.synced()]);
    const found = volumes.get(undefined, name);
    if (!found) return;
    const volume = { ...found, apiVersion: 'v1', kind: 'PersistentVolume' };
    const reference = volume.spec?.claimRef;
    if (!reference || !reference.uid) return setPhase(volume, 'Available');
    const claim = claims.get(reference.namespace, reference.name ?? '') ?? (await findClaim(reference.namespace, reference.name ?? ''));
    if (claim && claim.metadata?.uid === reference.uid) {
      if (claim.spec?.volumeName === name) return setPhase(volume, 'Bound');
      if (claim.spec?.volumeName && volume.metadata?.annotations?.[BOUND_BY_CONTROLLER]) return unbind(volume);
      return;
    }
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed') await setPhase(volume, 'Released');
    return reclaim(volume);
  }

  /** The informer may be behind: a volume must not be released for a claim that was only just made. */
  function findClaim(namespace: string | undefined, name: string): Promise<PersistentVolumeClaim | undefined> {
    return client.get(PERSISTENT_VOLUME_CLAIMS, namespace, name).catch((error: { code?: number }) => { if (error.code !== 404) throw error as Error; return undefined; });
  }

  async function setPhase(volume: PersistentVolume, phase: string, message?: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    await writeStatus(client, PERSISTENT_VOLUMES, volume, { ...volume.status, phase, message });
  }

  async function unbind(volume: PersistentVolume): Promise<void> {
    const { [BOUND_BY_CONTROLLER]: _, ...annotations } = volume.metadata?.annotations ?? {};
    await client.update(PERSISTENT_VOLUMES, { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef: undefined } });
  }

  /** Retain keeps the volume as it is; Delete removes it and, for folders on a node, what is in it is removed by the node. */
  async function reclaim(volume: PersistentVolume): Promise<void> {
    const policy = volume.spec?.persistentVolumeReclaimPolicy;
    if (policy !== 'Delete' || volume.metadata?.deletionTimestamp) return;
    if (volume.spec?.csi || volume.metadata?.annotations?.['pv.kubernetes.io/provisioned-by']) return;
    const path = volume.spec?.hostPath?.path;
    if (volume.spec?.local) return setPhase(volume, 'Failed', `no deleter is there for local volumes; delete PersistentVolume ${volume.metadata?.name} by hand`);
    if (path !== undefined && !path.startsWith('/tmp/')) {
      events.event(volume, 'Warning', 'VolumeFailedDelete', `host_path deleter only supports /tmp/.+ but received provided ${path}`);
      return setPhase(volume, 'Failed', `host_path deleter only supports /tmp/.+ but received provided ${path}`);
    }
    await client.delete(PERSISTENT_VOLUMES, undefined, volume.metadata?.name ?? '', { preconditions: { uid: volume.metadata?.uid } }).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error as Error;
    });
  }

  return { stop() { for (const stop of stops) stop(); claimQueue.stop(); volumeQueue.stop(); } };
}
