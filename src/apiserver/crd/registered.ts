import type { KubernetesObject } from '../../api/object.ts';
import type { SubresourceInfo } from '../../api/schema.ts';
import { decodeObject } from '../../api/codec/json.ts';
import { copyJson } from '../../api/codec/json.ts';
import { sameJson } from '../metadata/equal.ts';
import type { ScalePaths } from '../subresources/scale.ts';
import type { AdditionalColumn } from '../tables/custom.ts';
import { structuralSchema } from './structural.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, CustomResourceInfo, JSONSchemaProps, VersionEntry } from './types.ts';
import { applyDefaults } from './values/defaults.ts';

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];
const ANYTHING: JSONSchemaProps = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** What a CRD, once its names are accepted, makes of itself: its versions with their schemas. */
export class RegisteredDefinition {
  readonly definition: CustomResourceDefinition;
  readonly versions = new Map<string, VersionEntry>();
  readonly storageVersion: string;
  /** Its objects go one by one and no new one is taken. */
  readonly terminating: boolean;
  /** Version -> stored object -> as that version shows it. */
  private readonly shownObjects = new Map<string, WeakMap<KubernetesObject, KubernetesObject | Promise<KubernetesObject>>>();

  constructor(definition: CustomResourceDefinition) {
    this.definition = definition;
    this.storageVersion = definition.spec.versions.find(({ storage }) => storage)?.name ?? '';
    this.terminating = isTrue(definition, 'Terminating');
    for (const version of definition.spec.versions) {
      const schema = structuralSchema(version.schema?.openAPIV3Schema ?? ANYTHING);
      const entry: VersionEntry = { name: version.name, schema, info: undefined };
      if (version.served) entry.info = resourceInfo(definition, version, entry, this.storageVersion);
      this.versions.set(version.name, entry);
    }
  }

  entryOf(apiVersion: string | undefined): VersionEntry | undefined {
    return this.versions.get((apiVersion ?? '').split('/')[1] ?? '');
  }

  /** A stored object as a version shows it, made once. `convert` brings it into the version. */
  shown(object: KubernetesObject, version: string, convert: () => KubernetesObject | Promise<KubernetesObject>): KubernetesObject | Promise<KubernetesObject> {
    let known = this.shownObjects.get(version);
    if (!known) this.shownObjects.set(version, (known = new WeakMap()));
    const before = known.get(object);
    if (before) return before;
    const converted = convert();
    const result = converted instanceof Promise ? converted.then((value) => this.fitted(value, version)) : this.fitted(converted, version);
    known.set(object, result);
    if (result instanceof Promise) result.then((value) => known.set(object, value), () => known.delete(object));
    return result;
  }

  /** The object, which is of this version, without what its schema does not know and with its defaults. The same one when nothing changes. */
  private fitted(object: KubernetesObject, version: string): KubernetesObject {
    const entry = this.versions.get(version);
    if (!entry) return object;
    const result = decodeObject<KubernetesObject>(object, entry.schema).object;
    applyDefaults(result, entry.schema);
    return sameJson(result, object) ? object : result;
  }
}

export function isTrue(definition: CustomResourceDefinition, type: string): boolean {
  return definition.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

function resourceInfo(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion, entry: VersionEntry, storageVersion: string): CustomResourceInfo {
  const { group, scope } = definition.spec;
  const names = definition.status?.acceptedNames ?? definition.spec.names;
  const info: CustomResourceInfo = {
    group, version: version.name, resource: names.plural, kind: names.kind, singularName: names.singular ?? '', namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [], categories: names.categories ?? [], verbs: VERBS, schema: entry.schema, listKind: names.listKind ?? `${names.kind}List`,
    subresources: subresourcesOf(group, version, names.kind), storageVersion, builtIn: false,
    convertsByWebhook: definition.spec.conversion?.strategy === 'Webhook' && definition.spec.versions.length > 1,
    additionalPrinterColumns: (version.additionalPrinterColumns ?? []) as AdditionalColumn[],
  };
  if (version.selectableFields?.length) {
    const paths = version.selectableFields.map(({ jsonPath }) => ({ name: jsonPath.replace(/^\./, ''), steps: jsonPath.replace(/^\./, '').split('.') }));
    info.selectablePaths = paths.map(({ name }) => name);
    info.selectableFields = (object) => Object.fromEntries(paths.map(({ name, steps }) => [name, textAt(object, steps)]));
  }
  if (version.deprecated) info.deprecationWarning = version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`;
  return info;
}

function textAt(object: unknown, steps: string[]): string {
  const value = steps.reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step], object);
  return value === undefined || value === null ? '' : String(value);
}

function subresourcesOf(group: string, version: CustomResourceDefinitionVersion, kind: string): Map<string, SubresourceInfo> {
  const subresources = new Map<string, SubresourceInfo>();
  const { status, scale } = version.subresources ?? {};
  if (status) subresources.set('status', { name: 'status', kind, group, version: version.name, verbs: SUBRESOURCE_VERBS });
  if (scale) {
    const own: SubresourceInfo & ScalePaths = { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: SUBRESOURCE_VERBS, ...copyJson(scale) };
    subresources.set('scale', own);
  }
  return subresources;
}
