import type { Field, Schema } from '../../../api/schema.ts';

/** What webhooks answer is read as upstream reads it: a value of a wrong type is told by the names of Go's types. */
const TEXT: Schema = { type: 'string' };
const INT32: Schema = { type: 'integer', format: 'int32' };
const TEXTS: Schema = { type: 'array', items: TEXT };

type Fields = Record<string, Schema | { schema: Schema; goType?: string; pointer?: boolean }>;

function struct(name: string, fields: Fields): Schema {
  const list = Object.entries(fields).map(([key, value]): [string, Field] => [key, { name: key, required: false, ...('schema' in value ? value : { schema: value }) } as Field]);
  return { type: 'object', name, fields: new Map(list) };
}

const CAUSE = struct('meta.v1.StatusCause', { reason: { schema: TEXT, goType: 'v1.CauseType' }, message: TEXT, field: TEXT });
const DETAILS = struct('meta.v1.StatusDetails', {
  name: TEXT, group: TEXT, kind: TEXT, uid: { schema: TEXT, goType: 'types.UID' }, causes: { type: 'array', items: CAUSE }, retryAfterSeconds: INT32,
});
const LIST_META = struct('meta.v1.ListMeta', { selfLink: TEXT, resourceVersion: TEXT, continue: TEXT, remainingItemCount: { type: 'integer', format: 'int64' } });
export const STATUS = struct('meta.v1.Status', {
  kind: TEXT, apiVersion: TEXT, metadata: LIST_META, status: TEXT, message: TEXT, reason: { schema: TEXT, goType: 'v1.StatusReason' }, details: { schema: DETAILS, pointer: true }, code: INT32,
});

function review(version: string): Schema {
  const response = struct(`admission.${version}.AdmissionResponse`, {
    uid: { schema: TEXT, goType: 'types.UID' }, allowed: { type: 'boolean' }, status: { schema: STATUS, pointer: true }, patch: { type: 'string', format: 'byte' },
    patchType: { schema: TEXT, goType: `${version}.PatchType`, pointer: true }, auditAnnotations: { type: 'map', values: TEXT }, warnings: TEXTS,
  });
  return struct(`admission.${version}.AdmissionReview`, { kind: TEXT, apiVersion: TEXT, response: { schema: response, pointer: true } });
}

export const REVIEWS: Record<string, Schema> = { v1: review('v1'), v1beta1: review('v1beta1') };
