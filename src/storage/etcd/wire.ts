import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** `id`: a 64-bit number that may be larger than JavaScript's safe integers; `int`: one that is not (revisions, counts, enums). */
type Scalar = 'bytes' | 'string' | 'int' | 'id' | 'bool';
type FieldFacts = [number: number, type: Scalar | MessageType<object>, repeated?: 'repeated'];

/** A protobuf message: how it is written and read. Absent scalars read as zero, absent lists as empty, absent messages as undefined. */
export interface MessageType<T extends object> {
  write(message: Partial<T>, writer: BinaryWriter): void;
  read(reader: BinaryReader, end: number): T;
}

const ZERO: Record<Scalar, unknown> = { bytes: new Uint8Array(0), string: '', int: 0, id: 0n, bool: false };

export function message<T extends object>(fields: { [Name in keyof T & string]-?: FieldFacts }): MessageType<T> {
  const list = Object.entries(fields as Record<string, FieldFacts>).map(([name, [number, type, repeated]]) => ({ name, number, type, repeated: repeated !== undefined }));
  const byNumber = new Map(list.map((field) => [field.number, field]));
  return {
    write(value, writer) {
      for (const { name, number, type } of list) {
        const given = (value as Record<string, unknown>)[name];
        if (given === undefined) continue;
        if (Array.isArray(given)) for (const item of given) writeField(writer, number, type, item);
        else writeField(writer, number, type, given);
      }
    },
    read(reader, end) {
      const value: Record<string, unknown> = {};
      for (const { name, type, repeated } of list) value[name] = repeated ? [] : typeof type === 'string' ? ZERO[type] : undefined;
      while (reader.pos < end) {
        const [number, wireType] = reader.tag();
        const field = byNumber.get(number);
        if (!field) reader.skip(wireType, number);
        else if (field.repeated) (value[field.name] as unknown[]).push(readField(reader, field.type));
        else value[field.name] = readField(reader, field.type);
      }
      return value as T;
    },
  };
}

function writeField(writer: BinaryWriter, number: number, type: Scalar | MessageType<object>, value: unknown): void {
  if (typeof type !== 'string') {
    writer.tag(number, WireType.LengthDelimited).fork();
    type.write(value as object, writer);
    writer.join();
    return;
  }
  switch (type) {
    case 'bytes': writer.tag(number, WireType.LengthDelimited).bytes(value as Uint8Array); break;
    case 'string': writer.tag(number, WireType.LengthDelimited).string(value as string); break;
    case 'bool': writer.tag(number, WireType.Varint).bool(value as boolean); break;
    default: writer.tag(number, WireType.Varint).int64(value as number | bigint);
  }
}

function readField(reader: BinaryReader, type: Scalar | MessageType<object>): unknown {
  if (typeof type !== 'string') {
    const length = reader.uint32();
    return type.read(reader, reader.pos + length);
  }
  switch (type) {
    case 'bytes': return reader.bytes();
    case 'string': return reader.string();
    case 'bool': return reader.bool();
    case 'id': return BigInt(reader.int64());
    case 'int': return Number(reader.int64());
  }
}

export function encode<T extends object>(type: MessageType<T>, value: Partial<T>): Buffer {
  const writer = new BinaryWriter();
  type.write(value, writer);
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function decode<T extends object>(type: MessageType<T>, bytes: Uint8Array): T {
  return type.read(new BinaryReader(bytes), bytes.length);
}
