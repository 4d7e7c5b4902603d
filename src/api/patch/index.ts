/** The patch types of the API behind one function; server-side apply has its own (`apply/index.ts`). */
import type { KubernetesObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';
const PATCH_TYPES: Record<string, PatchType> = {
  'application/json-patch+json': 'json', 'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic', 'application/apply-patch+yaml': 'apply', 'application/apply-patch+json': 'apply',
};

/** The patch type of a Content-Type; undefined for others (415). Custom resources have no strategic merge patch. */
export function patchTypeOf(contentType: string | undefined, custom = false): PatchType | undefined {
  const type = PATCH_TYPES[(contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''];
  return custom && type === 'strategic' ? undefined : type;
}

/** The patched object, to be decoded anew against its schema. Inputs stay unchanged. Throws StatusError. */
export function applyPatch(type: Exclude<PatchType, 'apply'>, object: KubernetesObject, patch: unknown, schema: Schema): KubernetesObject {
  switch (type) {
    case 'json': return applyJsonPatch(object, patch) as KubernetesObject;
    case 'merge': return applyMergePatch(object, patch);
    case 'strategic': return applyStrategicMergePatch(object, patch, schema);
  }
}

export * from './apply/index.ts';
