import type { KubernetesObject, ObjectMeta, OwnerReference } from '../../api/object.ts';

/** The reference of the one owner that manages the object. */
export function controllerOf(object: { metadata?: ObjectMeta }): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller);
}

export function isControlledBy(object: { metadata?: ObjectMeta }, owner: { metadata?: ObjectMeta }): boolean {
  const reference = controllerOf(object);
  return reference !== undefined && reference.uid === owner.metadata?.uid;
}

export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion ?? '', kind: owner.kind ?? '', name: owner.metadata?.name ?? '', uid: owner.metadata?.uid ?? '',
    controller: true, blockOwnerDeletion: true,
  };
}

/** `namespace/name`, the key of work queues. */
export function keyOf(object: { metadata?: ObjectMeta }): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
}

export function splitKey(key: string): [namespace: string, name: string] {
  const slash = key.indexOf('/');
  return [key.slice(0, slash), key.slice(slash + 1)];
}
