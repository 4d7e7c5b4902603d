import { parseTime } from '../../base/clock.ts';
import type * as storage from '../../../schema/v1.37/types/storage-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { age, nameOf } from './format.ts';
import { type PrintContext, type Printers, printer } from './printer.ts';

const DEFAULT_CLASS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** Of several classes that call themselves the default, the newest is it. */
function defaultClass({ objects }: PrintContext): KubernetesObject | undefined {
  const created = (object: KubernetesObject): number => parseTime(object.metadata?.creationTimestamp ?? '') || 0;
  return objects.filter(({ metadata }) => DEFAULT_CLASS.some((key) => metadata?.annotations?.[key] === 'true'))
    .sort((a, b) => created(b) - created(a) || (nameOf(a) < nameOf(b) ? -1 : 1))[0];
}

const attachment = printer<storage.VolumeAttachment>('Name|Attacher@|PV|Node|Attached:boolean|Age', (object, { now }) => [
  nameOf(object), object.spec.attacher, object.spec.source.persistentVolumeName ?? '', object.spec.nodeName, object.status?.attached ?? false, age(object, now),
]);

export const storagePrinters: Printers = {
  'storage.k8s.io/StorageClass': printer<storage.StorageClass>('Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age', (object, context) => {
    const chosen = defaultClass(context);
    const isDefault = context.objects.length > 0 && chosen != null && nameOf(chosen) === nameOf(object);
    return [nameOf(object) + (isDefault ? ' (default)' : ''), object.provisioner, object.reclaimPolicy ?? 'Delete', object.volumeBindingMode ?? 'Immediate', object.allowVolumeExpansion ?? false, age(object, context.now)];
  }),
  'storage.k8s.io/VolumeAttributesClass': printer<storage.VolumeAttributesClass>('Name|DriverName|Age', (object, { now }) => [nameOf(object), object.driverName, age(object, now)]),
  'storage.k8s.io/VolumeAttachment': attachment,
  'storage.k8s.io/CSINode': printer<storage.CSINode>('Name|Drivers:integer|Age', (object, { now }) => [nameOf(object), object.spec.drivers?.length ?? 0, age(object, now)]),
  'storage.k8s.io/CSIDriver': printer<storage.CSIDriver>('Name|AttachRequired:boolean|PodInfoOnMount:boolean|StorageCapacity:boolean|TokenRequests|RequiresRepublish:boolean|Modes|Age', (object, { now }) => {
    const { spec } = object;
    return [
      nameOf(object), spec.attachRequired ?? true, spec.podInfoOnMount ?? false, spec.storageCapacity ?? false, spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : '<unset>',
      spec.requiresRepublish ?? false, (spec.volumeLifecycleModes ?? []).join(',') || '<none>', age(object, now),
    ];
  }),
};
