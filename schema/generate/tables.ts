/**
 * Writes `schema/v1.37/definitions.json` and `schema/v1.37/resources.json` (forms: `src/api/schema-tables.ts`).
 * Facts only: names, numbers, types, keys; no descriptions.
 *
 *     node schema/generate/tables.ts <kubernetes> <api> <apimachinery> <apiextensions-apiserver> <kube-aggregator>
 *
 * Go's types give JSON names, Go types, emptiness rules and protobuf numbers; the OpenAPI documents give what is
 * required, list types, merge keys, enums and defaults; the discovery document gives the resources.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefinitionTable, FieldTable, ResourceTable } from '../../src/api/schema-tables.ts';
import { readGoPackage, type GoField, type GoPackage } from './go-types.ts';

const [kubernetes, ...modules] = process.argv.slice(2) as [string, ...string[]];
const OUTPUT = new URL('../v1.37/', import.meta.url);
const META = 'k8s.io/apimachinery/pkg/apis/meta/v1';
/** Go types with an encoding of their own. */
const SPECIAL: Record<string, string> = {
  'k8s.io/apimachinery/pkg/api/resource.Quantity': 'quantity',
  [`${META}.Time`]: 'time', [`${META}.MicroTime`]: 'micro-time', [`${META}.Duration`]: 'duration',
  'k8s.io/apimachinery/pkg/util/intstr.IntOrString': 'int-or-string',
  'k8s.io/apimachinery/pkg/runtime.RawExtension': 'raw-extension',
  'k8s.io/apimachinery/pkg/runtime.Object': 'raw-extension',
  [`${META}.FieldsV1`]: 'fields-v1', [`${META}.Verbs`]: '*[]string',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON': 'json',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray': 'schema-or-array',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool': 'schema-or-bool',
  'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray': 'schema-or-strings',
};
const SCALAR: Record<string, string> = {
  string: 'string', bool: 'boolean', int32: 'int32', int64: 'int64', int: 'int64', uint8: 'int32', float64: 'double', '[]byte': 'byte',
  'interface{}': 'any', any: 'any',
};

/** `/cache/k8s.io/api@v0.37.2` -> `k8s.io/api`. */
const modulePath = (directory: string): string => /(k8s\.io\/[^@]+)@/.exec(directory)?.[1] as string;
const directories = new Map(modules.map((directory) => [modulePath(directory), directory]));
const packages = new Map<string, GoPackage>();

function goPackage(path: string): GoPackage | undefined {
  const cached = packages.get(path);
  if (cached) return cached;
  for (const [prefix, directory] of directories) {
    if (!path.startsWith(`${prefix}/`)) continue;
    const read = readGoPackage(join(directory, path.slice(prefix.length + 1)), path);
    packages.set(path, read);
    return read;
  }
  return undefined;
}

const definitionName = (path: string, type: string): string => `io.k8s.${path.slice('k8s.io/'.length).replaceAll('/', '.')}.${type}`;

/** The table's type text of a Go type as written in a package: `[]corev1.Container` -> `[]#io.k8s.api.core.v1.Container`. */
function typeText(goType: string, from: GoPackage, needed: (path: string, type: string) => void): string {
  if (goType.startsWith('*')) return typeText(goType.slice(1), from, needed);
  if (SCALAR[goType]) return SCALAR[goType];
  if (goType.startsWith('[]')) return `[]${typeText(goType.slice(2), from, needed)}`;
  const map = /^map\[[\w.]+\](.*)$/.exec(goType);
  if (map) return `{}${typeText(map[1] as string, from, needed)}`;
  const [alias, name] = goType.includes('.') ? (goType.split('.') as [string, string]) : ['', goType];
  const path = alias ? from.imports.get(alias) : from.path;
  const special = SPECIAL[`${path}.${name}`];
  if (special) return special;
  if (path === 'k8s.io/apimachinery/pkg/types') return name === 'NamespacedName' ? 'any' : 'string';
  const target = path ? goPackage(path) : undefined;
  if (!path || !target) throw new Error(`unknown package of ${goType} in ${from.path}`);
  if (target.structs.has(name)) { needed(path, name); return `#${definitionName(path, name)}`; }
  const named = target.named.get(name);
  if (!named) throw new Error(`unknown type ${goType} in ${from.path}`);
  const text = typeText(named, target, needed);
  // A named slice is a message of its own in protobuf.
  return named.startsWith('[]') && named !== '[]byte' && text === '[]string' && name !== 'ResourceClaimList' ? `*${text}` : text;
}

