import { isDeepStrictEqual } from 'node:util';
import type { Field, Schema } from '../../../api/schema.ts';

type Json = unknown;
const isObject = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * `patch` laid over `object` as server-side apply does: objects and granular maps field by field, lists of maps by their keys, sets
 * as unions, everything else replaced. Neither argument is changed.
 */
export function mergeApplied(object: Json, patch: Json, schema: Schema | undefined, field?: Field): Json {
  if (isObject(patch)) {
    const atomic = (field?.structType ?? schema?.structType) === 'atomic' || (field?.mapType ?? schema?.mapType) === 'atomic';
    if (!isObject(object) || atomic) return patch;
    const merged = { ...object };
    for (const key in patch) {
      const own = schema?.fields?.get(key);
      merged[key] = mergeApplied(object[key], patch[key], own?.schema ?? schema?.values, own);
    }
    return merged;
  }
  if (Array.isArray(patch)) return mergeLists(Array.isArray(object) ? object : [], patch, schema, field);
  return patch;
}

function mergeLists(list: Json[], patch: Json[], schema: Schema | undefined, field: Field | undefined): Json[] {
  const listType = field?.listType ?? schema?.listType;
  if (listType === 'set') return [...list, ...patch.filter((item) => !list.some((one) => isDeepStrictEqual(one, item)))];
  if (listType !== 'map') return patch;
  const keys = field?.listMapKeys ?? schema?.listMapKeys ?? [];
  const defaults = new Map(keys.map((key) => [key, schema?.items?.fields?.get(key)?.default]));
  const keyOf = (item: Json): string => JSON.stringify(keys.map((key) => (isObject(item) ? item[key] ?? defaults.get(key) : undefined)));
  const merged = [...list];
  for (const item of patch) {
    const index = merged.findIndex((one) => keyOf(one) === keyOf(item));
    if (index < 0) merged.push(item);
    else merged[index] = mergeApplied(merged[index], item, schema?.items);
  }
  return merged;
}
