import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { duplicatesOf } from '../../api/codec/json.ts';
import { JsonSyntaxError, countKeys, countKeysInText, parseJson } from '../../api/codec/json-text.ts';
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

/** A patch as it came: its value, what does to an object, and the keys it names twice. */
export interface ReadPatch { value: unknown; apply: PatchFunction; duplicates: string[] }

const utf8 = new TextDecoder();

/** Reads the patch in a request's body. */
export async function readPatch(call: Call, type: string): Promise<ReadPatch> {
  const text = call.body.object === undefined ? utf8.decode(await call.body.bytes()) : undefined;
  const value = text === undefined ? call.body.object : parsePatch(text);
  call.audit?.takeRequest(value);
  return { value, apply: patchFunction(value, type), duplicates: text === undefined ? [] : duplicatesIn(text, value, type) };
}

function patchFunction(patch: unknown, type: string): PatchFunction {
  if (type === PATCH_TYPES.json) return (current) => applyJsonPatch(current, patch);
  if (type === PATCH_TYPES.merge) return (current) => applyMergePatch(current, patch);
  return (current, schema) => applyStrategicMergePatch(current, patch, schema);
}

/** Of an operation in a JSON patch, upstream knows four keys; others are unknown to it. */
function duplicatesIn(text: string, value: unknown, type: string): string[] {
  const twice = countKeysInText(text) === countKeys(value) ? [] : duplicatesOf(text, [], []).strictErrors;
  return type === PATCH_TYPES.json ? twice.map((error) => `json patch ${error}`) : twice;
}

const DEEPEST = 10_000;

/** Throws RangeError for what is nested deeper than upstream takes, or than the stack. */
function checkDepth(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEEPEST) throw new RangeError('too deep');
  for (const key in value) checkDepth((value as Record<string, unknown>)[key], depth + 1);
}

function parsePatch(text: string): unknown {
  try {
    const value = parseJson(text);
    checkDepth(value, 0);
    return value;
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof RangeError) throw badRequest('invalid JSON patch');
    throw error;
  }
}
