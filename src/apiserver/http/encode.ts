import { badRequest } from '../../api/status.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';
import type { ServerContext } from '../context.ts';
import { groupVersion, inVersion } from '../registry/versions.ts';
import type { Call, ListAnswer } from '../request/call.ts';
import { encodeProtobufObject, encodeProtobufList } from './encode-protobuf.ts';
import { JSON_TYPE, PROTOBUF_TYPE, type OutputForm } from './negotiate.ts';
import { partialList, partialMetadata } from './partial-metadata.ts';
import { sharedList } from './shared-lists.ts';
import { tableOf, type IncludeObject } from './table.ts';

const utf8 = new TextEncoder();

/** An object's JSON with kind, apiVersion and metadata first: upstream's order, and what `itemBytes` relies on. */
export function jsonBytes(object: KubernetesObject): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  return utf8.encode(JSON.stringify({ kind, apiVersion, metadata, ...rest }));
}

function prettyBytes(object: KubernetesObject): Uint8Array {
  const { kind, apiVersion, metadata, ...rest } = object;
  return utf8.encode(JSON.stringify({ kind, apiVersion, metadata, ...rest }, undefined, 2) + '\n');
}

/** Bytes of one object in an output form; made once for a stored object and shared by everyone who asks. */
export async function encodeObject(context: ServerContext, call: Pick<Call, 'resource' | 'info'>, object: KubernetesObject, stored: CachedObject | undefined, form: OutputForm): Promise<Uint8Array> {
  if (form.transform === 'Table' && isTransformable(object)) {
    const table = await tableOf(context, call.resource, [object], object.metadata, includeObject(call), form.transformVersion);
    return encodePlain(context, form.withoutColumns ? { ...table, columnDefinitions: null } : table, form);
  }
  if (form.transform === 'PartialObjectMetadata' && isTransformable(object)) return encodePlain(context, partialMetadata(object, form.transformVersion), form);
  if (stored && object === stored.object && !form.pretty) {
    if (form.mediaType === JSON_TYPE) return stored.encode('json', jsonBytes);
    if (form.mediaType === PROTOBUF_TYPE) return stored.encode('protobuf', (shared) => encodeProtobufObject(context.scheme, shared));
  }
  return encodePlain(context, object, form);
}

/** Status objects and the like stay what they are, whatever form was asked for. */
function isTransformable(object: KubernetesObject): boolean {
  return !(object.kind === 'Status' && object.apiVersion === 'v1');
}

export async function encodePlain(context: Pick<ServerContext, 'scheme'>, object: KubernetesObject, form: OutputForm): Promise<Uint8Array> {
  if (form.mediaType === JSON_TYPE) return form.pretty ? prettyBytes(object) : jsonBytes(object);
  if (form.mediaType === PROTOBUF_TYPE) return encodeProtobufObject(context.scheme, object);
  const { stringifyYaml } = await import('../../api/codec/yaml.ts');
  return utf8.encode(stringifyYaml(object));
}

export function includeObject(call: Pick<Call, 'info'>): IncludeObject {
  const wanted = call.info.query.get('includeObject');
  if (wanted && wanted !== 'None' && wanted !== 'Object' && wanted !== 'Metadata') {
    throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(wanted)}: must be 'Metadata', 'Object', 'None', or empty`);
  }
  return wanted === 'None' || wanted === 'Object' ? wanted : 'Metadata';
}

/** Bytes of a list, put together from the shared bytes of its items where that is possible. */
export async function encodeList(context: ServerContext, call: Call, answer: ListAnswer, form: OutputForm): Promise<Uint8Array> {
  const { resource: info } = call;
  if (form.transform === 'none' && !form.pretty && answer.items.every(({ object }) => inVersion(context, info, object) === object)) {
    const shape = `${form.mediaType} ${groupVersion(info)} ${info.listKind}`;
    if (form.mediaType === JSON_TYPE) return sharedList(shape, answer, () => joinJson(call, answer));
    if (form.mediaType === PROTOBUF_TYPE) return sharedList(shape, answer, () => encodeProtobufList(context.scheme, info, answer));
  }
  const items = await Promise.all(answer.items.map((item) => inVersion(context, info, item.object)));
  if (form.transform === 'Table') {
    return encodePlain(context, await tableOf(context, info, items, answer.metadata, includeObject(call), form.transformVersion), form);
  }
  if (form.transform === 'PartialObjectMetadataList') return encodePlain(context, partialList(items, answer.metadata, form.transformVersion), form);
  return encodePlain(context, listObject(call, items, answer.metadata), form);
}

/** Lists of custom objects always say whether more follows. */
function listMetadata(call: Call, metadata: ListAnswer['metadata']): ListAnswer['metadata'] {
  return call.resource.builtIn ? metadata : { continue: '', ...metadata };
}

export function listObject(call: Call, items: KubernetesObject[], metadata: ListAnswer['metadata']): KubernetesObject {
  return { kind: call.resource.listKind, apiVersion: groupVersion(call.resource), metadata: listMetadata(call, metadata) as KubernetesObject['metadata'], items: call.resource.builtIn ? items.map(({ kind: _kind, apiVersion: _version, ...rest }) => rest) : items };
}

function joinJson(call: Call, answer: ListAnswer): Uint8Array {
  const { resource: info } = call;
  const version = groupVersion(info);
  const head = utf8.encode(`{"kind":${JSON.stringify(info.listKind)},"apiVersion":${JSON.stringify(version)},"metadata":${JSON.stringify(listMetadata(call, answer.metadata))},"items":[`);
  // Items of built-in lists go without kind and apiVersion, which stand first in an object's bytes.
  const skip = info.builtIn ? `{"kind":${JSON.stringify(info.kind)},"apiVersion":${JSON.stringify(version)},`.length : 0;
  let size = head.length + 2;
  const parts = answer.items.map((item) => {
    const bytes = item.encode('json', jsonBytes);
    size += bytes.length - skip + (skip ? 1 : 0) + 1;
    return bytes;
  });
  const all = Buffer.allocUnsafe(size);
  all.set(head, 0);
  let at = head.length;
  parts.forEach((bytes, index) => {
    if (index) all[at++] = 0x2c;
    if (skip) all[at++] = 0x7b;
    all.set(skip ? bytes.subarray(skip) : bytes, at);
    at += bytes.length - skip;
  });
  all[at++] = 0x5d;
  all[at++] = 0x7d;
  return all.subarray(0, at);
}
