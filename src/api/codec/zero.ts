/**
 * What an absent field looks like in the canonical JSON of a built-in kind, which is that of Go's encoder: objects that are
 * no pointer appear as `{}`, fields without omitempty as their zero value, other empty fields not at all.
 */
import type { Field, Schema } from '../schema.ts';

/** Builds the value of an absent field. */
export interface Absent { name: string; make: () => unknown }

const FORMAT_ZEROES: Record<string, unknown> = {
  quantity: '0', 'date-time': null, 'micro-time': null, 'int-or-string': 0, 'raw-extension': null, 'fields-v1': null, json: null, duration: '0s',
};
/** Formats that are structs in Go, so that omitempty does not leave them out. */
const STRUCT_FORMATS = new Set(['quantity', 'date-time', 'micro-time', 'int-or-string', 'raw-extension', 'fields-v1', 'json', 'duration']);

const absentCache = new WeakMap<Schema, Absent[]>();

export function isStruct(schema: Schema): boolean {
  return schema.type === 'object' || (schema.format !== undefined && STRUCT_FORMATS.has(schema.format));
}

export function zeroValue(schema: Schema): unknown {
  if (schema.format && schema.format in FORMAT_ZEROES) return FORMAT_ZEROES[schema.format];
  switch (schema.type) {
    case 'object': return emptyObject(schema);
    case 'string': return schema.format === 'byte' ? null : '';
    case 'integer': case 'number': return 0;
    case 'boolean': return false;
    default: return null;
  }
}

/** `items` of a list kind: upstream never sends null there. */
export const isItemsOfList = (schema: Schema, field: string): boolean => field === 'items' && schema.name !== undefined && schema.name.endsWith('List') && schema.fields?.get('metadata') !== undefined;

function absent(field: Field): Absent | undefined {
  if (field.pointer) return field.always ? { name: field.name, make: () => null } : undefined;
  if (field.omitZero) return undefined;
  if (!field.always && !isStruct(field.schema)) return undefined;
  const { schema } = field;
  if (schema.type === 'object') return { name: field.name, make: () => emptyObject(schema) };
  const zero = zeroValue(schema);
  return { name: field.name, make: () => zero };
}

/** The fields of an object that are encoded even when they were not given. */
export function absentFields(schema: Schema): Absent[] {
  const cached = absentCache.get(schema);
  if (cached) return cached;
  const result: Absent[] = [];
  absentCache.set(schema, result);
  for (const field of schema.fields?.values() ?? []) {
    const entry = isItemsOfList(schema, field.name) ? { name: 'items', make: () => [] } : absent(field);
    if (entry) result.push(entry);
  }
  return result;
}

export function emptyObject(schema: Schema): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { name, make } of absentFields(schema)) result[name] = make();
  return result;
}

/** Go's zero test for `omitzero`, on a canonical value. */
export function isZero(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  for (const key in value) if (!isZero((value as Record<string, unknown>)[key])) return false;
  return true;
}