/** What Go calls the type in its decoding errors, where it is not the name of the scalar: `v1.PullPolicy`. */
function goErrorName(goType: string, from: GoPackage): string | undefined {
  const bare = goType.replace(/^\*/, '');
  if (bare.startsWith('[]')) {
    const item = goErrorName(bare.slice(2), from);
    return item && `[]${item}`;
  }
  if (SCALAR[bare] || /[[\]]/.test(bare)) return undefined;
  const name = bare.replace(/^.*\./, '');
  const path = bare.includes('.') ? from.imports.get(bare.split('.')[0] as string) : from.path;
  const target = path ? goPackage(path) : undefined;
  if (path === 'k8s.io/apimachinery/pkg/types') return `types.${name}`;
  return target?.named.has(name) ? `${target.path.replace(/^.*\//, '')}.${name}` : undefined;
}

/** Values of an enum, for a field of its type, a list or a map of it. */
function enumOf(goType: string, from: GoPackage): string[] | undefined {
  const bare = goType.replace(/^(\*|\[\]|map\[\w+\])*/, '');
  const name = bare.replace(/^.*\./, '');
  const path = bare.includes('.') ? from.imports.get(bare.split('.')[0] as string) : from.path;
  const values = (path ? goPackage(path) : undefined)?.enums.get(name);
  return values?.length ? [...values].sort() : undefined;
}

interface OpenApiProperty {
  $ref?: string; type?: string; items?: OpenApiProperty; additionalProperties?: OpenApiProperty; enum?: string[]; default?: unknown; nullable?: boolean;
  [extension: `x-kubernetes-${string}`]: unknown;
}
interface OpenApiDefinition extends OpenApiProperty { properties?: Record<string, OpenApiProperty>; required?: string[] }
const swagger = JSON.parse(readFileSync(join(kubernetes, 'api/openapi-spec/swagger.json'), 'utf8')) as { definitions: Record<string, OpenApiDefinition> };
const v3 = new Map<string, OpenApiDefinition>();
const v3Directory = join(kubernetes, 'api/openapi-spec/v3');
for (const file of readdirSync(v3Directory)) {
  const document = JSON.parse(readFileSync(join(v3Directory, file), 'utf8')) as { components?: { schemas?: Record<string, OpenApiDefinition> } };
  for (const [name, definition] of Object.entries(document.components?.schemas ?? {})) v3.set(name, definition);
}

function fieldTable(field: GoField, from: GoPackage, needed: (path: string, type: string) => void): FieldTable {
  const type = typeText(field.goType, from, needed);
  const table: FieldTable = { type };
  if (field.protobufNumber) table.number = field.protobufNumber;
  if (field.goType.startsWith('*')) table.pointer = 1;
  if (!(field.omitEmpty || field.omitZero)) table.always = 1;
  else if (field.omitZero) table.omitZero = 1;
  const go = goErrorName(field.goType, from);
  if (go) table.go = go;
  const values = enumOf(field.goType, from);
  if (values) table.enum = values;
  return table;
}

function addOpenApi(table: FieldTable, name: string, v2Definition: OpenApiDefinition | undefined, v3Definition: OpenApiDefinition | undefined, field: GoField): void {
  const v2 = v2Definition?.properties?.[name];
  const three = v3Definition?.properties?.[name];
  if (v2Definition?.required?.includes(name)) table.required = 1;
  const both = <T>(key: `x-kubernetes-${string}`): T | undefined => (v2?.[key] ?? three?.[key]) as T | undefined;
  const listType = both<string>('x-kubernetes-list-type');
  if (listType) table.listType = listType as FieldTable['listType'];
  const keys = both<string[]>('x-kubernetes-list-map-keys');
  if (keys) table.keys = keys;
  const mapType = both<string>('x-kubernetes-map-type');
  if (mapType) table.mapType = mapType;
  const strategy = both<string>('x-kubernetes-patch-strategy') ?? field.patchStrategy;
  if (strategy) table.patch = strategy.split(',');
  const mergeKey = both<string>('x-kubernetes-patch-merge-key') ?? field.patchMergeKey;
  if (mergeKey) table.mergeKey = mergeKey;
  if (three?.enum) table.enum = three.enum;
  if (three?.default !== undefined) table.default = three.default;
  if (three?.nullable) table.nullable = 1;
}

