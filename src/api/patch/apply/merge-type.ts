/** How server-side apply sees a schema: scalars, lists and maps, and whether each is owned as a whole or by its parts. */
import type { Field, Schema } from '../../schema.ts';
import { definitionSchema } from '../../schema-tables.ts';

export type Scalar = 'string' | 'numeric' | 'boolean' | 'untyped';
export interface MergeType {
  kind: 'scalar' | 'list' | 'map' | 'deduced';
  scalar?: Scalar;
  /** Lists and maps: owned as a whole. */
  atomic: boolean;
  /** Of a list whose items have keys; absent for a set. */
  keys?: string[];
  /** Values of keys that an item may leave out. */
  keyDefaults?: Record<string, unknown>;
  items?: MergeType;
  /** The type of a named field; undefined when the schema does not declare it. */
  field?: (name: string) => MergeType | undefined;
  /** The type of what is under a free key. */
  elements?: MergeType;
}

/** JSON without schema: lists are owned as a whole, maps by their keys. */
const DEDUCED: MergeType = { kind: 'deduced', atomic: false };
const DEDUCED_LIST: MergeType = { kind: 'list', atomic: true, items: DEDUCED };
const DEDUCED_MAP: MergeType = { kind: 'map', atomic: false, elements: DEDUCED };
const RAW: MergeType = { kind: 'map', atomic: true, elements: DEDUCED };
const UNTYPED: MergeType = { kind: 'scalar', scalar: 'untyped', atomic: false };
const STRING: MergeType = { kind: 'scalar', scalar: 'string', atomic: false };
const NUMERIC: MergeType = { kind: 'scalar', scalar: 'numeric', atomic: false };
const BOOLEAN: MergeType = { kind: 'scalar', scalar: 'boolean', atomic: false };

/** What a value without schema is. */
export function deduce(type: MergeType, value: unknown): MergeType {
  if (type.kind !== 'deduced') return type;
  if (Array.isArray(value)) return DEDUCED_LIST;
  return typeof value === 'object' && value !== null ? DEDUCED_MAP : UNTYPED;
}

type Hints = Pick<Field, 'listType' | 'listMapKeys' | 'mapType' | 'structType'>;
const NO_HINTS: Hints = {};
const cache = new WeakMap<Schema, MergeType>();

const rootCache = new WeakMap<Schema, MergeType>();

/** The merge type of a whole object's schema. */
export function mergeTypeOf(schema: Schema): MergeType {
  if (schema.name) return typeOf(schema, NO_HINTS);
  const cached = rootCache.get(schema);
  if (cached) return cached;
  const type = objectType(schema, NO_HINTS, true);
  rootCache.set(schema, type);
  return type;
}

function typeOf(schema: Schema, hints: Hints): MergeType {
  if (hints !== NO_HINTS && (hints.listType || hints.mapType || hints.structType)) return build(schema, hints);
  const cached = cache.get(schema);
  if (cached) return cached;
  const type = build(schema, NO_HINTS);
  cache.set(schema, type);
  return type;
}

function build(schema: Schema, hints: Hints): MergeType {
  switch (schema.type) {
    case 'string': return schema.format === 'quantity' || schema.format === 'date-time' || schema.format === 'micro-time' ? UNTYPED : STRING;
    case 'integer': case 'number': return NUMERIC;
    case 'boolean': return BOOLEAN;
    case 'array': return listType(schema, hints);
    case 'map': return { kind: 'map', atomic: (hints.mapType ?? schema.mapType) === 'atomic', elements: typeOf(schema.values as Schema, NO_HINTS) };
    case 'object': return objectType(schema, hints);
    case 'any': return schema.format === 'int-or-string' && !schema.source ? UNTYPED : schema.format === 'raw-extension' ? RAW : schema.format === 'fields-v1' ? DEDUCED_MAP : DEDUCED;
  }
}

function listType(schema: Schema, hints: Hints): MergeType {
  const listKind = hints.listType ?? schema.listType ?? 'atomic';
  const items = schema.items as Schema | undefined;
  const type: MergeType = { kind: 'list', atomic: listKind === 'atomic', items: items ? typeOf(items, NO_HINTS) : DEDUCED };
  if (listKind !== 'map') return type;
  type.keys = [...((hints.listType ? hints.listMapKeys : undefined) ?? schema.listMapKeys ?? hints.listMapKeys ?? [])].sort();
  type.keyDefaults = {};
  for (const key of type.keys) {
    const field = items?.fields?.get(key);
    const value = field?.default ?? field?.schema.default;
    if (value !== undefined) type.keyDefaults[key] = value;
  }
  return type;
}

/** `isObject`: a whole object, which has metadata and a kind whether its schema spells them out or not. */
function objectType(schema: Schema, hints: Hints, isObject = schema.embeddedResource === true): MergeType {
  const types = new Map<string, MergeType | undefined>();
  const resolve = (name: string): MergeType | undefined => {
    const found = schema.fields?.get(name);
    if (isObject && !found?.schema.name && name === 'metadata') return typeOf(definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta') as Schema, NO_HINTS);
    if (isObject && (name === 'apiVersion' || name === 'kind')) return STRING;
    return found && typeOf(found.schema, found);
  };
  const field = (name: string): MergeType | undefined => {
    if (!types.has(name)) types.set(name, resolve(name));
    return types.get(name);
  };
  const open = schema.preserveUnknownFields === true || (!schema.name && schema.fields === undefined);
  const elements = schema.values ? typeOf(schema.values, NO_HINTS) : open ? DEDUCED : undefined;
  return { kind: 'map', atomic: (hints.structType ?? hints.mapType ?? schema.structType ?? schema.mapType) === 'atomic', field, elements };
}

/** The declared field, or the element type, or undefined for what the schema does not know. */
export const memberType = (type: MergeType, name: string): MergeType | undefined => type.field?.(name) ?? type.elements;
