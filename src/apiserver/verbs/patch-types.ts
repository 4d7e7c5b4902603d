import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { StatusError, badRequest } from '../../api/status.ts';
import type { Call } from '../request/call.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', apply: 'application/apply-patch+yaml',
};

/** The object after the patch; changes nothing it is given. Throws StatusError. */
export type PatchFunction = (current: KubernetesObject, schema: Schema) => unknown;

const MAX_OPERATIONS = 10_000;
const utf8 = new TextDecoder();

/** Reads the patch in a request's body. */
export async function patchFunction(call: Call, type: string): Promise<PatchFunction> {
  const patch = call.body.object ?? parsePatch(utf8.decode(await call.body.bytes()));
  if (type === PATCH_TYPES.json) return jsonPatch(patch);
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}`);
  void type;
  return (current) => mergePatch(current, patch);
}

function parsePatch(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

function jsonPatch(patch: unknown): PatchFunction {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  if (patch.length > MAX_OPERATIONS) {
    throw new StatusError(413, 'RequestEntityTooLarge', `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  return () => { throw badRequest('x'); };
}
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target as Record<string, unknown> : {};
  const result: Record<string, unknown> = { ...base };
  for (const key in patch) {
    const value = (patch as Record<string, unknown>)[key];
    if (value === null) delete result[key];
    else result[key] = mergePatch(base[key], value);
  }
  return result;
}
