/**
 * Kubernetes' protobuf: objects in the `k8s\0` envelope with their kind, frames of a watch stream, lists put together
 * from messages that were encoded before. Values are the canonical JSON form on both sides. Custom resources have none.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { KubernetesObject } from '../object.ts';
import type { Schema } from '../schema.ts';
import { definitionNameOfKind, definitionSchema } from '../schema-tables.ts';
import { DecodeError } from './json.ts';
import { messageReader, nestedObjects } from './protobuf-decode.ts';
import { messageWriter } from './protobuf-encode.ts';
import { WireType, WireWriter } from './wire-writer.ts';

const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0);
/** Where the length of a frame comes. */
const NO_LENGTH = new Uint8Array(4);
const utf8 = new TextDecoder();

export interface Envelope { apiVersion: string; kind: string; raw: Uint8Array; contentType: string }

// Encoding never waits, so one writer serves all.
const shared = new WireWriter();

function written(write: (writer: WireWriter) => void): Uint8Array {
  try {
    write(shared);
    return shared.take();
  } catch (error) {
    shared.reset();
    throw error;
  }
}

/** The bare message of an object, without kind: what lists hold. */
export function encodeMessage(object: unknown, schema: Schema): Uint8Array {
  return written((writer) => messageWriter(schema)(writer, object));
}

export function encodeEnvelope(apiVersion: string, kind: string, raw: Uint8Array, contentType = ''): Uint8Array {
  return written((writer) => writeEnvelope(writer, apiVersion, kind, () => writer.bytes(raw), contentType));
}

/** An object with its envelope. */
export function encodeProtobuf(object: KubernetesObject, schema: Schema): Uint8Array {
  return written((writer) => writeEnvelope(writer, object.apiVersion ?? '', object.kind ?? '', () => {
    writer.fork();
    messageWriter(schema)(writer, object);
    writer.join();
  }));
}

function writeEnvelope(writer: WireWriter, apiVersion: string, kind: string, writeRaw: () => void, contentType = ''): void {
  writer.raw(MAGIC);
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(apiVersion).tag(2, WireType.LengthDelimited).string(kind);
  writer.join();
  writer.tag(2, WireType.LengthDelimited);
  writeRaw();
  writer.tag(3, WireType.LengthDelimited).string('').tag(4, WireType.LengthDelimited).string(contentType);
}

/** A list from the bare messages of its items. */
export function encodeList(apiVersion: string, kind: string, metadata: object, items: Uint8Array[]): Uint8Array {
  const listMeta = encodeMessage(metadata, definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta') as Schema);
  let size = fieldSize(listMeta);
  for (const item of items) size += fieldSize(item);
  // Everything but the items fits into the small writer; they are copied once, to where they belong.
  const frame = encodeEnvelope(apiVersion, kind, EMPTY);
  const tail = frame.subarray(-END_OF_ENVELOPE);
  const head = written((writer) => writer.raw(frame.subarray(0, frame.length - END_OF_ENVELOPE - 1)).uint32(size));
  const list = Buffer.allocUnsafe(head.length + size + tail.length);
  list.set(head, 0);
  let at = putField(list, head.length, 1, listMeta);
  for (const item of items) at = putField(list, at, 2, item);
  list.set(tail, at);
  return list;
}

const EMPTY = new Uint8Array(0);
/** Two empty strings with their tags. */
const END_OF_ENVELOPE = 4;

function fieldSize(bytes: Uint8Array): number {
  return 1 + (bytes.length < 0x80 ? 1 : bytes.length < 0x4000 ? 2 : bytes.length < 0x200000 ? 3 : 4) + bytes.length;
}

/** Writes a field of bytes at a place with room for it; returns the place behind it. */
function putField(target: Uint8Array, at: number, number: number, bytes: Uint8Array): number {
  target[at++] = (number << 3) | WireType.LengthDelimited;
  let length = bytes.length;
  for (; length > 0x7f; length >>>= 7) target[at++] = (length & 0x7f) | 0x80;
  target[at++] = length;
  target.set(bytes, at);
  return at + bytes.length;
}

/** One frame of a watch stream: four bytes of length, then the event around an enveloped object. */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array {
  return written((writer) => {
    writer.raw(NO_LENGTH).tag(1, WireType.LengthDelimited).string(type);
    writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(object).join();
    writer.patchUint32(0, writer.length - NO_LENGTH.length);
  });
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
