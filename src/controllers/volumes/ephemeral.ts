import type { PersistentVolumeClaim, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { PERSISTENT_VOLUME_CLAIMS, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerReference, isControlledBy, keyOf, splitKey } from '../shared/owners.ts';
import { isPodTerminal } from '../shared/pods.ts';

/** Makes the claims of pods' generic ephemeral volumes; garbage collection removes them with the pod. */
export function startEphemeralVolumeController(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const pods = informers.for(PODS);
  const claims = informers.for(PERSISTENT_VOLUME_CLAIMS);
  const events = context.eventsOf('ephemeral_volume');
  const queue = new WorkQueue(sync, { name: 'ephemeral-volumes', logger: context.logger, workers: 2, clock: context.clock });
  const stop = pods.onEvent({ add: (pod) => { if (pod.spec?.volumes?.some((volume) => volume.ephemeral)) queue.add(keyOf(pod)); } });

  async function sync(key: string): Promise<void> {
    await claims.synced();
    const [namespace, name] = splitKey(key);
    const pod = pods.get(namespace, name);
    if (!pod || isPodTerminal(pod) || pod.metadata?.deletionTimestamp) return;
    for (const volume of pod.spec?.volumes ?? []) if (volume.ephemeral) await ensure(pod, volume.name, volume.ephemeral.volumeClaimTemplate ?? { spec: {} });
  }

  async function ensure(pod: Pod, volumeName: string, template: { metadata?: PersistentVolumeClaim['metadata']; spec: PersistentVolumeClaim['spec'] }): Promise<void> {
    const name = `${pod.metadata?.name}-${volumeName}`;
    const asOwner = { ...pod, apiVersion: 'v1', kind: 'Pod' };
    const existing = claims.get(pod.metadata?.namespace, name);
    if (existing) {
      if (!isControlledBy(existing, pod)) events.event(asOwner, 'Warning', 'FailedBinding', `PVC ${pod.metadata?.namespace}/${name} was not created for pod ${pod.metadata?.name} (pod is not owner)`);
      return;
    }
    const metadata = { name, namespace: pod.metadata?.namespace, labels: template.metadata?.labels, annotations: template.metadata?.annotations, ownerReferences: [controllerReference(asOwner)] };
    await client.create(PERSISTENT_VOLUME_CLAIMS, { metadata, spec: template.spec }).catch((error: { code?: number }) => { if (error.code !== 409) throw error as Error; });
  }

  return { stop() { stop(); queue.stop(); } };
}
