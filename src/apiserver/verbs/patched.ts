import { DecodeError, decodeObject } from '../../api/codec/json.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { sortedText } from '../../api/sorted-text.ts';
import { invalid } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { splitVersion } from '../http/encode-protobuf.ts';
import type { Call } from '../request/call.ts';
import type { WriteParameters } from '../request/options.ts';
import { report, type ExpectedKind } from '../request/read-object.ts';
import { PATCH_TYPES, type ReadPatch } from './patch-types.ts';
import { goPrinted, restoreMessage } from './restore.ts';

export interface Patching { type: string; patch: ReadPatch; parameters: WriteParameters }

/** An object with the patch on it, decoded as its kind. Throws StatusError 422 for what is no such object. */
export function patchedObject(context: ServerContext, call: Call, current: KubernetesObject, kind: ExpectedKind & { schema: Schema }, { type, patch, parameters }: Patching): KubernetesObject {
  const raw = patch.apply(current, kind.schema) as KubernetesObject;
  const strategic = type === PATCH_TYPES.strategic;
  try {
    // A strategic patch is made into an object of the kind at hand, whatever it says of kinds.
    if (strategic) Object.assign(raw, { apiVersion: current.apiVersion, kind: current.kind });
    const { object, strictErrors } = decodeObject<KubernetesObject>(raw, kind.schema, { strict: parameters.fieldValidation !== 'Ignore', wraps: strategic });
    checkPatchedKind(context, object, current);
    const odd = parameters.fieldValidation === 'Ignore' ? [] : [...patch.duplicates, ...strictErrors];
    if (parameters.fieldValidation === 'Strict' && odd.length) throw new DecodeError(`strict decoding error: ${odd.join(', ')}`);
    report(call, odd, parameters.fieldValidation, kind);
    return object;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const shown = strategic ? goPrinted(patch.value) : sortedText(raw);
    const fault = firstFault(strategic ? inFieldOrder(raw, kind.schema) : JSON.parse(shown), kind.schema, strategic) ?? error.message;
    const why = strategic ? restoreMessage(fault) : fault;
    throw invalid('', '', '', [{ type: 'FieldValueInvalid', field: 'patch', detail: `Invalid value: ${JSON.stringify(shown)}: ${why}` }]);
  }
}

/** A copy with the fields in the order of their types, in which upstream makes an object of a Go map. */
function inFieldOrder(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => inFieldOrder(item, schema?.items));
  if (typeof value !== 'object' || value === null || !schema) return value;
  const given = value as Record<string, unknown>;
  const known = [...schema.fields?.keys() ?? []].filter((name) => name in given);
  const others = Object.keys(given).filter((name) => !schema.fields?.has(name)).sort();
  return Object.fromEntries([...known, ...others].map((name) => [name, inFieldOrder(given[name], schema.fields?.get(name)?.schema ?? schema.values)]));
}

/** What is wrong first in an object, whose keys are in the order in which upstream comes to them. */
function firstFault(value: unknown, schema: Schema, wraps: boolean): string | undefined {
  try {
    decodeObject(value, schema, { wraps });
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.message;
  }
}

/** What names no kind is of the kind at hand. */
function checkPatchedKind(context: ServerContext, object: KubernetesObject, current: KubernetesObject): void {
  const { apiVersion = '', kind = '' } = current;
  object.apiVersion ||= apiVersion;
  object.kind ||= kind;
  if (object.apiVersion === apiVersion && object.kind === kind) return;
  if (!context.scheme.kind(...splitVersion(object.apiVersion), object.kind)) {
    throw new DecodeError(`no kind "${object.kind}" is registered for version "${object.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`);
  }
  throw new DecodeError(`unable to decode ${object.apiVersion}, Kind=${object.kind} into ${apiVersion}, Kind=${kind}`);
}
