/**
 * Decodes JSON values against a Schema: drops unknown fields, checks types with upstream's error texts and brings values
 * into the canonical form (see zero.ts). One decoder is compiled per schema and kept.
 */
import { canonicalQuantity, canonicalResourceQuantity, QuantityError } from '../quantity.ts';
import type { Field, Schema } from '../schema.ts';
import { decodeCustom } from './custom.ts';
import { countKeys, countKeysInText, parseJson, parseJsonWithKeys, withNumberTexts, type NumberTexts } from './json-text.ts';
import { canonicalMicroTime, canonicalTime, checkBase64, goTypeName, ScalarError } from './scalars.ts';
import { noteGivenEmpty, type GivenEmpty } from './given-empty.ts';
import { absentFields, emptyObject, isStruct, isZero, zeroValue } from './zero.ts';

export { JsonSyntaxError, parseJson } from './json-text.ts';

/** A value that does not fit its type; `message` as upstream words it. Becomes a 400. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}

export interface DecodeResult<T = Record<string, unknown>> {
  /** Shares nothing with the input. */
  object: T;
  /** Paths such as `spec.containers[0].imge`, in the order of the text. */
  unknownFields: string[];
  duplicateFields: string[];
  /** Paths inside which duplicate keys do not count. */
  opaque?: string[];
  /** Both as texts for `strict decoding error: ...` and warnings: `unknown field "spec.foo"`. */
  strictErrors: string[];
}

/** Where decoding stands; the path is kept as segments and joined only for an error. */
export interface DecodeContext {
  /** Field names and, for array items, indexes. */
  path: (string | number)[];
  unknown: string[];
  collectUnknown: boolean;
  /** Paths of values that are kept as they are: what is twice in them is nobody's business. */
  opaque: string[];
  /** The first value of a wrong type; decoding goes on, as in Go. */
  typeError: string | undefined;
  /** How odd numbers of the text were written. */
  numbers?: NumberTexts | undefined;
  /** Collections that are left out because nothing is in them. */
  empty?: GivenEmpty[];
  /** Integers that are too large for their field lose their upper bits, as where Go makes an object of a map. */
  wraps?: boolean;
  /** Name of the struct being decoded, for errors: `PodSpec`. */
  struct: string;
}
export type Decode = (value: unknown, context: DecodeContext) => unknown;

/** With indexes: `spec.containers[0].name`. */
export function strictPath(path: (string | number)[]): string {
  let text = '';
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : text ? `.${part}` : part;
  return text;
}

function fieldPath(path: (string | number)[]): string {
  return path.filter((part) => typeof part === 'string').join('.');
}

const GO_KINDS: Record<string, string> = { string: 'string', boolean: 'bool', number: 'number' };

function typeError(value: unknown, type: string, context: DecodeContext, literal?: string): undefined {
  const isFraction = context.wraps && typeof value === 'number' && !Number.isInteger(value);
  const kind = Array.isArray(value) ? 'array' : isFraction ? 'float64' : (GO_KINDS[typeof value] ?? 'object');
  const where = context.path.length ? `Go struct field ${context.struct}.${fieldPath(context.path)} of type` : 'Go value of type';
  context.typeError ??= `json: cannot unmarshal ${kind}${literal ? ` ${literal}` : ''} into ${where} ${type}`;
  return undefined;
}

/** The error of a field in a struct that JSON inlines names that struct too. */
function nameEmbedded(message: string, path: (string | number)[], key: string, embedded: string): string {
  return message.replace(`.${fieldPath([...path, key])}`, `.${fieldPath([...path, embedded, key])}`);
}

function embeddedField(decode: Decode, key: string, embedded: string): Decode {
  return (value, context) => {
    const { path, typeError: before } = context;
    const outer = path.slice(0, -1);
    try {
      const decoded = decode(value, context);
      if (before === undefined && context.typeError !== undefined) context.typeError = nameEmbedded(context.typeError, outer, key, embedded);
      return decoded;
    } catch (error) {
      if (error instanceof DecodeError) throw new DecodeError(nameEmbedded(error.message, outer, key, embedded));
      throw error;
    }
  };
}

const decoders = new WeakMap<Schema, Decode>();

/** The decoder of a schema that belongs to no field (roots, items, values). */
export function decoderOf(schema: Schema, goType = goTypeName(schema)): Decode {
  const cached = decoders.get(schema);
  if (cached) return cached;
  let compiled: Decode | undefined;
  // Schemas may refer back to themselves: compile on first use.
  const lazy: Decode = (value, context) => (compiled ??= compile(schema, goType))(value, context);
  decoders.set(schema, lazy);
  return lazy;
}

