/** JSON Merge Patch (RFC 7386). Inputs stay unchanged; what the patch does not name is shared with the result. */
import { badRequest } from '../status.ts';

type JsonObject = Record<string, unknown>;
export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

export function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : value === null ? 'null' : typeof value;
}

function set(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/** A patch value where nothing stood before: nulls inside objects mean nothing. */
function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key in value) if (value[key] !== null) set(result, key, withoutNulls(value[key]));
  return result;
}

function merge(target: JsonObject, patch: JsonObject): JsonObject {
  const result: JsonObject = { ...target };
  for (const key in patch) {
    const value = patch[key];
    if (value === null) delete result[key];
    else if (isObject(value) && isObject(result[key])) set(result, key, merge(result[key] as JsonObject, value));
    else set(result, key, withoutNulls(value));
  }
  return result;
}

/** Throws StatusError 400 when the patch is no object. */
export function applyMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);
  return merge(document, patch);
}
