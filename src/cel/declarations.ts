import type { Schema } from '../api/schema.ts';
import type { Environment } from './environment.ts';
import type { Range } from './cost/range.ts';
import type { SizeOfPath } from './cost/estimate.ts';
import { RESERVED } from './syntax/tokens.ts';
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, struct, TIMESTAMP, type Type } from './types.ts';

/** A part of a schema as expressions see it. */
export interface Declared {
  type: Type;
  /** What it holds at most: characters, items, entries. */
  maximum: number;
  /** Characters it takes in JSON at least. */
  smallest: number;
  fields?: Map<string, Declared>;
  item?: Declared;
  key?: Declared;
}

const REQUEST_BYTES = 3 * 1024 * 1024;
const TEXT_BYTES = REQUEST_BYTES - 2;
const DATE_LENGTH = 12;
const TIME_LENGTH = 32;
const TIME_LEAST = 21;
const MAXIMUM_DEPTH = 60;

/** The name of a property in an expression; undefined when it cannot be said there. */
export function escapedName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (name === '' || /^[0-9]/.test(name) || /[^a-zA-Z0-9\-./_]/.test(name)) return undefined;
  return name.replace(/__|[-./]/g, (part) => ({ __: '__underscores__', '.': '__dot__', '-': '__dash__', '/': '__slash__' })[part]!);
}

/** What a schema declares under `name`; undefined: expressions do not see it. `isObject`: the root of a resource. */
export function declare(schema: Schema | undefined, name: string, isObject: boolean, depth = 0): Declared | undefined {
  if (!schema || depth > MAXIMUM_DEPTH) return undefined;
  const source = schema.source ?? {};
  const length = source['maxLength'] as number | undefined;
  if (schema.format === 'int-or-string' || source['x-kubernetes-int-or-string']) return { type: DYN, maximum: length === undefined ? TEXT_BYTES : 4 * Math.max(length, 0), smallest: 1 };
  if (isObject) return declareObject(schema, name, true, depth);
  switch (source['type'] ?? schema.type) {
    case 'boolean': return { type: BOOL, maximum: 0, smallest: 4 };
    case 'integer': return { type: INT, maximum: 0, smallest: 1 };
    case 'number': return { type: DOUBLE, maximum: 0, smallest: 1 };
    case 'string': return declareString(schema, length);
    case 'array': return declareList(schema, name, depth);
    case 'map': return declareMap(schema, name, depth);
    case 'object': return source['additionalProperties'] && typeof source['additionalProperties'] === 'object' ? declareMap(schema, name, depth) : declareObject(schema, name, false, depth);
    default: return undefined;
  }
}

function declareString(schema: Schema, length: number | undefined): Declared {
  switch (schema.format) {
    case 'byte': return { type: BYTES, maximum: length ?? TEXT_BYTES, smallest: 2 };
    case 'duration': return { type: DURATION, maximum: TIME_LENGTH, smallest: 3 };
    case 'date': return { type: TIMESTAMP, maximum: DATE_LENGTH, smallest: DATE_LENGTH };
    case 'date-time': return { type: TIMESTAMP, maximum: TIME_LENGTH, smallest: TIME_LEAST };
    default:
  }
  const longest = Math.max(0, ...(schema.enum ?? []).map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
  const maximum = length !== undefined ? 4 * Math.max(length, 0) : schema.enum?.length ? longest : TEXT_BYTES;
  return { type: STRING, maximum, smallest: 2 };
}

function declareList(schema: Schema, name: string, depth: number): Declared | undefined {
  const item = declare(schema.items, `${name}.@idx`, schema.items?.embeddedResource === true, depth + 1);
  if (!item) return undefined;
  const limit = schema.source?.['maxItems'] as number | undefined;
  return { type: listOf(item.type), item, maximum: limit ?? Math.floor((REQUEST_BYTES - 2) / (item.smallest + 1)), smallest: 2 };
}

function declareMap(schema: Schema, name: string, depth: number): Declared | undefined {
  const item = declare(schema.values, `${name}.@elem`, schema.values?.embeddedResource === true, depth + 1);
  if (!item) return undefined;
  const limit = schema.source?.['maxProperties'] as number | undefined;
  const maximum = limit ?? Math.floor((REQUEST_BYTES - 2) / (item.smallest + 6));
  return { type: mapOf(STRING, item.type), item, key: { type: STRING, maximum: 0, smallest: 2 }, maximum, smallest: 2 };
}

const plainText = (): Declared => ({ type: STRING, maximum: TEXT_BYTES, smallest: 2 });

function declareObject(schema: Schema, name: string, isResource: boolean, depth: number): Declared {
  const fields = new Map<string, Declared>();
  let smallest = 2;
  for (const [property, field] of schema.fields ?? []) {
    if (isResource && (property === 'metadata' || property === 'kind' || property === 'apiVersion')) continue;
    const escaped = escapedName(property);
    const declared = declare(field.schema, `${name}.${escaped ?? property}`, field.schema.embeddedResource === true, depth + 1);
    if (!declared) continue;
    if (escaped) fields.set(escaped, declared);
    if (field.required && field.schema.default === undefined) smallest += property.length + declared.smallest + 4;
  }
  if (isResource) {
    for (const field of ['apiVersion', 'kind']) fields.set(field, plainText());
    fields.set('metadata', { type: struct(`${name}.metadata`), maximum: 0, smallest: 2, fields: new Map([['name', plainText()], ['generateName', plainText()]]) });
  }
  return { type: struct(name), maximum: 0, smallest, fields };
}

/** Makes the messages of a declaration known. */
export function registerDeclared(environment: Environment, declared: Declared): void {
  const { fields, item, type } = declared;
  if (fields) {
    environment.structs.set(type.name, { field: (name) => fields.get(name)?.type });
    for (const inner of fields.values()) registerDeclared(environment, inner);
  }
  if (item) registerDeclared(environment, item);
}

/** Sizes along paths that begin with the variable of the declaration, whatever its name. */
export function sizesOf(root: Declared): SizeOfPath {
  return (path): Range | undefined => {
    let at: Declared | undefined = root;
    for (const step of path.slice(1)) {
      at = step === '@items' || step === '@values' ? at.item : step === '@keys' ? at.key : at.fields?.get(step);
      if (!at) return undefined;
    }
    return { min: 0, max: at.maximum };
  };
}

/** How often what takes this much at least can stand in a request. */
export function mostOften({ smallest }: Declared): number {
  return Math.floor(REQUEST_BYTES / (smallest + 1));
}
