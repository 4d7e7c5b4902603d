/** Canonical JSON values from protobuf messages. One reader is compiled per schema and kept. */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { canonicalQuantity } from '../quantity.ts';
import type { Field, Schema } from '../schema.ts';
import { absentFields, isStruct, isZero, zeroValue } from './zero.ts';

type Target = Record<string, unknown>;
/** Reads one occurrence of a field into its object. */
type Read = (reader: BinaryReader, wireType: WireType, target: Target) => void;
/** Reads one value whose tag was read. */
type ReadValue = (reader: BinaryReader, wireType: WireType) => unknown;

const utf8 = new TextDecoder();

/** Decodes bytes inside a RawExtension that are an object of their own (`k8s\0...`); set by protobuf.ts. */
export const nestedObjects: { decode?: (bytes: Uint8Array) => unknown } = {};

class MessageReader {
  private readonly schema: Schema;
  private readonly reads: (Read | undefined)[] = [];
  private finishers: ((target: Target) => void)[] | undefined;

  constructor(schema: Schema) {
    this.schema = schema;
  }

  read(reader: BinaryReader, end: number): Target {
    this.finishers ??= this.prepare();
    const target: Target = {};
    readInto(reader, end, this.reads, target);
    for (const finish of this.finishers) finish(target);
    return target;
  }

  private prepare(): ((target: Target) => void)[] {
    const finishers: ((target: Target) => void)[] = [];
    for (const field of this.schema.fields?.values() ?? []) {
      if (field.protobufNumber !== undefined) this.place(field);
      const { name } = field;
      if (field.omitZero) finishers.push((target) => { if (name in target && isZero(target[name])) delete target[name]; });
    }
    for (const { name, make } of absentFields(this.schema)) finishers.push((target) => { target[name] ??= make(); });
    return finishers;
  }

  private place(field: Field): void {
    let level = this.reads;
    for (const number of field.protobufInside ?? []) level = innerReads(level, number);
    level[field.protobufNumber as number] = lazyField(field);
  }
}

function readInto(reader: BinaryReader, end: number, reads: (Read | undefined)[], target: Target): void {
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const read = reads[number];
    if (read) read(reader, wireType, target);
    else reader.skip(wireType, number);
  }
}

/** The readers of a message that JSON inlines: they write into the object around it. */
const INNER = Symbol('inner');
function innerReads(level: (Read | undefined)[], number: number): (Read | undefined)[] {
  const existing = level[number] as (Read & { [INNER]?: (Read | undefined)[] }) | undefined;
  if (existing?.[INNER]) return existing[INNER];
  const inner: (Read | undefined)[] = [];
  const read: Read & { [INNER]?: (Read | undefined)[] } = (reader, _wireType, target) => readInto(reader, reader.uint32() + reader.pos, inner, target);
  read[INNER] = inner;
  level[number] = read;
  return inner;
}

const messageReaders = new WeakMap<Schema, MessageReader>();
export function messageReader(schema: Schema): MessageReader {
  let reader = messageReaders.get(schema);
  if (!reader) messageReaders.set(schema, (reader = new MessageReader(schema)));
  return reader;
}

function lazyField(field: Field): Read {
  let read: Read | undefined;
  return (reader, wireType, target) => (read ??= fieldReader(field))(reader, wireType, target);
}

function fieldReader(field: Field): Read {
  const { name, schema } = field;
  if (schema.type === 'array' && !schema.protobufMessage) return repeatedReader(name, schema.items as Schema);
  if (schema.type === 'map') return mapReader(name, schema.values as Schema);
  const read = valueReader(schema);
  if (field.pointer || field.always || isStruct(schema)) return (reader, wireType, target) => { target[name] = read(reader, wireType); };
  // omitempty: the zero value is not told from absence.
  return (reader, wireType, target) => {
    const value = read(reader, wireType);
    if (value !== '' && value !== 0 && value !== false) target[name] = value;
  };
}

function repeatedReader(name: string, items: Schema): Read {
  const read = valueReader(items);
  const packable = items.type === 'integer' || items.type === 'boolean' || items.type === 'number';
  return (reader, wireType, target) => {
    const list = (target[name] ??= []) as unknown[];
    if (packable && wireType === WireType.LengthDelimited) {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) list.push(read(reader, WireType.Varint));
    } else list.push(read(reader, wireType));
  };
}

