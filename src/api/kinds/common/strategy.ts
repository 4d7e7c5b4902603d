import { isDeepStrictEqual } from 'node:util';
import { asGiven } from '../../codec/given-empty.ts';
import type { KubernetesObject } from '../../object.ts';
import { semanticEqual } from './equality.ts';
import { metadataOf } from './objects.ts';

/** Sets metadata.generation on creation: for kinds without a spec, which the server counts only when told to. */
export function firstGeneration(object: KubernetesObject): void {
  metadataOf(object).generation = 1;
}

/** The next generation when one of `fields` differs from the old object's. `exact`: what was given with nothing in it is not what was left out. */
export function nextGeneration(object: KubernetesObject, old: KubernetesObject, fields: readonly string[], exact = false): void {
  const generation = old.metadata?.generation ?? 0;
  const changed = fields.some((field) => (field === 'annotations' || field === 'labels'
    ? !semanticEqual(object.metadata?.[field], old.metadata?.[field], field)
    : !semanticEqual(object[field], old[field], field)));
  const given = exact ? asGiven(object) : object;
  const odd = given !== object && fields.some((field) => !isDeepStrictEqual(given[field], object[field]));
  metadataOf(object).generation = changed || odd ? generation + 1 : generation;
}

/** A status update changes nothing but the status, and `metadata` as far as the caller lets it. */
export function statusOnly(object: KubernetesObject, old: KubernetesObject): void {
  for (const field of Object.keys(old)) if (field !== 'status' && field !== 'metadata') object[field] = old[field];
  for (const field of Object.keys(object)) if (field !== 'status' && field !== 'metadata' && !(field in old)) delete object[field];
}
