/**
 * Kubernetes' protobuf: objects in the `k8s\0` envelope with their kind, frames of a watch stream, lists put together
 * from messages that were encoded before. Values are the canonical JSON form on both sides. Custom resources have none.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { KubernetesObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { definitionNameOfKind, definitionSchema } from '../schema-tables.ts';
import { DecodeError } from './json.ts';
import { messageReader, nestedObjects } from './protobuf-decode.ts';
import { messageWriter } from './protobuf-encode.ts';

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0);
const utf8 = new TextDecoder();

export interface Envelope { apiVersion: string; kind: string; raw: Uint8Array; contentType: string }

/** The bare message of an object, without kind: what lists hold. */
export function encodeMessage(object: unknown, schema: Schema): Uint8Array {
  const writer = new BinaryWriter();
  messageWriter(schema)(writer, object);
  return writer.finish();
}

export function encodeEnvelope(apiVersion: string, kind: string, raw: Uint8Array, contentType = ''): Uint8Array {
  const writer = new BinaryWriter().raw(MAGIC);
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(apiVersion).tag(2, WireType.LengthDelimited).string(kind);
  writer.join();
  writer.tag(2, WireType.LengthDelimited).bytes(raw);
  writer.tag(3, WireType.LengthDelimited).string('').tag(4, WireType.LengthDelimited).string(contentType);
  return writer.finish();
}

/** An object with its envelope. */
export function encodeProtobuf(object: KubernetesObject, schema: Schema): Uint8Array {
  return encodeEnvelope(object.apiVersion ?? '', object.kind ?? '', encodeMessage(object, schema));
}

/** A list from the bare messages of its items. */
export function encodeList(apiVersion: string, kind: string, metadata: object, items: Uint8Array[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).fork();
  messageWriter(definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta') as Schema)(writer, metadata);
  writer.join();
  for (const item of items) writer.tag(2, WireType.LengthDelimited).bytes(item);
  return encodeEnvelope(apiVersion, kind, writer.finish());
}

/** One frame of a watch stream: four bytes of length, then the event around an enveloped object. */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(type);
  writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(object).join();
  const event = writer.finish();
  const frame = new Uint8Array(event.length + 4);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, 4);
  return frame;
}

export function isProtobuf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x6b && bytes[1] === 0x38 && bytes[2] === 0x73 && bytes[3] === 0;
}

/** Throws DecodeError when the bytes are no envelope. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (!isProtobuf(bytes)) throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array(), contentType: '' };
  guarded(() => {
    const reader = new BinaryReader(bytes.subarray(4));
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (number === 1) readTypeMeta(reader, envelope);
      else if (number === 2) envelope.raw = reader.bytes();
      else if (number === 4) envelope.contentType = reader.string();
      else reader.skip(wireType, number);
    }
  });
  return envelope;
}

function readTypeMeta(reader: BinaryReader, envelope: Envelope): void {
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) envelope.apiVersion = reader.string();
    else if (number === 2) envelope.kind = reader.string();
    else reader.skip(wireType, number);
  }
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && /premature|invalid|illegal|cant skip/i.test(error.message))) throw new DecodeError(`proto: ${error.message}`);
    throw error;
  }
}

/** A bare message; the result has neither apiVersion nor kind. */
export function decodeMessage(bytes: Uint8Array, schema: Schema): Record<string, unknown> {
  const reader = new BinaryReader(bytes);
  return guarded(() => messageReader(schema).read(reader, reader.len));
}

/** An enveloped object. `schemaOf` names the schema of a kind; undefined there throws DecodeError. */
export function decodeProtobuf(bytes: Uint8Array, schemaOf: (apiVersion: string, kind: string) => Schema | undefined): KubernetesObject {
  const envelope = decodeEnvelope(bytes);
  if (envelope.contentType.startsWith('application/json')) return JSON.parse(utf8.decode(envelope.raw)) as KubernetesObject;
  const schema = schemaOf(envelope.apiVersion, envelope.kind);
  if (!schema) throw new DecodeError(`no kind "${envelope.kind}" is registered for version "${envelope.apiVersion}"`);
  return { kind: envelope.kind, apiVersion: envelope.apiVersion, ...decodeMessage(envelope.raw, schema) };
}

function builtInSchema(apiVersion: string, kind: string): Schema | undefined {
  const slash = apiVersion.indexOf('/');
  const name = definitionNameOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  return name ? definitionSchema(name) : undefined;
}
nestedObjects.decode = (bytes) => decodeProtobuf(bytes, builtInSchema);

/** The event of one frame (without its length). */
export function decodeWatchEvent(frame: Uint8Array): { type: string; object: unknown } {
  return decodeMessage(frame, definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent') as Schema) as { type: string; object: unknown };
}
