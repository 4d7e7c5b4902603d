/** Loads the tables of `schema/v1.37` (made by `schema/generate/run`) and turns them into `Schema`s, each when first asked for. */
import { readFileSync } from 'node:fs';
import type { Field, Schema } from './schema.ts';

/**
 * Type texts: `string boolean int32 int64 double byte any`, the special `quantity time micro-time duration int-or-string
 * raw-extension fields-v1 json schema-or-array schema-or-bool schema-or-strings`, `#<definition>`, `[]<items>`, `{}<values>`,
 * `*[]string` (a list that is a message of its own in protobuf).
 */
export interface FieldTable {
  type: string;
  number?: number;
  /** Protobuf numbers of the messages around this field that JSON inlines. */
  inside?: number[];
  /** Names of the structs that JSON inlines, which error texts name: `RuleWithOperations.Rule`. */
  embedded?: string;
  pointer?: 1; always?: 1; omitZero?: 1; required?: 1; nullable?: 1;
  /** Go's name of a scalar type or a list of it, for error texts. */
  go?: string;
  listType?: 'atomic' | 'set' | 'map'; keys?: string[]; mapType?: string; patch?: string[]; mergeKey?: string;
  enum?: string[]; default?: unknown;
}
export interface DefinitionTable { fields: Record<string, FieldTable>; kinds?: [string, string, string][]; atomic?: 1; unions?: unknown[] }
export interface SubresourceTable { name: string; kind: string; group: string; version: string; verbs: string[] }
export interface ResourceTable {
  group: string; version: string; resource: string; kind: string; singular: string; namespaced: 0 | 1; verbs: string[];
  shortNames?: string[]; categories?: string[]; enabled: 0 | 1; subresources?: SubresourceTable[];
}

const TABLES = new URL('../../schema/v1.37/', import.meta.url);
const read = <T>(file: string): T => JSON.parse(readFileSync(new URL(file, TABLES), 'utf8')) as T;

let definitionTables: Record<string, DefinitionTable> | undefined;
let resourceTables: ResourceTable[] | undefined;
const schemas = new Map<string, Schema>();

export function definitionTable(name: string): DefinitionTable | undefined {
  definitionTables ??= read<Record<string, DefinitionTable>>('definitions.json');
  return definitionTables[name];
}
export function definitionNames(): string[] {
  definitionTables ??= read<Record<string, DefinitionTable>>('definitions.json');
  return Object.keys(definitionTables);
}
export function loadResourceTables(): ResourceTable[] {
  return (resourceTables ??= read<ResourceTable[]>('resources.json'));
}

const JSON_SCHEMA_PROPS = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
const LEAVES: Record<string, () => Schema> = {
  string: () => ({ type: 'string' }), boolean: () => ({ type: 'boolean' }), any: () => ({ type: 'any' }),
  int32: () => ({ type: 'integer', format: 'int32' }), int64: () => ({ type: 'integer', format: 'int64' }), double: () => ({ type: 'number', format: 'double' }),
  byte: () => ({ type: 'string', format: 'byte' }), quantity: () => ({ type: 'string', format: 'quantity' }), duration: () => ({ type: 'string', format: 'duration' }),
  time: () => ({ type: 'string', format: 'date-time', nullable: true }), 'micro-time': () => ({ type: 'string', format: 'micro-time', nullable: true }),
  'int-or-string': () => ({ type: 'any', format: 'int-or-string' }), 'raw-extension': () => ({ type: 'any', format: 'raw-extension' }),
  'fields-v1': () => ({ type: 'any', format: 'fields-v1' }), json: () => ({ type: 'any', format: 'json' }),
  'schema-or-array': () => ({ type: 'any', format: 'schema-or-array', items: definitionSchema(JSON_SCHEMA_PROPS) as Schema }),
  'schema-or-bool': () => ({ type: 'any', format: 'schema-or-bool', items: definitionSchema(JSON_SCHEMA_PROPS) as Schema }),
  'schema-or-strings': () => ({ type: 'any', format: 'schema-or-strings', items: definitionSchema(JSON_SCHEMA_PROPS) as Schema }),
};

