import type { KubernetesObject } from '../../api/object.ts';
import type { Schema, Scheme } from '../../api/schema.ts';
import { StatusError, badRequest, invalid } from '../../api/status.ts';
import { DecodeError, JsonSyntaxError, decodeJson, decodeObject, type DecodeResult } from '../../api/codec/json.ts';
import { parseJson } from '../../api/codec/json-text.ts';
import { goKind, isObject } from '../../api/patch/merge-patch.ts';
import type { ServerContext } from '../context.ts';
import { splitVersion } from '../http/encode-protobuf.ts';
import { JSON_TYPE, PROTOBUF_TYPE, SERVED_TYPES, YAML_TYPE, mediaTypeOf } from '../http/negotiate.ts';
import type { Call } from './call.ts';
import type { WriteParameters } from './options.ts';
import { decodeProtobufBody, decodeYamlBody } from './read-other-formats.ts';

/** The kind a body is expected to be. */
export interface ExpectedKind { group: string; version: string; kind: string; schema?: Schema | undefined; /** Other group versions that look the same and are taken too. */ otherVersions?: string[]; /** Of another group than its resource: the kind of a body is looked at before its version. */ foreign?: boolean; /** false: of a definition, whose server knows no other kinds. */ builtIn?: boolean }

type Validation = WriteParameters['fieldValidation'];
const YAML_ALIASES = new Set([YAML_TYPE, 'application/x-yaml', 'text/yaml']);
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** What says neither its kind nor its version in a way that can be read. */
class UnrecognizedError extends Error {}

export function unsupportedMediaType(): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${SERVED_TYPES.join(', ')}`);
}

/** The object in a request's body, decoded by its schema and the caller's to change. Unknown fields become warnings or a refusal. */
export async function readObject(context: ServerContext, call: Call, expected: ExpectedKind, validation: Validation): Promise<KubernetesObject> {
  const schema = schemaOf(expected);
  if (call.body.object !== undefined) {
    const object = decodeObject<KubernetesObject>(call.body.object, schema).object;
    checkKind(context.scheme, object, expected);
    call.audit?.takeRequest(object);
    return object;
  }
  const bytes = await call.body.bytes();
  const mediaType = mediaTypeOf(call.body.contentType);
  const strict = validation !== 'Ignore';
  try {
    const result = await decodeBytes(bytes, mediaType, schema, strict);
    checkKind(context.scheme, result.object, expected);
    report(call, result.strictErrors, validation, expected);
    call.audit?.takeRequest(result.object);
    return result.object;
  } catch (error) {
    throw decodeFailure(error, expected, bytes, mediaType);
  }
}

async function decodeBytes(bytes: Uint8Array, mediaType: string, schema: Schema, strict: boolean): Promise<DecodeResult<KubernetesObject>> {
  if (mediaType === JSON_TYPE) return decodeJson<KubernetesObject>(utf8.decode(bytes), schema, { strict });
  if (mediaType === PROTOBUF_TYPE) return decodeProtobufBody(bytes, schema);
  if (YAML_ALIASES.has(mediaType)) return decodeYamlBody(utf8.decode(bytes), schema, strict);
  throw unsupportedMediaType();
}

function schemaOf(expected: ExpectedKind): Schema {
  if (!expected.schema) throw new StatusError(500, 'InternalError', `no schema of ${expected.kind}`);
  return expected.schema;
}

function decodeFailure(error: unknown, expected: ExpectedKind, bytes: Uint8Array, mediaType = JSON_TYPE): unknown {
  const unrecognized = (why: string): StatusError => badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(bytes)})`);
  const unread = (why: string): StatusError => unrecognized(`couldn't get version/kind; json parse error: ${why}`);
  if (error instanceof DecodeError) {
    if (mediaType === PROTOBUF_TYPE && error.message.includes('expected prefix')) return unrecognized(error.message);
    const why = mediaType === JSON_TYPE ? kindFailure(bytes) : undefined;
    return why ? unread(why) : badRequest(`${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${error.message}`);
  }
  if (error instanceof JsonSyntaxError) return mediaType === JSON_TYPE ? unread(syntaxFailure(bytes, error)) : unrecognized(error.message.replace('error converting YAML to JSON: ', ''));
  return error instanceof UnrecognizedError ? unrecognized(error.message) : error;
}

/** Why upstream cannot even find the kind in a text that is JSON. */
function kindFailure(bytes: Uint8Array): string | undefined {
  const value = JSON.parse(utf8.decode(bytes)) as Record<string, unknown>;
  if (!isObject(value)) return `json: cannot unmarshal ${goKind(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  const wrong = Object.keys(value).find((key) => (key === 'kind' || key === 'apiVersion') && typeof value[key] !== 'string' && value[key] !== null);
  return wrong && `json: cannot unmarshal ${goKind(value[wrong])} into Go struct field .${wrong} of type string`;
}

/** Upstream reads bytes and names the one that is wrong, whatever character it is a part of. */
function syntaxFailure(bytes: Uint8Array, error: JsonSyntaxError): string {
  try {
    parseJson(Buffer.from(bytes).toString('latin1'));
    return error.message;
  } catch (byByte) {
    return (byByte as Error).message;
  }
}

function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, 30);
  const text = bytes[0] === 0x7b ? utf8.decode(start) : Buffer.from(start).toString('hex');
  return bytes.length > 30 ? `${text} ...` : text;
}

function unknownKind(expected: ExpectedKind, kind: string, why: string, version = expected.version): StatusError {
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}: ${why}`);
}

