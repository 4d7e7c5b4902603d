import type { KubernetesObject } from '../../object.ts';
import { semanticEqual } from './equality.ts';
import { carryOver, metadataOf } from './objects.ts';

/** A new object's status is the server's to write: whatever the creator sent is replaced. */
export function resetStatus(object: KubernetesObject): void {
  if (object['status'] != null) object['status'] = {};
}

/** The usual strategy of a kind with a status subresource. */
export const withStatus = {
  prepareForCreate(object: KubernetesObject): void {
    resetStatus(object);
  },
  prepareForUpdate(object: KubernetesObject, old: KubernetesObject): void {
    carryOver(object, old, 'status');
  },
};

/** The status is replaced by `status`, made anew for each object. */
export function freshStatus(status: () => Record<string, unknown>): (object: KubernetesObject) => void {
  return (object) => { object['status'] = status(); };
}

/** Sets metadata.generation on creation: for kinds without a spec, which the server counts only when told to. */
export function firstGeneration(object: KubernetesObject): void {
  metadataOf(object).generation = 1;
}

/** The next generation when one of `fields` differs from the old object's. */
export function nextGeneration(object: KubernetesObject, old: KubernetesObject, fields: readonly string[]): void {
  const generation = old.metadata?.generation ?? 0;
  const changed = fields.some((field) => (field === 'annotations' || field === 'labels'
    ? !semanticEqual(object.metadata?.[field], old.metadata?.[field], field)
    : !semanticEqual(object[field], old[field], field)));
  metadataOf(object).generation = changed ? generation + 1 : generation;
}

/** A status update changes nothing but the status, and `metadata` as far as the caller lets it. */
export function statusOnly(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of Object.keys(old)) if (field !== 'status' && field !== 'metadata') object[field] = old[field];
  for (const field of Object.keys(object)) if (field !== 'status' && field !== 'metadata' && !(field in old)) delete object[field];
}