function schemaOfType(type: string): Schema {
  const cached = schemas.get(type);
  if (cached) return cached;
  let schema: Schema;
  if (type.startsWith('#')) schema = definitionSchema(type.slice(1)) as Schema;
  else if (type.startsWith('[]')) schema = { type: 'array', items: schemaOfType(type.slice(2)) };
  else if (type.startsWith('*[]')) schema = { type: 'array', items: schemaOfType(type.slice(3)), protobufMessage: true };
  else if (type.startsWith('{}')) schema = { type: 'map', values: schemaOfType(type.slice(2)) };
  else schema = (LEAVES[type] as () => Schema)();
  schemas.set(type, schema);
  return schema;
}

class TableField implements Field {
  readonly name: string;
  readonly required: boolean;
  readonly protobufNumber: number | undefined;
  private readonly table: FieldTable;
  private resolved: Schema | undefined;

  constructor(name: string, table: FieldTable) {
    this.name = name;
    this.table = table;
    this.required = table.required === 1;
    this.protobufNumber = table.number;
  }
  get schema(): Schema {
    return (this.resolved ??= this.resolve());
  }
  private resolve(): Schema {
    const schema = schemaOfType(this.table.type);
    if (!this.table.enum) return schema;
    if (schema.type === 'map') return { ...schema, values: { ...(schema.values as Schema), enum: this.table.enum } };
    return schema.type === 'array' ? { ...schema, items: { ...(schema.items as Schema), enum: this.table.enum } } : { ...schema, enum: this.table.enum };
  }
  get default(): unknown { return this.table.default; }
  get listType(): 'atomic' | 'set' | 'map' | undefined { return this.table.listType; }
  get listMapKeys(): string[] | undefined { return this.table.keys; }
  get mapType(): 'atomic' | 'granular' | undefined { return this.table.mapType as 'atomic' | 'granular' | undefined; }
  get patchStrategy(): string[] | undefined { return this.table.patch; }
  get patchMergeKey(): string | undefined { return this.table.mergeKey; }
  get protobufInside(): number[] | undefined { return this.table.inside; }
  get pointer(): boolean { return this.table.pointer === 1; }
  get always(): boolean { return this.table.always === 1; }
  get omitZero(): boolean { return this.table.omitZero === 1; }
  get goType(): string | undefined { return this.table.go; }
  get embedded(): string | undefined { return this.table.embedded; }
}

/** Schema of a built-in type by its OpenAPI name; one object a name, so identity can be a cache key. */
export function definitionSchema(name: string): Schema | undefined {
  const cached = schemas.get(`#${name}`);
  if (cached) return cached;
  const table = definitionTable(name);
  if (!table) return undefined;
  const fields = new Map<string, Field>();
  for (const field in table.fields) fields.set(field, new TableField(field, table.fields[field] as FieldTable));
  const schema: Schema = { type: 'object', name, fields };
  if (table.atomic) schema.structType = 'atomic';
  if (table.unions) schema.unions = table.unions;
  schemas.set(`#${name}`, schema);
  return schema;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const OWN_PACKAGES: Record<string, string> = {
  '': 'io.k8s.api.core', 'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration', 'internal.apiserver.k8s.io': 'io.k8s.api.apiserverinternal',
};

/** The OpenAPI name of a built-in kind; kinds of meta/v1 (DeleteOptions, Status, Table, ...) exist in every group. */
export function definitionNameOfKind(group: string, version: string, kind: string): string | undefined {
  const name = `${OWN_PACKAGES[group] ?? `io.k8s.api.${group.split('.')[0]}`}.${version}.${kind}`;
  if (definitionTable(name)) return name;
  return definitionTable(`${META}.${kind}`) ? `${META}.${kind}` : undefined;
}
