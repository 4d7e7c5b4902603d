import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Schema, Scheme } from '../../api/schema.ts';
import { decodeEnvelope, encodeList, encodeProtobuf } from '../../api/codec/protobuf.ts';
import type { ListAnswer } from '../request/call.ts';
import { groupVersion } from '../registry/versions.ts';
import { notAcceptable } from './negotiate.ts';

function schemaOf(scheme: Scheme, object: KubernetesObject): Schema {
  const [group, version] = splitVersion(object.apiVersion ?? '');
  const schema = scheme.kindSchema(group, version, object.kind ?? '');
  if (!schema) throw notAcceptable();
  return schema;
}

export function splitVersion(apiVersion: string): [group: string, version: string] {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

/** Throws StatusError 406 for kinds that have no protobuf form. */
export function encodeProtobufObject(scheme: Scheme, object: KubernetesObject): Uint8Array {
  return encodeProtobuf(object, schemaOf(scheme, object));
}

/** A list from the messages of its items, which are parts of the bytes that a GET or a watch of them gets too. */
export function encodeProtobufList(scheme: Scheme, info: ResourceInfo, answer: ListAnswer): Uint8Array {
  const messages = answer.items.map((item) => item.encode('protobuf-message', () =>
    decodeEnvelope(item.encode('protobuf', (object) => encodeProtobufObject(scheme, object))).raw));
  return encodeList(groupVersion(info), info.listKind, answer.metadata, messages);
}
