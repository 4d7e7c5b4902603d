import type { KubernetesObject, ObjectMeta } from '../../object.ts';

/** `object.metadata`, made when it is missing. */
export function metadataOf(object: KubernetesObject): ObjectMeta {
  return (object.metadata ??= {});
}

/** Sets `field` to what `old` has there, or removes it. */
export function carryOver(object: KubernetesObject, old: KubernetesObject, field: string): void {
  if (old[field] == null) delete object[field];
  else object[field] = old[field];
}
