/** The registry of served resources: built-in ones from the tables, others as CRDs come and go. */
import type { ResourceInfo, Schema, Scheme, SubresourceInfo } from './schema.ts';
import { definitionNameOfKind, definitionSchema, loadResourceTables, type ResourceTable } from './schema-tables.ts';

export interface SchemeOptions {
  /** Built-in versions to serve; by default those upstream serves unless told otherwise. */
  enabled?: (group: string, version: string, enabledByDefault: boolean) => boolean;
}

/** Versions in which objects are kept where several are served. */
const STORAGE_VERSIONS: Record<string, string> = { 'autoscaling/horizontalpodautoscalers': 'v2' };

function builtInSchema(group: string, version: string, kind: string): Schema | undefined {
  const name = definitionNameOfKind(group, version, kind);
  return name ? definitionSchema(name) : undefined;
}

/** A built-in resource whose schemas are made when first asked for. */
function builtInResource(table: ResourceTable): ResourceInfo {
  const { group, version, resource, kind } = table;
  const subresources = new Map<string, SubresourceInfo>();
  for (const sub of table.subresources ?? []) {
    subresources.set(sub.name, {
      name: sub.name, kind: sub.kind, group: sub.group, version: sub.version, verbs: sub.verbs,
      get schema() { return builtInSchema(sub.group, sub.version, sub.kind); },
    });
  }
  return {
    group, version, resource, kind, singularName: table.singular, namespaced: table.namespaced === 1,
    shortNames: table.shortNames ?? [], categories: table.categories ?? [], verbs: table.verbs,
    get schema() { return builtInSchema(group, version, kind) as Schema; },
    listKind: `${kind}List`, subresources, storageVersion: STORAGE_VERSIONS[`${group}/${resource}`] ?? version, builtIn: true,
  };
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES = ['alpha', 'beta', undefined];

/** Kubernetes' order of versions, best first: v2, v1, v2beta1, v1beta1, v1alpha1, then others by name. */
export function compareVersions(left: string, right: string): number {
  const a = VERSION.exec(left);
  const b = VERSION.exec(right);
  if (!a || !b) return a ? -1 : b ? 1 : left < right ? -1 : left > right ? 1 : 0;
  return STAGES.indexOf(b[2]) - STAGES.indexOf(a[2]) || Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0);
}

class ResourceScheme implements Scheme {
  private readonly byResource = new Map<string, ResourceInfo>();
  private readonly byKind = new Map<string, ResourceInfo>();
  private readonly listeners = new Set<() => void>();
  private groupCache: { group: string; versions: string[]; preferredVersion: string }[] | undefined;
  private listSchemas = new WeakMap<Schema, Schema>();

  add(info: ResourceInfo): void {
    this.byResource.set(`${info.group}/${info.version}/${info.resource}`, info);
    this.byKind.set(`${info.group}/${info.version}/${info.kind}`, info);
    this.groupCache = undefined;
  }
  resource(group: string, version: string, resource: string): ResourceInfo | undefined {
    return this.byResource.get(`${group}/${version}/${resource}`);
  }
  kind(group: string, version: string, kind: string): ResourceInfo | undefined {
    return this.byKind.get(`${group}/${version}/${kind}`);
  }
  kindSchema(group: string, version: string, kind: string): Schema | undefined {
    const info = this.kind(group, version, kind);
    if (info) return info.schema;
    if (kind.endsWith('List')) {
      for (const candidate of [kind.slice(0, -4)]) {
        const item = this.kind(group, version, candidate);
        if (item && !item.builtIn) return this.listSchema(item.schema);
      }
    }
    return builtInSchema(group, version, kind);
  }
  private listSchema(item: Schema): Schema {
    const cached = this.listSchemas.get(item);
    if (cached) return cached;
    const text: Schema = { type: 'string' };
    const fields: [string, Schema, boolean][] = [
      ['apiVersion', text, false], ['kind', text, false],
      ['metadata', definitionSchema('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta') as Schema, false], ['items', { type: 'array', items: item }, true],
    ];
    const schema: Schema = { type: 'object', fields: new Map(fields.map(([name, field, required]) => [name, { name, schema: field, required }])) };
    this.listSchemas.set(item, schema);
    return schema;
  }
  groups(): { group: string; versions: string[]; preferredVersion: string }[] {
    if (this.groupCache) return this.groupCache;
    const versions = new Map<string, string[]>();
    for (const { group, version } of this.byResource.values()) {
      const list = versions.get(group) ?? [];
      if (!list.includes(version)) list.push(version);
      versions.set(group, list);
    }
    return (this.groupCache = [...versions].map(([group, list]) => ({ group, versions: list.sort(compareVersions), preferredVersion: list[0] as string })));
  }
  resources(): ResourceInfo[] {
    return [...this.byResource.values()];
  }
  register(info: ResourceInfo): void {
    this.add(info);
    this.changed();
  }
  unregister(group: string, version: string, resource: string): void {
    const info = this.resource(group, version, resource);
    if (!info) return;
    this.byResource.delete(`${group}/${version}/${resource}`);
    if (this.byKind.get(`${group}/${version}/${info.kind}`) === info) this.byKind.delete(`${group}/${version}/${info.kind}`);
    this.changed();
  }
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  private changed(): void {
    this.groupCache = undefined;
    for (const listener of this.listeners) listener();
  }
}

export function createScheme(options: SchemeOptions = {}): Scheme {
  const scheme = new ResourceScheme();
  for (const table of loadResourceTables()) {
    const byDefault = table.enabled === 1;
    if (options.enabled ? options.enabled(table.group, table.version, byDefault) : byDefault) scheme.add(builtInResource(table));
  }
  return scheme;
}