/** Kinds of every version: answers and options. */
const META_KINDS = new Set(['List', 'Status', 'APIVersions', 'APIGroupList', 'APIGroup', 'APIResourceList', 'WatchEvent', 'ListOptions', 'GetOptions', 'DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions']);

function unconvertible({ group, kind: wanted }: ExpectedKind, kind: string, version: string): string {
  return `converting (${version.split('/').at(-1)}.${kind}) to (${group.split('.')[0] || 'core'}.${wanted}): unknown conversion`;
}

/** Fills in apiVersion and kind where the body leaves them out, and refuses others than the URL's. */
function checkKind(scheme: Scheme, object: KubernetesObject, expected: ExpectedKind): void {
  const version = expected.group ? `${expected.group}/${expected.version}` : expected.version;
  const found = !object.apiVersion || expected.otherVersions?.includes(object.apiVersion) ? version : object.apiVersion;
  const kind = object.kind || expected.kind;
  // Clients name DeleteOptions by any group and version; none of that matters.
  if (kind === 'DeleteOptions' && expected.kind === kind) return void Object.assign(object, { apiVersion: version, kind });
  if (found.split('/').length > 2) throw new UnrecognizedError(`unexpected GroupVersion string: ${found}`);
  if (expected.builtIn === false && kind !== expected.kind && found === version) {
    throw invalid(expected.group, kind, object.metadata?.name ?? '', [{ type: 'FieldValueInvalid', field: 'kind', detail: `Invalid value: ${JSON.stringify(kind)}: must be ${expected.kind}` }]);
  }
  if (expected.builtIn !== false && (found !== version || kind !== expected.kind) && !scheme.kind(...splitVersion(found), kind) && !META_KINDS.has(kind)) {
    throw unknownKind(expected, kind, `no kind "${kind}" is registered for version "${found}" in scheme "pkg/runtime/scheme.go:111"`, found.split('/').at(-1));
  }
  if (found !== version && kind !== expected.kind && expected.foreign) throw unknownKind(expected, kind, unconvertible(expected, kind, found), found.split('/').at(-1));
  if (found !== version) throw badRequest(`the API version in the data (${found}) does not match the expected API version (${version})`);
  if (kind !== expected.kind) {
    throw unknownKind(expected, kind, unconvertible(expected, kind, version));
  }
  object.apiVersion = version;
  object.kind = expected.kind;
}

/** Upstream's decoder finds no more. */
const MAX_STRICT_ERRORS = 100;

export function report(call: Call, strictErrors: string[], validation: Validation, expected: ExpectedKind): void {
  if (!strictErrors.length || validation === 'Ignore') return;
  const told = [...new Set(expected.builtIn === false ? [...strictErrors].sort() : strictErrors)].slice(0, MAX_STRICT_ERRORS);
  if (validation === 'Strict') {
    throw badRequest(`${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: strict decoding error: ${told.join(', ')}`);
  }
  call.warnings.push(...told);
}

/** The DeleteOptions in a body, if there is one. */
export async function readDeleteOptions(context: ServerContext, call: Call): Promise<KubernetesObject | undefined> {
  if (call.body.object !== undefined) return call.body.object as KubernetesObject;
  const bytes = await call.body.bytes();
  if (bytes.length === 0) return undefined;
  const expected: ExpectedKind = { group: '', version: 'v1', kind: 'DeleteOptions', schema: context.scheme.kindSchema('', 'v1', 'DeleteOptions') };
  try {
    // Clients name DeleteOptions by any group and version; none of that matters.
    const options = (await decodeBytes(bytes, mediaTypeOf(call.body.contentType), schemaOf(expected), false)).object;
    if (options.kind && !META_KINDS.has(options.kind)) throw badRequest(`no kind "${options.kind}" is registered for version "${options.apiVersion}" in scheme "pkg/runtime/scheme.go:111"`);
    if (call.audit?.wantsRequest) call.audit.takeRequest({ ...options, kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal' });
    return options;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`couldn't get version/kind; json parse error: ${syntaxFailure(bytes, error)}`);
    if (!(error instanceof DecodeError)) throw decodeFailure(error, expected, bytes);
    const why = mediaTypeOf(call.body.contentType) === JSON_TYPE ? kindFailure(bytes) : undefined;
    throw badRequest(why ? `couldn't get version/kind; json parse error: ${why}` : error.message);
  }
}
