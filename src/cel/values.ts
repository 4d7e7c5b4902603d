import type { Schema } from '../api/schema.ts';
import { parseGoDuration } from '../base/go-duration.ts';

/** Values: null, boolean, bigint (int), number (double), string, Uint8Array, Array, Map, the classes here, and those that libraries register. */

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  readonly present: boolean;
  readonly value: unknown;
  constructor(present: boolean, value: unknown) {
    this.present = present;
    this.value = value;
  }
  static of(value: unknown): Optional {
    return new Optional(true, value);
  }
}
export const NONE = new Optional(false, undefined);

export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** An object that an expression has made: `Object.spec{replicas: 1}`. */
export class Message {
  readonly name: string;
  readonly fields: Map<unknown, unknown>;
  constructor(name: string, fields: Map<unknown, unknown>) {
    this.name = name;
    this.fields = fields;
  }
}

/** Lists of CRDs that are sets or have keys compare and join without order. */
export class SchemaList extends Array<unknown> {
  listType: 'set' | 'map' | undefined;
  itemKeys: readonly string[] = [];
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
  static with(items: readonly unknown[], listType: 'set' | 'map', itemKeys: readonly string[]): SchemaList {
    const list = new SchemaList();
    for (const item of items) list.push(item);
    list.listType = listType;
    list.itemKeys = itemKeys;
    return list;
  }
}

/** How a value of JSON is shown to expressions. */
export interface Conversion {
  schema?: Schema | undefined;
  /** Also timestamps, durations and bytes by the schema's formats, and kinds of lists, as CRD rules have them. */
  typed?: boolean;
  /** Names of fields as expressions write them; undefined leaves a field out. */
  escape?: (name: string) => string | undefined;
}

/**
 * JSON as CEL sees it: whole numbers are int (bigint), others double. A schema tells them apart where the value does not
 * (a `number` field that holds 2).
 */
export function toCel(value: unknown, schema?: Schema, typed = false, escape?: Conversion['escape']): unknown {
  switch (typeof value) {
    case 'number': return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
    case 'string': return typed && schema ? typedString(value, schema) : value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return listToCel(value, schema, typed, escape);
      return objectToCel(value as Record<string, unknown>, schema, typed, escape);
    default: return value;
  }
}

function listToCel(list: unknown[], schema: Schema | undefined, typed: boolean, escape: Conversion['escape']): unknown[] {
  const items = list.map((item) => toCel(item, schema?.items, typed, escape));
  if (!typed || (schema?.listType !== 'set' && schema?.listType !== 'map')) return items;
  return SchemaList.with(items, schema.listType, schema.listMapKeys ?? []);
}

function objectToCel(object: Record<string, unknown>, schema: Schema | undefined, typed: boolean, escape: Conversion['escape']): Map<unknown, unknown> {
  const result = new Map<unknown, unknown>();
  for (const key in object) {
    const field = schema?.fields?.get(key)?.schema;
    const inner = field ?? schema?.values;
    const name = field && escape ? escape(key) ?? key : key;
    result.set(name, toCel(object[key], inner, typed, escape));
  }
  return result;
}

function typedString(value: string, { format, type }: Schema): unknown {
  if (type !== 'string') return value;
  if (format === 'date-time') return parseTimestamp(value) ?? value;
  if (format === 'date') return parseTimestamp(`${value}T00:00:00Z`) ?? value;
  if (format === 'byte') return new Uint8Array(Buffer.from(value, 'base64'));
  if (format === 'duration') return parseDuration(value) ?? value;
  return value;
}

const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/;
const EARLIEST = -62135596800n * 1_000_000_000n;
const LATEST = 253402300800n * 1_000_000_000n;

/** RFC 3339, years 1 to 9999. */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = TIMESTAMP.exec(text);
  const milliseconds = match ? Date.parse(`${match[1]}${match[3]}`) : NaN;
  if (!match || Number.isNaN(milliseconds)) return undefined;
  const nanos = BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
  return nanos < EARLIEST || nanos >= LATEST ? undefined : new Timestamp(nanos);
}

/** In Go's form. */
export function parseDuration(text: string): Duration | undefined {
  const nanos = parseGoDuration(text);
  return nanos === undefined ? undefined : new Duration(nanos);
}

/** As RFC 3339, in UTC, with as many digits behind the second as there are. */
export function formatTimestamp({ nanos }: Timestamp): string {
  const fraction = ((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  const seconds = new Date(Number((nanos - fraction) / 1_000_000n)).toISOString().replace(/\.\d+Z$/, '');
  return `${seconds.replace(/^\+00/, '')}${fraction === 0n ? '' : `.${String(fraction).padStart(9, '0').replace(/0+$/, '')}`}Z`;
}

/** Seconds, as CEL prints durations: `3600s`, `0.5s`. */
export function formatDuration({ nanos }: Duration): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  const fraction = String(absolute % 1_000_000_000n).padStart(9, '0').replace(/0+$/, '');
  return `${nanos < 0n ? '-' : ''}${absolute / 1_000_000_000n}${fraction ? `.${fraction}` : ''}s`;
}

/** As Go prints floats: exponents from 21 digits on and below 1e-4. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const absolute = Math.abs(value);
  if (absolute !== 0 && (absolute < 1e-4 || absolute >= 1e21)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return String(value);
}

/** A result of CEL as JSON. */
export function fromCel(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return Array.from(value, fromCel);
  if (value instanceof Uint) return Number(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Optional) return value.present ? fromCel(value.value) : null;
  const entries = value instanceof Message ? value.fields : value;
  if (entries instanceof Map) return Object.fromEntries([...entries].map(([key, item]) => [String(fromCel(key)), fromCel(item)]));
  throw new Error(`${value.constructor.name} is no JSON`);
}
