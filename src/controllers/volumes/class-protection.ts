import type { PersistentVolume, PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { VolumeAttributesClass } from '../../../schema/v1.37/types/storage-v1.ts';
import { PERSISTENT_VOLUMES, PERSISTENT_VOLUME_CLAIMS, VOLUME_ATTRIBUTES_CLASSES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';

const FINALIZER = 'kubernetes.io/vac-protection';

/** All classes a claim has, had or is on its way to. */
export function classesOf({ spec, status }: PersistentVolumeClaim): string[] {
  return [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, status?.modifyVolumeStatus?.targetVolumeAttributesClassName].flatMap((name) => name ? [name] : []);
}

/** Keeps VolumeAttributesClasses that claims or volumes use from going away under them. */
export function startAttributesClassProtection(context: ControllerContext): RunningController {
  const { client, informers } = context;
  const classes = informers.for(VOLUME_ATTRIBUTES_CLASSES), claims = informers.for(PERSISTENT_VOLUME_CLAIMS), volumes = informers.for(PERSISTENT_VOLUMES);
  claims.addIndex('attributes-class', classesOf);
  volumes.addIndex('attributes-class', ({ spec }) => spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : []);
  const queue = new WorkQueue(sync, { name: 'attributes-class-protection', logger: context.logger, workers: 1, clock: context.clock });
  const touch = (one: VolumeAttributesClass): void => queue.add(one.metadata?.name ?? '');
  const touchClaim = (claim: PersistentVolumeClaim): void => { for (const name of classesOf(claim)) queue.add(name); };
  const touchVolume = ({ spec }: PersistentVolume): void => { if (spec?.volumeAttributesClassName) queue.add(spec.volumeAttributesClassName); };
  const stops = [
    classes.onEvent({ add: touch, update: touch }),
    claims.onEvent({ delete: touchClaim, update: (_claim, old) => touchClaim(old) }),
    volumes.onEvent({ delete: touchVolume, update: (_volume, old) => touchVolume(old) }),
  ];

  async function sync(name: string): Promise<void> {
    await Promise.all([classes.synced(), claims.synced(), volumes.synced()]);
    const found = classes.get(undefined, name);
    if (!found) return;
    const finalizers = found.metadata?.finalizers ?? [], leaving = found.metadata?.deletionTimestamp !== undefined, guarded = finalizers.includes(FINALIZER);
    const write = (changed: string[]): Promise<unknown> => client.update(VOLUME_ATTRIBUTES_CLASSES, { ...found, metadata: { ...found.metadata, finalizers: changed } });
    if (!leaving && !guarded) await write([...finalizers, FINALIZER]);
    if (!leaving || !guarded) return;
    const used = [...claims.byIndex('attributes-class', name)].length + [...volumes.byIndex('attributes-class', name)].length > 0;
    if (!used) await write(finalizers.filter((finalizer) => finalizer !== FINALIZER));
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