function compile(schema: Schema, goType: string): Decode {
  switch (schema.type) {
    case 'object': return compileObject(schema);
    case 'array': return compileArray(schema, goType);
    case 'map': return compileMap(schema, goType);
    case 'string': return compileString(schema, goType);
    case 'integer': return compileInteger(schema, goType);
    case 'number': return (value, context) => (typeof value === 'number' ? value : value === null ? 0 : typeError(value, goType, context));
    case 'boolean': return (value, context) => (typeof value === 'boolean' ? value : value === null ? false : typeError(value, goType, context));
    case 'any': return compileAny(schema);
  }
}

interface CompiledField { field: Field; decode: Decode; pointer: boolean; always: boolean; omitZero: boolean; struct: boolean }

function compileField(field: Field): CompiledField {
  const { schema } = field;
  const goType = goTypeName(schema, field);
  const ownForm = field.goType || schema.type !== 'object' ? compile(schema, goType) : decoderOf(schema);
  const plain = UNROUNDED.has(field.name) && schema.type === 'map' ? compileMap(schema, goType, false) : ownForm;
  const decode = field.embedded ? embeddedField(plain, field.name, field.embedded) : plain;
  return { field, decode, pointer: field.pointer === true, always: field.always === true, omitZero: field.omitZero === true, struct: isStruct(schema) };
}

const isEmpty = (value: unknown): boolean => value === '' || value === 0 || value === false || value === null
  || (typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : isEmptyObject(value as object)));
function isEmptyObject(value: object): boolean {
  for (const _ in value) return false;
  return true;
}
const isCollection = (value: unknown): boolean => typeof value === 'object' && value !== null;

function compileObject(schema: Schema): Decode {
  if (!schema.name) return (value, context) => decodeCustom(value, schema, context);
  const struct = schema.name.split('.').at(-1) as string;
  const goType = goTypeName(schema);
  const fields = new Map<string, CompiledField>();
  let absent: ReturnType<typeof absentFields> | undefined;
  return (value, context) => {
    if (value === null) return emptyObject(schema);
    if (typeof value !== 'object' || Array.isArray(value)) { typeError(value, goType, context); return emptyObject(schema); }
    const outer = context.struct;
    context.struct = struct;
    const { path } = context;
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const key in source) {
      let entry = fields.get(key);
      if (!entry) {
        const field = schema.fields?.get(key);
        if (!field) {
          if (context.collectUnknown) { path.push(key); context.unknown.push(strictPath(path)); path.pop(); }
          continue;
        }
        fields.set(key, (entry = compileField(field)));
      }
      const given = source[key];
      if (given === null || given === undefined) continue;
      path.push(key);
      const decoded = context.numbers !== undefined && typeof given === 'number' ? decodeNumber(entry, given, source, context) : entry.decode(given, context);
      path.pop();
      if (decoded === undefined) continue;
      if (!entry.pointer) {
        if (entry.omitZero) { if (isZero(decoded)) continue; }
        else if (!entry.struct && isEmpty(decoded) && key !== 'managedFields') {
          if (isCollection(decoded)) {
            (context.empty ??= []).push({ path: [...path, key], value: decoded });
            continue;
          }
          if (!entry.always) continue;
        }
      }
      result[key] = decoded;
    }
    absent ??= absentFields(schema);
    for (const { name, make } of absent) if (!(name in result)) result[name] = make();
    context.struct = outer;
    return result;
  };
}

/** A number's member of an object, whose text may say that it is none of the integers it equals. */
function decodeNumber({ field, decode }: CompiledField, value: number, holder: object, context: DecodeContext): unknown {
  const text = context.numbers?.get(holder)?.[field.name];
  const plain = text === undefined || field.schema.type !== 'integer' || (/^-?\d+$/.test(text) && BigInt.asIntN(field.schema.format === 'int32' ? 32 : 64, BigInt(text)) === BigInt(text));
  return plain ? decode(value, context) : typeError(value, field.goType ?? goTypeName(field.schema, field), context, text);
}

function compileArray(schema: Schema, goType: string): Decode {
  const items = schema.items as Schema;
  const itemType = goType.slice(2);
  const decode = goType.startsWith('[]') && items.type !== 'object' && itemType !== goTypeName(items) ? compile(items, itemType) : decoderOf(items);
  return (value, context) => {
    if (value === null) return null;
    if (!Array.isArray(value)) return typeError(value, goType, context);
    const { path } = context;
    const result: unknown[] = new Array(value.length);
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      const item = value[index] as unknown;
      result[index] = item === null ? zeroValue(items) : (decode(item, context) ?? zeroValue(items));
      path.pop();
    }
    return result;
  };
}

