import type { KubernetesObject } from '../../api/object.ts';
import type { Scheme } from '../../api/schema.ts';
import type { ServerContext } from '../context.ts';
import { deleteAsServer, ensureAsServer } from '../bootstrap/as-server.ts';

const COLLECTION = '/apis/apiregistration.k8s.io/v1/apiservices';
const MANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/** Upstream's order of groups: [group, priority of the group]; more is earlier. */
const GROUP_PRIORITIES: Record<string, number> = {
  '': 18000, apps: 17800, 'events.k8s.io': 17750, 'authentication.k8s.io': 17700, 'authorization.k8s.io': 17600, autoscaling: 17500, batch: 17400,
  'certificates.k8s.io': 17300, 'networking.k8s.io': 17200, policy: 17100, 'rbac.authorization.k8s.io': 17000, 'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700, 'admissionregistration.k8s.io': 16700, 'scheduling.k8s.io': 16600, 'coordination.k8s.io': 16500, 'node.k8s.io': 16300,
  'discovery.k8s.io': 16200, 'flowcontrol.apiserver.k8s.io': 16100, 'resource.k8s.io': 16200, 'storagemigration.k8s.io': 15800, 'internal.apiserver.k8s.io': 16000,
};
const CUSTOM_PRIORITY = 1000;

/** Groups whose stable version came after others of it. */
const LATE_GROUPS = new Set(['flowcontrol.apiserver.k8s.io', 'resource.k8s.io']);

function versionPriority(group: string, version: string, builtIn: boolean): number {
  if (!builtIn) return 100;
  if (group === '') return 1;
  if (LATE_GROUPS.has(group)) return 21;
  return version === 'v2' ? 30 : 15;
}

function localService(group: string, version: string, builtIn: boolean): KubernetesObject {
  return {
    kind: 'APIService', apiVersion: 'apiregistration.k8s.io/v1',
    metadata: { name: `${version}.${group}`, labels: { [MANAGED]: builtIn ? 'onstart' : 'true' } },
    spec: {
      ...(group ? { group } : {}), version, groupPriorityMinimum: builtIn ? GROUP_PRIORITIES[group] ?? 15000 : CUSTOM_PRIORITY,
      versionPriority: versionPriority(group, version, builtIn),
    },
  };
}

/** What should be there: one APIService a served group and version. Pure. apiregistration itself is none of them. */
export function localServices(scheme: Scheme): Map<string, KubernetesObject> {
  const wanted = new Map<string, KubernetesObject>();
  for (const info of scheme.resources()) {
    const name = `${info.version}.${info.group}`;
    if (info.group !== 'apiregistration.k8s.io' && !wanted.has(name)) wanted.set(name, localService(info.group, info.version, info.builtIn));
  }
  return wanted;
}

/** Makes the objects what the scheme says; those that people made stay theirs. */
export async function syncLocalServices(context: ServerContext): Promise<void> {
  const wanted = localServices(context.scheme);
  await Promise.all([...wanted.values()].map((object) => ensureAsServer(context, COLLECTION, object, { manager: 'kube-apiserver' })));
  for (const object of [...context.objects.list('apiregistration.k8s.io', 'apiservices')]) {
    const name = object.metadata?.name ?? '';
    if (object.metadata?.labels?.[MANAGED] && !wanted.has(name)) await deleteAsServer(context, `${COLLECTION}/${name}`);
  }
}
