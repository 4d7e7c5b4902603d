import type { KubernetesList, KubernetesObject } from '../../src/api/object.ts';
import type { ResourceInfo, Scheme } from '../../src/api/schema.ts';
import { resourcePath } from '../../src/client/path.ts';
import type { Client } from '../../src/client/client.ts';

/** What would be deleted for nothing: the server makes it anew, or it goes away by itself. */
const KEPT = new Set(['events', 'componentstatuses', 'apiservices', 'clusterroles', 'clusterrolebindings', 'flowschemas', 'prioritylevelconfigurations', 'servicecidrs']);
const KEPT_NAMESPACES = new Set(['default', 'fuzz', 'kube-system', 'kube-public', 'kube-node-lease']);
/** What stands in the way of other requests goes first. */
const FIRST = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicybindings'];

/** Deletes what a fuzzer made, finalizers or not. Gives the number of objects that are gone. */
export async function sweep(client: Client, scheme: Scheme): Promise<number> {
  const places = new Map<string, ResourceInfo>();
  for (const info of scheme.resources()) if (info.verbs.includes('delete') && !KEPT.has(info.resource)) places.set(`${info.group}/${info.resource}`, info);
  const rank = ({ resource }: ResourceInfo): number => (FIRST.includes(resource) ? 0 : resource === 'namespaces' ? 2 : 1);
  let gone = 0;
  for (const info of [...places.values()].sort((a, b) => rank(a) - rank(b))) {
    const { items } = await client.raw('GET', resourcePath(info, undefined)) as KubernetesList<KubernetesObject>;
    for (const item of items) if (await remove(client, info, item)) gone++;
  }
  return gone;
}

async function remove(client: Client, info: ResourceInfo, item: KubernetesObject): Promise<boolean> {
  const { name = '', namespace } = item.metadata ?? {};
  if (info.resource === 'namespaces' && KEPT_NAMESPACES.has(name)) return false;
  if (info.resource === 'serviceaccounts' && name === 'default') return false;
  const path = resourcePath(info, namespace, name);
  try {
    if (item.metadata?.finalizers?.length) await client.raw('PATCH', path, { metadata: { finalizers: null } }, 'application/merge-patch+json');
    await client.raw('DELETE', `${path}?gracePeriodSeconds=0`);
    if (info.resource === 'namespaces') await client.raw('PUT', `${path}/finalize`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } });
    return true;
  } catch {
    return false;
  }
}
