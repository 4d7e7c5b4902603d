import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** The v2 document in the protobuf form of gnostic's OpenAPIv2.proto, which kubectl asks for. Covers what `documents.ts` writes. */
type Json = Record<string, unknown>;

function message<T>(writer: BinaryWriter, number: number, value: T | undefined, write: (writer: BinaryWriter, value: T) => void): void {
  if (value === undefined) return;
  writer.tag(number, WireType.LengthDelimited).fork();
  write(writer, value);
  writer.join();
}
function text(writer: BinaryWriter, number: number, value: unknown): void {
  if (typeof value === 'string' && value !== '') writer.tag(number, WireType.LengthDelimited).string(value);
}
function flag(writer: BinaryWriter, number: number, value: unknown): void {
  if (value === true) writer.tag(number, WireType.Varint).bool(true);
}
function texts(writer: BinaryWriter, number: number, values: unknown): void {
  for (const value of (values as string[] | undefined) ?? []) writer.tag(number, WireType.LengthDelimited).string(value);
}
/** A repeated message of name and value. */
function named<T>(writer: BinaryWriter, number: number, values: Record<string, T> | undefined, write: (writer: BinaryWriter, value: T) => void): void {
  for (const name in values) {
    message(writer, number, name, () => {
      text(writer, 1, name);
      message(writer, 2, values[name] as T, write);
    });
  }
}
const any = (writer: BinaryWriter, value: unknown): void => text(writer, 2, `${JSON.stringify(value)}\n`);

function extensions(writer: BinaryWriter, number: number, value: Json): void {
  const own = Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-')));
  named(writer, number, own, any);
}

function schema(writer: BinaryWriter, value: Json): void {
  text(writer, 1, value['$ref']);
  text(writer, 2, value['format']);
  text(writer, 3, value['title']);
  text(writer, 4, value['description']);
  if (value['default'] !== undefined) message(writer, 5, value['default'], any);
  for (const [name, number] of [['multipleOf', 6], ['maximum', 7], ['minimum', 9]] as const) {
    if (typeof value[name] === 'number') writer.tag(number, WireType.Bit64).double(value[name]);
  }
  flag(writer, 8, value['exclusiveMaximum']);
  flag(writer, 10, value['exclusiveMinimum']);
  for (const [name, number] of [['maxLength', 11], ['minLength', 12], ['maxItems', 14], ['minItems', 15], ['maxProperties', 17], ['minProperties', 18]] as const) {
    if (typeof value[name] === 'number') writer.tag(number, WireType.Varint).int64(value[name]);
  }
  text(writer, 13, value['pattern']);
  flag(writer, 16, value['uniqueItems']);
  texts(writer, 19, value['required']);
  for (const member of (value['enum'] as unknown[] | undefined) ?? []) message(writer, 20, member, any);
  const additional = value['additionalProperties'];
  if (typeof additional === 'boolean') message(writer, 21, additional, (inner, on) => { inner.tag(2, WireType.Varint).bool(on); });
  else if (additional) message(writer, 21, additional as Json, (inner, of) => message(inner, 1, of, schema));
  if (value['type']) message(writer, 22, value['type'] as string, (inner, type) => text(inner, 1, type));
  if (value['items']) message(writer, 23, value['items'] as Json, (inner, items) => message(inner, 1, items, schema));
  for (const part of (value['allOf'] as Json[] | undefined) ?? []) message(writer, 24, part, schema);
  if (value['properties']) message(writer, 25, value['properties'] as Record<string, Json>, (inner, properties) => named(inner, 1, properties, schema));
  extensions(writer, 31, value);
}

/** A parameter in place, or a reference to a shared one. */
function parameterItem(writer: BinaryWriter, value: Json): void {
  if (value['$ref'] !== undefined) message(writer, 2, value, (reference) => text(reference, 1, value['$ref']));
  else message(writer, 1, value, parameter);
}

function parameter(writer: BinaryWriter, value: Json): void {
  if (value['in'] === 'body') {
    message(writer, 1, value, (body) => {
      text(body, 2, value['name']);
      text(body, 3, 'body');
      flag(body, 4, value['required']);
      message(body, 5, value['schema'] as Json, schema);
    });
    return;
  }
  const isPath = value['in'] === 'path';
  message(writer, 2, value, (plain) => message(plain, isPath ? 4 : 3, value, (inner) => {
    flag(inner, 1, value['required']);
    text(inner, 2, value['in']);
    text(inner, 4, value['name']);
    text(inner, isPath ? 5 : 6, value['type']);
    flag(inner, isPath ? 19 : 20, value['uniqueItems']);
  }));
}

function response(writer: BinaryWriter, value: Json): void {
  message(writer, 1, value, (inner) => {
    text(inner, 1, value['description']);
    if (value['schema']) message(inner, 2, value['schema'] as Json, (item, of) => message(item, 1, of, schema));
  });
}

function operation(writer: BinaryWriter, value: Json): void {
  texts(writer, 1, value['tags']);
  text(writer, 5, value['operationId']);
  texts(writer, 6, value['produces']);
  texts(writer, 7, value['consumes']);
  for (const item of (value['parameters'] as Json[] | undefined) ?? []) message(writer, 8, item, parameterItem);
  message(writer, 9, value['responses'] as Record<string, Json>, (inner, responses) => named(inner, 1, responses, response));
  texts(writer, 10, value['schemes']);
  extensions(writer, 13, value);
}

const METHODS: Record<string, number> = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 };

function pathItem(writer: BinaryWriter, value: Json): void {
  for (const method in METHODS) if (value[method]) message(writer, METHODS[method] as number, value[method] as Json, operation);
  for (const item of (value['parameters'] as Json[] | undefined) ?? []) message(writer, 9, item, parameterItem);
  extensions(writer, 10, value);
}

function apiKey(writer: BinaryWriter, value: Json): void {
  ['type', 'name', 'in', 'description'].forEach((name, index) => text(writer, index + 1, value[name]));
}

export function gnosticDocument(document: Json): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, document['swagger']);
  message(writer, 2, document['info'] as Json, (inner, info) => { text(inner, 1, info['title']); text(inner, 2, info['version']); });
  message(writer, 8, document['paths'] as Record<string, Json>, (inner, paths) => named(inner, 2, paths, pathItem));
  message(writer, 9, document['definitions'] as Record<string, Json>, (inner, definitions) => named(inner, 1, definitions, schema));
  message(writer, 10, document['parameters'] as Record<string, Json>, (inner, parameters) => named(inner, 1, parameters, parameter));
  for (const requirement of (document['security'] as Record<string, string[]>[] | undefined) ?? []) message(writer, 12, requirement, (inner, of) => named(inner, 1, of, (list, values) => texts(list, 1, values)));
  message(writer, 13, document['securityDefinitions'] as Record<string, Json>, (inner, definitions) => named(inner, 1, definitions, (item, of) => message(item, 2, of, apiKey)));
  return writer.finish();
}