function compileMap(schema: Schema, goType: string, rounds = true): Decode {
  const values = schema.values as Schema;
  const decode = rounds && goType === RESOURCE_LIST ? decodeResourceQuantity : decoderOf(values);
  return (value, context) => {
    if (value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) return typeError(value, goType, context);
    const source = value as Record<string, unknown>;
    const result: Record<string, unknown> = {};
    for (const key in source) {
      const given = source[key];
      // Go names the map's field, not the key.
      const decoded = given === null ? zeroValue(values) : (typeof given === 'object' && values.type !== 'string' ? decodeMember(decode, given, key, context) : decode(given, context));
      if (decoded === undefined) continue;
      if (key === '__proto__') Object.defineProperty(result, key, { value: decoded, writable: true, enumerable: true, configurable: true });
      else result[key] = decoded;
    }
    return result;
  };
}

function decodeMember(decode: Decode, value: unknown, key: string, context: DecodeContext): unknown {
  context.path.push(key);
  const decoded = decode(value, context);
  context.path.pop();
  return decoded;
}

function guarded(read: (text: string) => string): (text: string) => string {
  return (text) => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof ScalarError || error instanceof QuantityError) throw new DecodeError(error.message);
      throw error;
    }
  };
}
const readQuantity = guarded(canonicalQuantity);
const readResourceQuantity = guarded(canonicalResourceQuantity);
/** Upstream rounds the amounts in these maps, but for those of a field of a kind without defaults. */
const RESOURCE_LIST = 'v1.ResourceList';
const UNROUNDED = new Set(['podFixed']);
const quantityText = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : ' ');
const decodeResourceQuantity: Decode = (value) => readResourceQuantity(quantityText(value));
const readTime = guarded(canonicalTime);
const readMicroTime = guarded(canonicalMicroTime);

/** Bytes may be given as a list of numbers too. */
function bytesOf(given: unknown[], context: DecodeContext): string | undefined {
  const list = given.map((byte) => byte ?? 0);
  const wrong = list.find((byte) => typeof byte !== 'number' || !Number.isInteger(byte) || byte < 0 || byte > 255);
  if (wrong !== undefined) return typeError(wrong, 'uint8', context, typeof wrong === 'number' ? String(wrong) : undefined);
  return Buffer.from(list as number[]).toString('base64');
}

/** What is no base64 does not end decoding: an error before it is told instead. */
function readBase64(text: string, context: DecodeContext): string | undefined {
  try {
    return checkBase64(text);
  } catch (error) {
    if (!(error instanceof ScalarError)) throw error;
    context.typeError ??= error.message;
    return undefined;
  }
}

/**
 * What reads itself ends the decoding when it cannot, before anything found earlier is told. Where Go makes an object of a map, it knows
 * nothing of what is around it.
 */
function readsItself(decode: Decode): Decode {
  return (value, context) => {
    if (!context.wraps) {
      const before = context.typeError;
      context.typeError = undefined;
      const decoded = decode(value, context);
      if (context.typeError !== undefined) throw new DecodeError(context.typeError);
      context.typeError = before;
      return decoded;
    }
    const own: DecodeContext = { ...context, path: [], struct: '', typeError: undefined, wraps: false };
    const decoded = decode(value, own);
    context.typeError ??= own.typeError;
    return decoded;
  };
}

/** Of a scalar; where Go makes an object of a map, a type with a name of its own is told in other words. */
function scalarError(value: unknown, goType: string, context: DecodeContext, basic: string): undefined {
  if (!context.wraps || !goType.includes('.') || context.path.length === 0) return typeError(value, goType, context);
  context.typeError ??= typeof value === 'number' && Number.isInteger(value) ? `cannot convert int64 to ${goType}` : `unrecognized type: ${basic}`;
  return undefined;
}

function compileString(schema: Schema, goType: string): Decode {
  const plain = (read: (text: string) => string): Decode => (value, context) => (typeof value === 'string' ? read(value) : typeError(value, 'string', context));
  switch (schema.format) {
    case 'quantity': return (value) => readQuantity(quantityText(value));
    case 'date-time': return readsItself(plain(readTime));
    case 'micro-time': return readsItself(plain(readMicroTime));
    case 'duration': return readsItself(plain((text) => text));
    case 'byte': return (value, context) => {
      if (Array.isArray(value)) return bytesOf(value, context);
      return typeof value === 'string' ? readBase64(value, context) : typeError(value, goType, context);
    };
    default: return (value, context) => (typeof value === 'string' ? value : scalarError(value, goType, context, 'string'));
  }
}

