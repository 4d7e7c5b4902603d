import type { Field, Schema } from '../../api/schema.ts';
import { definitionTable } from '../../api/schema-tables.ts';
import { METADATA_DESCRIPTIONS } from './descriptions.ts';
import { SCALAR_TYPES } from './scalar-types.ts';

type Json = Record<string, unknown>;
export interface GroupVersionKind { group: string; version: string; kind: string }

/** Writes schemas in one version of OpenAPI and gathers every named type on the way. */
export class SchemaWriter {
  /** Name -> type, filled while writing. */
  readonly types = new Map<string, Json>();
  readonly isV2: boolean;

  constructor(isV2: boolean) {
    this.isV2 = isV2;
  }

  reference(name: string): Json {
    return { $ref: `${this.isV2 ? '#/definitions/' : '#/components/schemas/'}${name}` };
  }

  /** The schema where it is used: a reference for named types. */
  write(schema: Schema): Json {
    const scalar = schema.format !== undefined ? SCALAR_TYPES[schema.format] : undefined;
    if (scalar) {
      if (!this.types.has(scalar.name)) this.types.set(scalar.name, this.isV2 ? scalar.v2 : scalar.v3);
      return this.reference(scalar.name);
    }
    if (schema.type === 'object') return schema.name ? this.named(schema, schema.name) : this.objectBody(schema);
    if (schema.type === 'array') return { type: 'array', items: this.item(schema.items as Schema) };
    if (schema.type === 'map') return { type: 'object', additionalProperties: this.item(schema.values as Schema) };
    if (schema.type === 'any') return {};
    return { type: schema.type, ...(schema.format ? { format: schema.format } : {}), ...(schema.enum ? { enum: schema.enum } : {}) };
  }

  private named(schema: Schema, name: string): Json {
    if (!this.types.has(name)) {
      // Placed before it is filled: types refer to themselves.
      const body: Json = {};
      this.types.set(name, body);
      Object.assign(body, this.objectBody(schema));
      if (name.endsWith('.meta.v1.ObjectMeta')) describe(body['properties'] as Json);
      const kinds = kindsOf(name);
      if (kinds.length) body['x-kubernetes-group-version-kind'] = kinds;
      if (schema.unions) body['x-kubernetes-unions'] = schema.unions;
      if (schema.structType === 'atomic') body['x-kubernetes-map-type'] = 'atomic';
    }
    return this.reference(name);
  }

  private objectBody(schema: Schema): Json {
    const properties: Json = {};
    const required: string[] = [];
    for (const field of schema.fields?.values() ?? []) {
      properties[field.name] = this.property(field);
      if (field.required) required.push(field.name);
    }
    return { type: 'object', ...(required.length ? { required: required.sort() } : {}), ...(schema.fields?.size ? { properties } : {}) };
  }

  /** In v3 items of a scalar kind carry the zero default, as structs carry an empty one. */
  private item(schema: Schema): Json {
    const written = this.write(schema);
    if (this.isV2) return written;
    if ('$ref' in written) return schema.type === 'object' ? { allOf: [written], default: {} } : written;
    const zero = ({ string: '', integer: 0, boolean: false } as Json)[schema.type];
    return zero === undefined || schema.format === 'byte' ? written : { ...written, default: zero };
  }

  private property(field: Field): Json {
    const written = this.write(field.schema);
    const extra: Json = {};
    if (field.default !== undefined) extra['default'] = field.default;
    else if (!this.isV2 && field.schema.type === 'object' && !field.pointer) extra['default'] = {};
    if (field.listType) extra['x-kubernetes-list-type'] = field.listType;
    if (field.listMapKeys?.length) extra['x-kubernetes-list-map-keys'] = field.listMapKeys;
    if (field.mapType) extra['x-kubernetes-map-type'] = field.mapType;
    if (field.patchMergeKey) extra['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
    if (field.patchStrategy?.length) extra['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',');
    if (Object.keys(extra).length === 0) return written;
    if (!('$ref' in written)) return { ...written, ...extra };
    // Beside a reference nothing else counts: v3 wraps it, v2 leaves the default out.
    if (this.isV2) {
      const { default: _unused, ...rest } = extra;
      return { ...written, ...rest };
    }
    return { allOf: [written], ...extra };
  }
}

function describe(properties: Json): void {
  for (const name in METADATA_DESCRIPTIONS) {
    if (properties[name]) properties[name] = { ...properties[name] as Json, description: METADATA_DESCRIPTIONS[name] };
  }
}

function kindsOf(name: string): GroupVersionKind[] {
  return (definitionTable(name)?.kinds ?? []).map(([group, version, kind]) => ({ group, version, kind }));
}