function mapReader(name: string, values: Schema): Read {
  const read = valueReader(values);
  return (reader, _wireType, target) => {
    const map = (target[name] ??= {}) as Target;
    const end = reader.uint32() + reader.pos;
    let key = '';
    let value: unknown;
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      if (number === 1) key = reader.string();
      else if (number === 2) value = read(reader, wireType);
      else reader.skip(wireType, number);
    }
    const member = value ?? zeroOf(values);
    if (key === '__proto__') Object.defineProperty(map, key, { value: member, writable: true, enumerable: true, configurable: true });
    else map[key] = member;
  };
}

/** What Go has in a map's value that was not sent. */
function zeroOf(schema: Schema): unknown {
  return schema.format === 'byte' ? '' : schema.type === 'array' ? [] : zeroValue(schema);
}

/** Collects the fields of a small helper message by number. */
function smallMessage(reader: BinaryReader, visit: (number: number, wireType: WireType) => boolean): void {
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (!visit(number, wireType)) reader.skip(wireType, number);
  }
}

function valueReader(schema: Schema): ReadValue {
  switch (schema.type) {
    case 'object': {
      const message = messageReader(schema);
      return (reader) => { const length = reader.uint32(); return message.read(reader, reader.pos + length); };
    }
    case 'array': {
      const read = repeatedReader('items', schema.items as Schema);
      return (reader) => {
        const target: Target = { items: [] };
        smallMessage(reader, (number, wireType) => { if (number !== 1) return false; read(reader, wireType, target); return true; });
        return target['items'];
      };
    }
    case 'integer': return schema.format === 'int32' ? (reader) => reader.int32() : (reader) => Number(reader.int64());
    case 'number': return (reader) => reader.double();
    case 'boolean': return (reader) => reader.bool();
    case 'string': return stringReader(schema);
    default: return anyReader(schema);
  }
}

function readTime(reader: BinaryReader, micro: boolean): string | null {
  let seconds = 0;
  let nanos = 0;
  smallMessage(reader, (number) => {
    if (number === 1) seconds = Number(reader.int64());
    else if (number === 2) nanos = reader.int32();
    else return false;
    return true;
  });
  if (seconds === 0 && nanos === 0) return null;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  return micro ? `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${whole}Z`;
}

function stringReader(schema: Schema): ReadValue {
  switch (schema.format) {
    case 'byte': return (reader) => Buffer.from(reader.bytes()).toString('base64');
    case 'quantity': return (reader) => {
      let text = '0';
      smallMessage(reader, (number) => { if (number !== 1) return false; text = reader.string(); return true; });
      return canonicalQuantity(text);
    };
    case 'date-time': return (reader) => readTime(reader, false);
    case 'micro-time': return (reader) => readTime(reader, true);
    default: return (reader) => reader.string();
  }
}

function anyReader(schema: Schema): ReadValue {
  switch (schema.format) {
    case 'int-or-string': return (reader) => {
      let isText = false;
      let integer = 0;
      let text = '';
      smallMessage(reader, (number) => {
        if (number === 1) isText = Number(reader.int64()) === 1;
        else if (number === 2) integer = reader.int32();
        else if (number === 3) text = reader.string();
        else return false;
        return true;
      });
      return isText ? text : integer;
    };
    case 'schema-or-array': case 'schema-or-bool': case 'schema-or-strings': return schemaOrReader(schema);
    default: return (reader) => {
      let bytes: Uint8Array | undefined;
      smallMessage(reader, (number) => { if (number !== 1) return false; bytes = reader.bytes(); return true; });
      return bytes?.length ? rawValue(bytes) : null;
    };
  }
}

const isEnvelope = (bytes: Uint8Array): boolean => bytes[0] === 0x6b && bytes[1] === 0x38 && bytes[2] === 0x73 && bytes[3] === 0;

function rawValue(bytes: Uint8Array): unknown {
  if (isEnvelope(bytes) && nestedObjects.decode) return nestedObjects.decode(bytes);
  return JSON.parse(utf8.decode(bytes)) as unknown;
}

function schemaOrReader(schema: Schema): ReadValue {
  const one = valueReader(schema.items as Schema);
  return (reader) => {
    const list: unknown[] = [];
    let single: unknown;
    let allows = false;
    smallMessage(reader, (number, wireType) => {
      if (number === 1 && schema.format === 'schema-or-bool') allows = reader.bool();
      else if (number === 1 || (number === 2 && schema.format === 'schema-or-bool')) single = one(reader, wireType);
      else if (number === 2) list.push(schema.format === 'schema-or-array' ? one(reader, wireType) : reader.string());
      else return false;
      return true;
    });
    return single ?? (schema.format === 'schema-or-bool' ? allows : list);
  };
}
