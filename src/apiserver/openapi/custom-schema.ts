import type { ResourceInfo } from '../../api/schema.ts';
import type { SchemaWriter } from './schema-writer.ts';
import { definitionSchema } from '../../api/schema-tables.ts';

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
  const body = writer.isV2 ? v2Root(source) : copy(source);
  body['type'] = 'object';
  const properties = (body['properties'] ??= {}) as Json;
  properties['apiVersion'] = { type: 'string' };
  properties['kind'] = { type: 'string' };
  properties['metadata'] = writer.write(definitionSchema(`${META}.ObjectMeta`) as never);
  if (writer.isV2 && source['x-kubernetes-preserve-unknown-fields'] === true) delete body['properties'];
  body['x-kubernetes-group-version-kind'] = [{ group, version, kind }];
  writer.types.set(name, body);
  writer.types.set(customTypeName(info, info.listKind), {
    type: 'object', required: ['items'],
    properties: {
      apiVersion: { type: 'string' }, kind: { type: 'string' }, items: { type: 'array', items: writer.reference(name) },
      metadata: writer.write(definitionSchema(`${META}.ListMeta`) as never),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind: info.listKind }],
  });
}

function copy(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** Of a CRD's schema, what OpenAPI v2 can say: no nullable, no unions, nothing under what keeps unknown fields. */
function v2Root(source: Json): Json {
  return v2Schema(source) as Json;
}

const NOT_IN_V2 = ['oneOf', 'anyOf', 'not', 'allOf', 'nullable', 'x-kubernetes-validations', 'default', 'x-kubernetes-preserve-unknown-fields'];

function v2Schema(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const schema = value as Json;
  const result: Json = {};
  for (const key in schema) if (!NOT_IN_V2.includes(key)) result[key] = schema[key];
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    result['x-kubernetes-preserve-unknown-fields'] = true;
    delete result['type'];
    delete result['properties'];
    delete result['items'];
  }
  if (schema['x-kubernetes-int-or-string'] === true || schema['nullable'] === true) delete result['type'];
  if (schema['nullable'] === true) { delete result['items']; delete result['properties']; }
  if (result['items']) result['items'] = v2Schema(result['items']);
  if (typeof result['additionalProperties'] === 'object') result['additionalProperties'] = v2Schema(result['additionalProperties']);
  if (result['properties']) result['properties'] = Object.fromEntries(Object.entries(result['properties'] as Json).map(([name, member]) => [name, v2Schema(member)]));
  return result;
}
