import { goKind } from '../../../api/patch/merge-patch.ts';
import { applyJsonPatch, OperationFailure } from '../../../api/patch/json-patch.ts';
import { DecodeError, decodeObject, parseJson } from '../../../api/codec/json.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../../api/schema.ts';
import { internalError, invalid, type FieldError, type StatusError } from '../../../api/status.ts';
import { WebhookFailure, type ReviewResponse } from './review.ts';

/** The operations of an answer. Throws WebhookFailure for what is no patch. */
export function operationsOf({ patch = '' }: ReviewResponse): unknown[] {
  const undecodable = (why: string): WebhookFailure => new WebhookFailure(`received undecodable patch in webhook response: ${why}`);
  let operations: unknown;
  try {
    operations = parseJson(Buffer.from(patch, 'base64').toString()) ?? [];
  } catch (error) {
    throw undecodable((error as Error).message);
  }
  if (!Array.isArray(operations)) throw undecodable(`json: cannot unmarshal ${goKind(operations)} into Go value of type jsonpatch.Patch`);
  const odd = (operations as unknown[]).find((operation) => operation !== null && (typeof operation !== 'object' || Array.isArray(operation)));
  if (odd !== undefined) throw undecodable(`json: cannot unmarshal ${goKind(odd)} into Go value of type jsonpatch.Operation`);
  return operations as unknown[];
}

/**
 * The object as a webhook's patch makes it. Throws WebhookFailure when the patch is of an unknown type, StatusError 500 when it does not fit;
 * that holds whatever `failurePolicy` says.
 */
export function patched(response: ReviewResponse, webhook: string, object: KubernetesObject | undefined): KubernetesObject | undefined {
  if (!response.patch) return undefined;
  const operations = operationsOf(response);
  if (operations.length === 0) return undefined;
  if (!object) throw internalError(`admission webhook ${JSON.stringify(webhook)} attempted to modify the object, which is not supported for this operation`);
  if (response.patchType !== undefined && response.patchType !== 'JSONPatch') throw new WebhookFailure(`unsupported patch type ${JSON.stringify(response.patchType)}`);
  try {
    return applyJsonPatch(structuredClone(object), operations) as KubernetesObject;
  } catch (error) {
    throw internalError(error instanceof OperationFailure ? error.why : causeOf(error as StatusError));
  }
}

/** What is wrong with the result, without what a client's own patch is told. */
function causeOf({ message, details }: StatusError): string {
  return (details?.causes?.[0]?.message ?? message).replace(/^Invalid value: "(?:[^"\\]|\\.)*": /, '');
}

function checkDecoding(object: KubernetesObject, { schema }: ResourceInfo): void {
  try {
    decodeObject(object, schema);
  } catch (error) {
    throw error instanceof DecodeError ? internalError(error.message) : error;
  }
}

/** Objects of definitions say themselves what they are. */
function ofCustomKind(object: KubernetesObject, apiVersion: string, kind: string): KubernetesObject {
  if (!object.kind) throw internalError(`Object 'Kind' is missing in '${sortedText(object)}'`);
  const wrong = (field: string, given: string, wanted: string): FieldError => ({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(given)}: must be ${wanted}` });
  const group = object.apiVersion?.includes('/') ? object.apiVersion.slice(0, object.apiVersion.indexOf('/')) : '';
  if (object.kind !== kind) throw invalid(group, object.kind, object.metadata?.name ?? '', [wrong('kind', object.kind, kind)]);
  if (object.apiVersion !== apiVersion) throw invalid(group, kind, object.metadata?.name ?? '', [wrong('apiVersion', object.apiVersion ?? '', apiVersion)]);
  return object;
}

const sortedText = (object: unknown): string => JSON.stringify(object, (_, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value));

/** A patched object of a built-in kind has that kind, also when the patch took it away. Throws StatusError for another: 500, or 422 for kinds of definitions. */
export function ofKind(object: KubernetesObject, { group, version, kind, builtIn }: ResourceInfo, scheme: Scheme | undefined): KubernetesObject {
  const apiVersion = group ? `${group}/${version}` : version;
  if (!builtIn) return ofCustomKind(object, apiVersion, kind);
  const whole = { ...object, apiVersion: object.apiVersion || apiVersion, kind: object.kind || kind };
  if (whole.apiVersion === apiVersion && whole.kind === kind) return whole;
  const [ownVersion = '', ownGroup = ''] = whole.apiVersion.split('/').reverse();
  const other = scheme?.kind(ownGroup, ownVersion, whole.kind);
  if (other) checkDecoding(whole, other);
  if (other) throw internalError(`converting (${ownVersion}.${whole.kind}) to (${group.split('.')[0] || 'core'}.${kind}): unknown conversion`);
  throw internalError(`no kind ${JSON.stringify(whole.kind)} is registered for version ${JSON.stringify(whole.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`);
}