// First, as other packages borrow its constants.
goPackage('k8s.io/api/core/v1');
const definitions: Record<string, DefinitionTable> = {};

/** The struct behind an inlined field, through aliases of other packages. */
function inlined(goType: string, owner: GoPackage): { target: GoPackage; inner: GoField[] } {
  const [alias, name] = goType.includes('.') ? (goType.replace('*', '').split('.') as [string, string]) : ['', goType.replace('*', '')];
  const target = alias ? goPackage(owner.imports.get(alias) as string) as GoPackage : owner;
  const inner = target.structs.get(name);
  if (inner) return { target, inner };
  const other = target.named.get(name);
  if (!other) throw new Error(`no struct ${goType} in ${owner.path}`);
  return inlined(other, target);
}

function define(path: string, type: string): void {
  const name = definitionName(path, type);
  if (definitions[name] || SPECIAL[`${path}.${type}`]) return;
  const from = goPackage(path) as GoPackage;
  const table: DefinitionTable = { fields: {} };
  definitions[name] = table;
  const v2 = swagger.definitions[name];
  const kinds = v2?.['x-kubernetes-group-version-kind'] as { group: string; version: string; kind: string }[] | undefined;
  if (kinds && !path.startsWith(META)) table.kinds = kinds.map(({ group, version, kind }) => [group, version, kind]);
  const mapType = v2?.['x-kubernetes-map-type'];
  if (mapType === 'atomic') table.atomic = 1;
  const unions = v2?.['x-kubernetes-unions'];
  if (unions) table.unions = unions as unknown[];
  const add = (fields: GoField[], owner: GoPackage, inside: number[], embedded: string[]): void => {
    for (const field of fields) {
      if (field.jsonName === '') {
        const { target, inner } = inlined(field.goType, owner);
        const struct = field.goType.replace(/^.*[.*]/, '');
        add(inner, target, field.protobufNumber ? [...inside, field.protobufNumber] : inside, struct === 'TypeMeta' ? embedded : [...embedded, struct]);
        continue;
      }
      const entry = fieldTable(field, owner, define);
      // Only what is no inlined TypeMeta has a number; TypeMeta travels in the envelope.
      if (owner.path === META && /^(apiVersion|kind)$/.test(field.jsonName) && (fields === goPackage(META)?.structs.get('TypeMeta'))) { delete entry.number; delete entry.go; }
      if (inside.length) entry.inside = inside;
      if (embedded.length) entry.embedded = embedded.join('.');
      addOpenApi(entry, field.jsonName, v2, v3.get(name), field);
      table.fields[field.jsonName] = entry;
    }
  };
  add(from.structs.get(type) as GoField[], from, [], []);
}

function definePackage(path: string): void {
  const read = goPackage(path) as GoPackage;
  for (const [type, fields] of read.structs) {
    if (fields.some((field) => field.goType === 'metav1.TypeMeta' || field.goType === 'TypeMeta')) define(path, type);
  }
}

interface DiscoveryResource {
  resource: string; singularResource: string; responseKind: { kind: string; group: string; version: string }; scope: string; verbs: string[];
  shortNames?: string[]; categories?: string[]; subresources?: { subresource: string; responseKind?: { kind: string; group: string; version: string }; acceptedTypes?: unknown[]; verbs: string[] }[];
}
const discovery = JSON.parse(readFileSync(join(kubernetes, 'api/discovery/aggregated_v2.json'), 'utf8')) as { items: { metadata: { name?: string }; versions: { version: string; resources: DiscoveryResource[] }[] }[] };
const core = JSON.parse(readFileSync(join(kubernetes, 'api/discovery/api__v1.json'), 'utf8')) as { resources: { name: string; singularName: string; namespaced: boolean; kind: string; group?: string; version?: string; verbs: string[]; shortNames?: string[]; categories?: string[] }[] };

