import type { ResourceInfo } from '../../api/schema.ts';
import type { SchemaWriter } from './schema-writer.ts';
import { definitionSchema } from '../../api/schema-tables.ts';
import { DESCRIPTIONS } from './descriptions.ts';

type Json = Record<string, unknown>;
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `com.example.v1.Widget` of a kind of `example.com`. */
export function customTypeName(info: { group: string; version: string }, kind: string): string {
  return [...info.group.split('.').reverse(), info.version, kind].join('.');
}

/** Adds the kind and its list to the writer's types. */
export function writeCustomTypes(writer: SchemaWriter, info: ResourceInfo): void {
  const { group, version, kind } = info;
  const source = (info.schema.source ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as Json;
  const name = customTypeName(info, kind);
  const paths = (info as { selectablePaths?: string[] }).selectablePaths ?? [];
  const selectable = paths.length ? { 'x-kubernetes-selectable-fields': paths.map((fieldPath) => ({ fieldPath })) } : {};
  writer.types.set(name, { ...objectType(writer, source), ...selectable, 'x-kubernetes-group-version-kind': [{ group, version, kind }] });
  writer.types.set(customTypeName(info, info.listKind), {
    description: `${info.listKind} is a list of ${kind}`, type: 'object', required: ['items'],
    properties: {
      apiVersion: { type: 'string', description: DESCRIPTIONS.apiVersion }, kind: { type: 'string', description: DESCRIPTIONS.kind },
      items: { type: 'array', description: `List of ${info.resource}.`, items: writer.reference(name) }, metadata: reference(writer, 'ListMeta', DESCRIPTIONS.listMetadata),
    },
    ...selectable, 'x-kubernetes-group-version-kind': [{ group, version, kind: info.listKind }],
  });
}

function objectType(writer: SchemaWriter, source: Json): Json {
  // Clients would take a list of properties for all that there may be.
  if (writer.isV2 && source['x-kubernetes-preserve-unknown-fields'] === true) return { type: 'object' };
  const body = (writer.isV2 ? v2Schema(source) : copy(source)) as Json;
  if (!writer.isV2) spellIntOrString(body);
  embedObjects(writer, body);
  body['type'] = 'object';
  body['properties'] = { ...body['properties'] as Json | undefined, ...objectProperties(writer) };
  return body;
}

function objectProperties(writer: SchemaWriter): Json {
  return {
    apiVersion: { type: 'string', description: DESCRIPTIONS.apiVersion }, kind: { type: 'string', description: DESCRIPTIONS.kind },
    metadata: reference(writer, 'ObjectMeta', DESCRIPTIONS.metadata),
  };
}

/** A reference with words of its own, which v3 allows only around it. */
function reference(writer: SchemaWriter, type: string, description: string): Json {
  const written = writer.write(definitionSchema(`${META}.${type}`) as never);
  return writer.isV2 ? { ...written, description } : { allOf: [written], description };
}

/** v3 says in its own words what an int-or-string is, unless the definition does. */
function spellIntOrString(schema: Json): void {
  if (schema['x-kubernetes-int-or-string'] === true && !schema['anyOf'] && !schema['allOf']) schema['anyOf'] = [{ type: 'integer' }, { type: 'string' }];
  for (const inner of Object.values((schema['properties'] ?? {}) as Record<string, Json>)) spellIntOrString(inner);
  for (const key of ['items', 'additionalProperties']) {
    const inner = schema[key];
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) spellIntOrString(inner as Json);
  }
}

/** Objects inside objects say what every object has, in place. */
function embedObjects(writer: SchemaWriter, schema: Json): void {
  for (const inner of Object.values((schema['properties'] ?? {}) as Record<string, Json>)) embedObjects(writer, inner);
  for (const key of ['items', 'additionalProperties']) {
    const inner = schema[key];
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) embedObjects(writer, inner as Json);
  }
  if (schema['x-kubernetes-embedded-resource'] !== true || (writer.isV2 && schema['x-kubernetes-preserve-unknown-fields'] === true)) return;
  schema['properties'] = { ...schema['properties'] as Json | undefined, ...objectProperties(writer) };
  schema['required'] = [...new Set([...(schema['required'] ?? []) as string[], 'kind', 'apiVersion'])];
}

function copy(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

const NOT_IN_V2 = ['oneOf', 'anyOf', 'not', 'allOf', 'nullable', 'x-kubernetes-validations', 'default'];

/** Of a CRD's schema, what OpenAPI v2 can say and its clients can bear: no nullable, no unions, nothing under what keeps unknown fields. */
function v2Schema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as Json;
  const preserves = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const result: Json = {};
  for (const key in schema) if (!NOT_IN_V2.includes(key)) result[key] = schema[key];
  if (schema['nullable'] === true || preserves) { delete result['items']; delete result['properties']; }
  if (schema['nullable'] === true || (preserves && schema['type'] === 'object') || (schema['type'] === 'array' && !result['items'])) delete result['type'];
  if (result['items']) result['items'] = v2Schema(result['items']);
  if (typeof result['additionalProperties'] === 'object') result['additionalProperties'] = v2Schema(result['additionalProperties']);
  const properties = result['properties'] as Record<string, Json> | undefined;
  if (properties) {
    result['properties'] = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, v2Schema(member)]));
    const required = (result['required'] as string[] | undefined)?.filter((name) => properties[name]?.['nullable'] !== true);
    if (required?.length) result['required'] = required;
    else delete result['required'];
  }
  return result;
}
