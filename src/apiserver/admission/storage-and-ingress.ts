import type { PersistentVolumeClaim } from '../../../schema/v1.37/types/core-v1.ts';
import type { Ingress } from '../../../schema/v1.37/types/networking-v1.ts';
import type { StorageClass } from '../../../schema/v1.37/types/storage-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { concerns, forbid, resourceOf } from './attributes.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const PROTECTION: Record<string, string> = {
  persistentvolumes: 'kubernetes.io/pv-protection', persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  'volumeattributesclasses.storage.k8s.io': 'kubernetes.io/vac-protection',
};

/** Volumes and claims get a finalizer that a controller takes off when nobody uses them. */
export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: 'StorageObjectInUseProtection',
    handles: (attributes) => attributes.operation === 'CREATE' && attributes.subresource === '' && resourceOf(attributes) in PROTECTION,
    admit(attributes) {
      const finalizer = PROTECTION[resourceOf(attributes)]!;
      const object = attributes.object!;
      const finalizers = object.metadata?.finalizers ?? [];
      if (!finalizers.includes(finalizer)) object.metadata = { ...object.metadata, finalizers: [...finalizers, finalizer] };
    },
  };
}

/** The newest object that an annotation marks as default; by name among those of one second. */
function newestDefault(reader: ObjectReader, group: string, resource: string, annotations: string[]): KubernetesObject | undefined {
  let newest: KubernetesObject | undefined;
  const later = (one: KubernetesObject, other: KubernetesObject): boolean => {
    const [a, b] = [one.metadata?.creationTimestamp ?? '', other.metadata?.creationTimestamp ?? ''];
    return a === b ? (one.metadata?.name ?? '') < (other.metadata?.name ?? '') : a > b;
  };
  for (const object of reader.list(group, resource)) {
    if (!annotations.some((annotation) => object.metadata?.annotations?.[annotation] === 'true')) continue;
    if (!newest || later(object, newest)) newest = object;
  }
  return newest;
}

const DEFAULT_STORAGE_CLASS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

export function defaultStorageClass(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    handles: (attributes) => concerns(attributes, 'persistentvolumeclaims', 'CREATE'),
    admit({ object }) {
      const claim = object as PersistentVolumeClaim;
      if (!claim.spec || typeof claim.spec.storageClassName === 'string' || claim.metadata?.annotations?.[CLASS_ANNOTATION] !== undefined) return;
      const name = newestDefault(reader, 'storage.k8s.io', 'storageclasses', DEFAULT_STORAGE_CLASS)?.metadata?.name;
      if (name !== undefined) claim.spec.storageClassName = name;
    },
  };
}

/** Claims grow only when bound and when their class allows it. */
export function persistentVolumeClaimResize(reader: ObjectReader): AdmissionPlugin {
  const classOf = (claim: PersistentVolumeClaim): string => claim.metadata?.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
  return {
    name: 'PersistentVolumeClaimResize',
    handles: (attributes) => concerns(attributes, 'persistentvolumeclaims', 'UPDATE'),
    validate(attributes) {
      const claim = attributes.object as PersistentVolumeClaim;
      const old = attributes.oldObject as PersistentVolumeClaim;
      const size = (one: PersistentVolumeClaim): string | number => one.spec?.resources?.requests?.['storage'] ?? 0;
      if (compareQuantities(size(claim), size(old)) <= 0) return;
      if (old.status?.phase !== 'Bound') throw forbid(attributes, 'Only bound persistent volume claims can be expanded');
      const name = classOf(claim);
      const storageClass = name && name === classOf(old) ? reader.get('storage.k8s.io', 'storageclasses', '', name) as StorageClass | undefined : undefined;
      if (storageClass?.allowVolumeExpansion) return;
      throw forbid(attributes, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    },
  };
}

export function defaultIngressClass(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: (attributes) => concerns(attributes, 'ingresses.networking.k8s.io', 'CREATE'),
    admit({ object }) {
      const ingress = object as Ingress;
      if (ingress.spec?.ingressClassName != null || ingress.metadata?.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
      const name = newestDefault(reader, 'networking.k8s.io', 'ingressclasses', ['ingressclass.kubernetes.io/is-default-class'])?.metadata?.name;
      if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name };
    },
  };
}