function compileInteger(schema: Schema, goType: string): Decode {
  const [low, high] = schema.format === 'int32' ? [-2147483648, 2147483647] : [-9223372036854775808, 9223372036854775807];
  return (value, context) => {
    if (typeof value !== 'number') return typeError(value, goType, context);
    if (!Number.isInteger(value) || value < low || value > high) {
      if (context.wraps && Number.isSafeInteger(value)) return Number(BigInt.asIntN(32, BigInt(value)));
      return typeError(value, goType, context, String(value));
    }
    return value;
  };
}

/** A copy of a JSON value that shares nothing with it. Much cheaper than structuredClone. */
export function copyJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyJson) as T;
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const member = copyJson((value as Record<string, unknown>)[key]);
    if (key === '__proto__') Object.defineProperty(result, key, { value: member, writable: true, enumerable: true, configurable: true });
    else result[key] = member;
  }
  return result as T;
}

function compileAny(schema: Schema): Decode {
  switch (schema.format) {
    case 'int-or-string': {
      const integer = compileInteger({ type: 'integer', format: 'int32' }, 'int32');
      return readsItself((value, context) => (typeof value === 'string' ? value : (integer(value, context) ?? 0)));
    }
    case 'schema-or-array': case 'schema-or-bool': case 'schema-or-strings': {
      const decode = decoderOf(schema.items as Schema);
      return (value, context) => {
        if (typeof value === 'boolean') return value;
        if (!Array.isArray(value)) return decode(value, context);
        return schema.format === 'schema-or-array' ? value.map((item) => decode(item, context)) : copyJson(value);
      };
    }
    default: return (value, context) => {
      if (context.collectUnknown && typeof value === 'object') context.opaque.push(strictPath(context.path));
      return copyJson(value);
    };
  }
}

/** What is nested deeper than the stack is refused, as upstream refuses it. */
export function withinDepth<T>(walk: () => T): T {
  try {
    return walk();
  } catch (error) {
    if (error instanceof RangeError) throw new DecodeError('exceeded max depth');
    throw error;
  }
}

/** Decodes one value. Throws DecodeError for a value of a wrong type. */
export function decodeObject<T = Record<string, unknown>>(value: unknown, schema: Schema, options: { strict?: boolean; wraps?: boolean; numbers?: NumberTexts | undefined } = {}): DecodeResult<T> {
  const context: DecodeContext = { wraps: options.wraps === true, numbers: options.numbers, path: [], unknown: [], collectUnknown: options.strict === true, opaque: [], typeError: undefined, struct: '' };
  const object = withinDepth(() => decoderOf(schema)(value, context) as T);
  if (context.typeError) throw new DecodeError(context.typeError);
  if (context.empty) noteGivenEmpty(object, context.empty);
  const strictErrors = context.unknown.map((path) => `unknown field ${JSON.stringify(path)}`);
  return { object, unknownFields: context.unknown, duplicateFields: [], opaque: context.opaque, strictErrors };
}

/**
 * Decodes a text; with `strict`, unknown fields and duplicate keys are told. Throws JsonSyntaxError or DecodeError.
 */
export function decodeJson<T = Record<string, unknown>>(text: string, schema: Schema, options: { strict?: boolean } = {}): DecodeResult<T> {
  const { value, numbers } = withNumberTexts(text, parseJson(text));
  const result = decodeObject<T>(value, schema, { ...options, numbers });
  if (!options.strict || countKeysInText(text) === withinDepth(() => countKeys(value))) return result;
  return { ...result, ...duplicatesOf(text, result.unknownFields, result.opaque ?? []) };
}

/** Duplicate keys of a text, merged with what is unknown in the order of the text. */
export function duplicatesOf(text: string, unknownFields: string[], opaque: string[]): { duplicateFields: string[]; strictErrors: string[] } {
  const { duplicates, order } = parseJsonWithKeys(text);
  const inside = (path: string): boolean => [...unknownFields, ...opaque].some((outer) => path.startsWith(outer) && /^[.[]/.test(path.slice(outer.length)));
  const duplicateFields = duplicates.filter((path) => !inside(path) && !unknownFields.includes(path));
  const found = [
    ...duplicateFields.map((path) => ({ path, text: `duplicate field ${JSON.stringify(path)}` })),
    ...unknownFields.map((path) => ({ path, text: `unknown field ${JSON.stringify(path)}` })),
  ];
  found.sort((left, right) => (order.get(left.path) ?? 0) - (order.get(right.path) ?? 0));
  return { duplicateFields, strictErrors: found.map(({ text: message }) => message) };
}
