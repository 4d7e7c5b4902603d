import type { Field, Schema } from '../../api/schema.ts';
import { definitionTable } from '../../api/schema-tables.ts';
import { metaKinds } from './meta-kinds.ts';
import { SCALAR_TYPES } from './scalar-types.ts';

type Json = Record<string, unknown>;
export interface GroupVersionKind { group: string; version: string; kind: string }

/** Descriptions of built-in types and their fields, by the types' full names. */
export interface Words {
  ofType(name: string): string | undefined;
  ofField(type: string, field: string): string | undefined;
}

/** Fields of this type but `default` have no descriptions upstream, so nothing stands beside their references. */
const WORDLESS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';

/** Writes schemas in one version of OpenAPI and gathers every named type on the way. */
export class SchemaWriter {
  /** Name -> type, filled while writing. */
  readonly types = new Map<string, Json>();
  readonly isV2: boolean;

  /** The group and version of a document that has no other. */
  private readonly words: Words;
  private readonly only: { group: string; version: string } | undefined;

  constructor(isV2: boolean, words: Words, only?: { group: string; version: string }) {
    this.isV2 = isV2;
    this.words = words;
    this.only = only;
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
    if (schema.type === 'array') return { type: 'array', items: this.write(schema.items as Schema) };
    if (schema.type === 'map') return { type: 'object', additionalProperties: this.write(schema.values as Schema) };
    if (schema.type === 'any') return {};
    return { type: schema.type, ...(schema.format ? { format: schema.format } : {}), ...(schema.enum ? { enum: schema.enum } : {}) };
  }

  private named(schema: Schema, name: string): Json {
    if (!this.types.has(name)) {
      // Placed before it is filled: types refer to themselves.
      const body: Json = {};
      this.types.set(name, body);
      Object.assign(body, this.objectBody(schema));
      const kinds = [...metaKinds(name, this.only), ...kindsOf(name)];
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
      const isWordless = schema.name === WORDLESS && field.name !== 'default';
      properties[field.name] = this.property(field, !this.isV2 && !isWordless, schema.name === undefined || isWordless ? undefined : this.words.ofField(schema.name, field.name));
      if (field.required) required.push(field.name);
    }
    const description = schema.name === undefined ? undefined : this.words.ofType(schema.name);
    return { ...(description ? { description } : {}), type: 'object', ...(required.length ? { required } : {}), ...(schema.fields?.size ? { properties } : {}) };
  }

  private property(field: Field, isWrapped: boolean, description: string | undefined): Json {
    const written = this.write(field.schema);
    const extra: Json = description === undefined ? {} : { description };
    // v2 knows no defaults. In v3 an object that is no pointer is empty when it is absent.
    if (!this.isV2 && field.default !== undefined) extra['default'] = field.default;
    else if (!this.isV2 && field.schema.type === 'object' && !field.pointer) extra['default'] = {};
    if (field.listType) extra['x-kubernetes-list-type'] = field.listType;
    if (field.listMapKeys?.length) extra['x-kubernetes-list-map-keys'] = field.listMapKeys;
    if (field.mapType) extra['x-kubernetes-map-type'] = field.mapType;
    if (field.patchMergeKey) extra['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
    if (field.patchStrategy?.length) extra['x-kubernetes-patch-strategy'] = field.patchStrategy.join(',');
    // Beside a reference nothing else counts in v3: it is wrapped, so that words and marks can stand there.
    return '$ref' in written && (isWrapped || Object.keys(extra).length > 0 && !this.isV2) ? { allOf: [written], ...extra } : { ...written, ...extra };
  }
}

function kindsOf(name: string): GroupVersionKind[] {
  return (definitionTable(name)?.kinds ?? []).map(([group, version, kind]) => ({ group, version, kind }));
}
