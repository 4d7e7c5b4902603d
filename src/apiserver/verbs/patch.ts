import type { KubernetesObject } from '../../api/object.ts';
import { StatusError, badRequest, invalid, type FieldError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { inVersion, toStorage } from '../registry/versions.ts';
import type { Answer, Call } from '../request/call.ts';
import { writeParameters, type WriteParameters } from '../request/options.ts';
import { mediaTypeOf } from '../http/negotiate.ts';
import { applyVerb } from './apply.ts';
import { answerWith } from './answer.ts';
import { trackFields } from './managed-fields.ts';
import { PATCH_TYPES, readPatch } from './patch-types.ts';
import { patchedObject, type Patching } from './patched.ts';
import { rulesOf } from './prepare.ts';
import { changeObject, checkName } from './update.ts';

export async function patchVerb(context: ServerContext, call: Call): Promise<Answer> {
  const type = patchType(call);
  const parameters = patchParameters(call, type);
  if (type === PATCH_TYPES.apply) return applyVerb(context, call, parameters);
  const patch = await readPatch(call, type);
  const changed = await changeObject(context, call, parameters, async (old) => {
    const stored = await toStorage(context, call.resource, await patched(context, call, old, { type, patch, parameters }));
    rulesOf(context, call.resource)?.default?.(stored);
    return trackFields(context, call, stored, old, parameters, call.info.subresource);
  });
  return answerWith(context, call, changed);
}

async function patched(context: ServerContext, call: Call, old: KubernetesObject, patching: Patching): Promise<KubernetesObject> {
  const object = patchedObject(context, call, await inVersion(context, call.resource, old), call.resource, patching);
  checkName(call, object);
  return object;
}

export function patchType(call: Call): string {
  const type = mediaTypeOf(call.body.contentType);
  // Strategic merge needs the merge keys of Go's types, which custom resources have not.
  const allowed = Object.values(PATCH_TYPES).filter((known) => call.resource.builtIn || known !== PATCH_TYPES.strategic);
  // Of patches alone the type is compared letter by letter.
  if (allowed.includes(type) && call.body.contentType.trimStart().startsWith(type)) return type;
  throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

export function patchParameters(call: Call, type: string): WriteParameters {
  const parameters = writeParameters(call.info.query, 'PatchOptions', call.userAgent);
  const errors: FieldError[] = [];
  if (type === PATCH_TYPES.apply) {
    if (!call.info.query.get('fieldManager')) errors.push({ type: 'FieldValueRequired', field: 'fieldManager', detail: 'Required value: is required for apply patch' });
  } else if (parameters.force !== undefined) {
    errors.push({ type: 'FieldValueForbidden', field: 'force', detail: 'Forbidden: may not be specified for non-apply patch' });
  }
  if (errors.length) throw invalid('meta.k8s.io', 'PatchOptions', '', errors);
  return parameters;
}
