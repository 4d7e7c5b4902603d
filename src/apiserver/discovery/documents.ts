import { createHash } from 'node:crypto';
import type { ResourceInfo, Scheme } from '../../api/schema.ts';
import { storedAs } from '../registry/object-store.ts';
import { groupVersion } from '../registry/versions.ts';

/** Discovery's documents, made from the scheme. All pure. */
interface GroupVersionName { groupVersion: string; version: string }
export interface ApiGroup { name: string; versions: GroupVersionName[]; preferredVersion: GroupVersionName }
interface KindName { group: string; version: string; kind: string }
export interface GroupDiscovery {
  metadata: { name?: string };
  versions: { version: string; freshness: 'Current' | 'Stale'; resources?: ResourceDiscovery[] }[];
}
interface ResourceDiscovery {
  resource: string; responseKind: KindName; scope: 'Namespaced' | 'Cluster'; singularResource: string; verbs: string[];
  shortNames?: string[]; categories?: string[]; subresources?: { subresource: string; responseKind: KindName; verbs: string[] }[];
}

function versionName(group: string, version: string): GroupVersionName {
  return { groupVersion: groupVersion({ group, version }), version };
}

export function apiVersions(address: string): Record<string, unknown> {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }] };
}

export function apiGroups(scheme: Scheme): ApiGroup[] {
  return scheme.groups().filter(({ group }) => group !== '').map(({ group, versions, preferredVersion }) => ({
    name: group, versions: versions.map((version) => versionName(group, version)), preferredVersion: versionName(group, preferredVersion),
  }));
}

function resourcesOf(scheme: Scheme, group: string, version: string): ResourceInfo[] {
  return scheme.resources().filter((info) => info.group === group && info.version === version).sort((a, b) => (a.resource < b.resource ? -1 : 1));
}

/** APIResourceList of a group and version; undefined when nothing is served there. */
export function apiResourceList(scheme: Scheme, group: string, version: string): Record<string, unknown> | undefined {
  const infos = resourcesOf(scheme, group, version);
  if (!infos.length) return undefined;
  const resources = infos.flatMap((info) => [
    {
      name: info.resource, singularName: info.singularName, namespaced: info.namespaced, kind: info.kind, verbs: info.verbs,
      ...(info.shortNames.length ? { shortNames: info.shortNames } : {}), ...(info.categories.length ? { categories: info.categories } : {}),
      ...(info.verbs.includes('watch') ? { storageVersionHash: storageVersionHash(info) } : {}),
    },
    ...[...info.subresources.values()].map((sub) => ({
      name: `${info.resource}/${sub.name}`, singularName: '', namespaced: info.namespaced,
      ...(sub.group !== group || sub.version !== version ? { group: sub.group, version: sub.version } : {}), kind: sub.kind, verbs: sub.verbs,
    })),
  ]);
  return { kind: 'APIResourceList', ...(group ? { apiVersion: 'v1' } : {}), groupVersion: groupVersion({ group, version }), resources };
}

/** Kinds that upstream stores in a version that it does not serve; clients compare the hashes of both kinds of servers. */
const HASHED_AS: Record<string, string> = {
  'certificates.k8s.io/clustertrustbundles': 'v1beta1', 'certificates.k8s.io/podcertificaterequests': 'v1beta1', 'apiextensions.k8s.io/customresourcedefinitions': 'v1beta1',
  'resource.k8s.io/devicetaintrules': 'v1beta2', 'storagemigration.k8s.io/storageversionmigrations': 'v1beta1',
};

/** Tells clients when the version changes in which a kind is stored. */
function storageVersionHash(info: ResourceInfo): string {
  const place = storedAs(info.group, info.resource);
  const version = place.group === info.group ? HASHED_AS[`${info.group}/${info.resource}`] ?? info.storageVersion : 'v1';
  return createHash('sha256').update(`${place.group}/${version}/${info.kind}`).digest().subarray(0, 8).toString('base64');
}

/** APIGroupDiscovery of each group, `core` being the one without a name. */
export function groupDiscoveries(scheme: Scheme, core: boolean): GroupDiscovery[] {
  return scheme.groups().filter(({ group }) => (group === '') === core).map(({ group, versions }) => ({
    metadata: group ? { name: group } : {},
    versions: versions.map((version) => ({ version, resources: resourcesOf(scheme, group, version).map(resourceDiscovery), freshness: 'Current' as const })),
  }));
}

function resourceDiscovery(info: ResourceInfo): ResourceDiscovery {
  // Built-in kinds name group and version only where they are not those that the kind is found under.
  const isFound = ({ group, version }: KindName): boolean => info.builtIn && group === info.group && version === info.version;
  const kindOf = (of: KindName): KindName => ({ group: isFound(of) ? '' : of.group, version: isFound(of) ? '' : of.version, kind: of.kind });
  const subresources = [...info.subresources.values()].map((sub) => ({ subresource: sub.name, responseKind: kindOf(sub), verbs: sub.verbs }));
  return {
    resource: info.resource, responseKind: kindOf(info), scope: info.namespaced ? 'Namespaced' : 'Cluster', singularResource: info.singularName, verbs: info.verbs,
    ...(info.shortNames.length ? { shortNames: info.shortNames } : {}), ...(info.categories.length ? { categories: info.categories } : {}),
    ...(subresources.length ? { subresources } : {}),
  };
}
