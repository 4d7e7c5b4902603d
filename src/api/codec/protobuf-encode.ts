/** Protobuf messages from canonical JSON values. One writer is compiled per schema and kept. */
import type { Field, Schema } from '../schema.ts';
import { parseTime } from '../../base/clock.ts';
import { sortedKeys } from '../sorted-keys.ts';
import { WireType, WireWriter } from './wire-writer.ts';

type Write = (writer: WireWriter, number: number, value: unknown) => void;
type WriteMessage = (writer: WireWriter, value: unknown) => void;

const utf8 = new TextEncoder();
const messageWriters = new WeakMap<Schema, WriteMessage>();

/** Writes the fields of an object, without tag and length. */
export function messageWriter(schema: Schema): WriteMessage {
  const cached = messageWriters.get(schema);
  if (cached) return cached;
  let compiled: WriteMessage | undefined;
  const lazy: WriteMessage = (writer, value) => (compiled ??= compileMessage(schema))(writer, value);
  messageWriters.set(schema, lazy);
  return lazy;
}

/** One number of a message: a field, or a message that JSON inlines. */
interface Plan { number: number; field?: Field; write?: Write; inner: Plan[] }

function plans(schema: Schema): Plan[] {
  const root: Plan[] = [];
  for (const field of schema.fields?.values() ?? []) {
    if (field.protobufNumber === undefined) continue;
    let level = root;
    for (const number of field.protobufInside ?? []) {
      let nested = level.find((plan) => plan.number === number && !plan.field);
      if (!nested) level.push((nested = { number, inner: [] }));
      level = nested.inner;
    }
    level.push({ number: field.protobufNumber, field, inner: [] });
  }
  const sort = (level: Plan[]): void => {
    level.sort((left, right) => left.number - right.number);
    for (const plan of level) sort(plan.inner);
  };
  sort(root);
  return root;
}

function compileMessage(schema: Schema): WriteMessage {
  const root = plans(schema);
  return (writer, value) => writePlans(writer, root, value as Record<string, unknown>);
}

function writePlans(writer: WireWriter, level: Plan[], value: Record<string, unknown>): void {
  for (const plan of level) {
    if (!plan.field) {
      writer.tag(plan.number, WireType.LengthDelimited).fork();
      writePlans(writer, plan.inner, value);
      writer.join();
      continue;
    }
    const member = value[plan.field.name];
    if (member === undefined || member === null) continue;
    (plan.write ??= fieldWriter(plan.field.schema))(writer, plan.number, member);
  }
}

function nested(writer: WireWriter, number: number, write: () => void): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

export function fieldWriter(schema: Schema): Write {
  switch (schema.type) {
    case 'object': {
      const write = messageWriter(schema);
      return (writer, number, value) => { writer.tag(number, WireType.LengthDelimited).fork(); write(writer, value); writer.join(); };
    }
    case 'array': return arrayWriter(schema);
    case 'map': {
      const write = fieldWriter(schema.values as Schema);
      return (writer, number, value) => {
        const map = value as Record<string, unknown>;
        for (const key of sortedKeys(map)) {
          writer.tag(number, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(key);
          if (map[key] !== null && map[key] !== undefined) write(writer, 2, map[key]);
          writer.join();
        }
      };
    }
    case 'integer': return (writer, number, value) => { writer.tag(number, WireType.Varint).integer(value as number); };
    case 'number': return (writer, number, value) => { writer.tag(number, WireType.Bit64).double(value as number); };
    case 'boolean': return (writer, number, value) => { writer.tag(number, WireType.Varint).bool(value as boolean); };
    case 'string': return stringWriter(schema);
    case 'any': return anyWriter(schema);
  }
}

function arrayWriter(schema: Schema): Write {
  const write = fieldWriter(schema.items as Schema);
  const each: Write = (writer, number, value) => { for (const item of value as unknown[]) write(writer, number, item); };
  return schema.protobufMessage ? (writer, number, value) => nested(writer, number, () => each(writer, 1, value)) : each;
}

function writeTime(writer: WireWriter, number: number, text: string, withFraction: boolean): void {
  const milliseconds = parseTime(text);
  const seconds = Math.floor(milliseconds / 1000);
  const fraction = withFraction ? /\.(\d+)/.exec(text)?.[1] : undefined;
  nested(writer, number, () => {
    writer.tag(1, WireType.Varint).integer(seconds);
    writer.tag(2, WireType.Varint).integer(fraction ? Number(fraction.slice(0, 9).padEnd(9, '0')) : 0);
  });
}

function stringWriter(schema: Schema): Write {
  switch (schema.format) {
    case 'byte': return (writer, number, value) => { writer.tag(number, WireType.LengthDelimited).bytes(Buffer.from(value as string, 'base64')); };
    case 'quantity': return (writer, number, value) => nested(writer, number, () => { writer.tag(1, WireType.LengthDelimited).string(String(value)); });
    case 'date-time': return (writer, number, value) => writeTime(writer, number, value as string, false);
    case 'micro-time': return (writer, number, value) => writeTime(writer, number, value as string, true);
    default: return (writer, number, value) => { writer.tag(number, WireType.LengthDelimited).string(value as string); };
  }
}

function anyWriter(schema: Schema): Write {
  switch (schema.format) {
    case 'int-or-string': return (writer, number, value) => nested(writer, number, () => {
      const text = typeof value === 'string';
      writer.tag(1, WireType.Varint).integer(text ? 1 : 0);
      writer.tag(2, WireType.Varint).integer(text ? 0 : (value as number));
      writer.tag(3, WireType.LengthDelimited).string(text ? value : '');
    });
    case 'schema-or-array': case 'schema-or-bool': case 'schema-or-strings': return schemaOrWriter(schema);
    default: return (writer, number, value) => nested(writer, number, () => {
      writer.tag(1, WireType.LengthDelimited).bytes(value instanceof Uint8Array ? value : utf8.encode(JSON.stringify(value)));
    });
  }
}

function schemaOrWriter(schema: Schema): Write {
  const one = fieldWriter(schema.items as Schema);
  return (writer, number, value) => nested(writer, number, () => {
    if (schema.format === 'schema-or-bool') {
      writer.tag(1, WireType.Varint).bool(value !== false);
      if (typeof value === 'object') one(writer, 2, value);
    } else if (!Array.isArray(value)) one(writer, 1, value);
    else for (const item of value) schema.format === 'schema-or-array' ? one(writer, 2, item) : writer.tag(2, WireType.LengthDelimited).string(item as string);
  });
}
