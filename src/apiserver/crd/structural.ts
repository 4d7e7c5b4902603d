import type { Field, Schema, SchemaType } from '../../api/schema.ts';
import { additionalOf, itemsOf, type JSONSchemaProps } from './types.ts';

const PLAIN = new Set(['string', 'integer', 'number', 'boolean', 'array', 'object']);

/** Made once for each part of a definition: checks, defaults and rules share it. */
const made = new WeakMap<JSONSchemaProps, Schema>();

/** naru's form of a CRD's openAPIV3Schema, which must be structural. */
export function structuralSchema(source: JSONSchemaProps): Schema {
  let schema = made.get(source);
  if (!schema) made.set(source, (schema = makeSchema(source)));
  return schema;
}

function makeSchema(source: JSONSchemaProps): Schema {
  const schema: Schema = { type: typeOf(source), source: source as Record<string, unknown> };
  if (source['x-kubernetes-int-or-string']) schema.format = 'int-or-string';
  else if (source.format) schema.format = source.format;
  if (source.nullable) schema.nullable = true;
  if (source.default !== undefined) schema.default = source.default;
  if (source.enum) schema.enum = source.enum;
  if (source['x-kubernetes-preserve-unknown-fields']) schema.preserveUnknownFields = true;
  if (source['x-kubernetes-embedded-resource']) schema.embeddedResource = true;
  if (source['x-kubernetes-list-type']) schema.listType = source['x-kubernetes-list-type'] as 'atomic' | 'set' | 'map';
  if (source['x-kubernetes-list-map-keys']) schema.listMapKeys = source['x-kubernetes-list-map-keys'];
  if (source['x-kubernetes-map-type']) schema.mapType = source['x-kubernetes-map-type'] as 'atomic' | 'granular';
  const items = itemsOf(source);
  if (items) schema.items = structuralSchema(items);
  if (source.properties && Object.keys(source.properties).length) schema.fields = fieldsOf(source);
  const additional = additionalOf(source);
  if (additional && !schema.fields) schema.values = additional === true ? { type: 'any', preserveUnknownFields: true } : structuralSchema(additional);
  return schema;
}

function typeOf(source: JSONSchemaProps): SchemaType {
  if (source['x-kubernetes-int-or-string']) return 'any';
  if (source.type === 'object') return additionalOf(source) && !Object.keys(source.properties ?? {}).length ? 'map' : 'object';
  if (source.type && PLAIN.has(source.type)) return source.type as SchemaType;
  return source.properties ? 'object' : 'any';
}

function fieldsOf(source: JSONSchemaProps): Map<string, Field> {
  const required = new Set(source.required);
  const fields = new Map<string, Field>();
  for (const [name, property] of Object.entries(source.properties ?? {})) {
    const schema = structuralSchema(property);
    const field: Field = { name, schema, required: required.has(name) };
    if (schema.default !== undefined) field.default = schema.default;
    fields.set(name, field);
  }
  return fields;
}