/** Package that holds the kinds of a group and version. */
function packageOf(group: string, version: string): string {
  if (group === 'apiextensions.k8s.io') return `k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/${version}`;
  if (group === 'apiregistration.k8s.io') return `k8s.io/kube-aggregator/pkg/apis/apiregistration/${version}`;
  if (group === 'internal.apiserver.k8s.io') return `k8s.io/api/apiserverinternal/${version}`;
  return `k8s.io/api/${group === '' ? 'core' : (group.split('.')[0] as string)}/${version}`;
}

let resources: ResourceTable[] = [];
const stable = (version: string): boolean => /^v\d+$/.test(version);
for (const { metadata, versions } of discovery.items) {
  const group = metadata.name ?? '';
  for (const { version, resources: served } of versions) {
    definePackage(packageOf(group, version));
    for (const item of served) {
      resources.push({
        group, version, resource: item.resource, kind: item.responseKind.kind, singular: item.singularResource, namespaced: item.scope === 'Namespaced' ? 1 : 0,
        verbs: item.verbs, shortNames: item.shortNames, categories: item.categories, enabled: stable(version) ? 1 : 0,
        subresources: item.subresources?.map((sub) => ({
          name: sub.subresource, kind: sub.responseKind?.kind ?? '', group: sub.responseKind?.group || group, version: sub.responseKind?.version || version, verbs: sub.verbs,
        })),
      });
    }
  }
}
definePackage(packageOf('', 'v1'));
for (const item of core.resources) {
  const [name, subresource] = item.name.split('/') as [string, string?];
  if (!subresource) {
    resources.push({
      group: '', version: 'v1', resource: name, kind: item.kind, singular: item.singularName, namespaced: item.namespaced ? 1 : 0, verbs: item.verbs,
      shortNames: item.shortNames, categories: item.categories, enabled: 1,
    });
    continue;
  }
  const owner = resources.find((candidate) => candidate.group === '' && candidate.resource === name) as ResourceTable;
  (owner.subresources ??= []).push({ name: subresource, kind: item.kind, group: item.group ?? '', version: item.version ?? 'v1', verbs: item.verbs });
}
resources = [...resources.filter(({ group }) => group === ''), ...resources.filter(({ group }) => group !== '')];
for (const path of [META, 'k8s.io/api/admission/v1', 'k8s.io/api/apidiscovery/v2', 'k8s.io/api/apidiscovery/v2beta1']) definePackage(path);
// Kinds without TypeMeta of their own.
for (const type of ['WatchEvent', 'Table', 'PartialObjectMetadata']) if (goPackage(META)?.structs.has(type)) define(META, type);

const lines = (entries: string[]): string => `{\n${entries.join(',\n')}\n}\n`;
writeFileSync(new URL('definitions.json', OUTPUT), lines(Object.keys(definitions).sort().map((name) => `${JSON.stringify(name)}:${JSON.stringify(definitions[name])}`)));
writeFileSync(new URL('resources.json', OUTPUT), `[\n${resources.map((resource) => JSON.stringify(resource)).join(',\n')}\n]\n`);
const missing = Object.keys(swagger.definitions).filter((name) => !definitions[name] && swagger.definitions[name]?.properties);
process.stdout.write(`${Object.keys(definitions).length} definitions, ${resources.length} resources, ${statSync(new URL('definitions.json', OUTPUT)).size} bytes; without: ${missing.join(' ')}\n`);
for (const [name, definition] of Object.entries(swagger.definitions)) {
  const have = Object.keys(definitions[name]?.fields ?? {}).sort().join();
  const want = Object.keys(definition.properties ?? {}).sort().join();
  if (definitions[name] && have !== want) process.stdout.write(`fields differ: ${name}\n  ${have}\n  ${want}\n`);
}
