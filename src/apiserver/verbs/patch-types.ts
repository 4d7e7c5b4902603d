import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { JsonSyntaxError, parseJson } from '../../api/codec/json-text.ts';
import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../api/patch/strategic-merge.ts';
import { badRequest } from '../../api/status.ts';
import type { Call } from '../request/call.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json', merge: 'application/merge-patch+json', strategic: 'application/strategic-merge-patch+json', apply: 'application/apply-patch+yaml',
};

/** The object after the patch; changes nothing it is given. Throws StatusError. */
export type PatchFunction = (current: KubernetesObject, schema: Schema) => unknown;

const utf8 = new TextDecoder();

/** Reads the patch in a request's body. */
export async function patchFunction(call: Call, type: string): Promise<PatchFunction> {
  const patch = call.body.object ?? parsePatch(utf8.decode(await call.body.bytes()), type);
  call.audit?.takeRequest(patch);
  if (type === PATCH_TYPES.json) return (current) => applyJsonPatch(current, patch);
  if (type === PATCH_TYPES.merge) return (current) => applyMergePatch(current, patch);
  return (current, schema) => applyStrategicMergePatch(current, patch, schema);
}

function parsePatch(text: string, type: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(type === PATCH_TYPES.merge ? 'invalid JSON patch' : error.message);
    throw error;
  }
}
