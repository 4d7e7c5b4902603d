import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ServerContext } from '../context.ts';
import { applyStatusAsServer, ensureAsServer } from './as-server.ts';
import { flowSchemas, priorityLevels } from './flow-control.ts';
import {
  SYSTEM_NAMESPACES, kubernetesEndpointSlice, kubernetesEndpoints, kubernetesService, namespaceObject, priorityClasses, readyCondition, serviceCidr,
} from './system-objects.ts';

const FLOW_MANAGER = 'api-priority-and-fairness-config-producer-v1';

/** Makes what every cluster has, where it is missing, and points the `kubernetes` Service at this server. */
export async function bootstrapObjects(context: ServerContext): Promise<void> {
  const { flags } = context;
  await Promise.all(SYSTEM_NAMESPACES.map((name) => ensureAsServer(context, '/api/v1/namespaces', namespaceObject(name))));
  const each = (path: string, objects: KubernetesObject[], manager?: string): Promise<void>[] =>
    objects.map((object) => ensureAsServer(context, path, object, manager ? { manager } : {}));
  await Promise.all([
    ...each('/apis/scheduling.k8s.io/v1/priorityclasses', priorityClasses()),
    ...each('/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', priorityLevels(), FLOW_MANAGER),
    ...each('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', flowSchemas(), FLOW_MANAGER),
    ensureServiceCidr(context),
    ensureAsServer(context, '/api/v1/namespaces/default/services', kubernetesService(flags)),
  ]);
  // Behind a loopback address no pod would find us, and endpoints may not have one.
  if (flags.advertiseAddress.startsWith('127.')) return;
  await Promise.all([
    ensureAsServer(context, '/api/v1/namespaces/default/endpoints', kubernetesEndpoints(flags), { owned: ['subsets'] }),
    ensureAsServer(context, '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', kubernetesEndpointSlice(flags), { owned: ['endpoints', 'ports'] }),
  ]);
}

const SERVICE_CIDRS = '/apis/networking.k8s.io/v1/servicecidrs';
const RANGE_MANAGER = 'kubernetes-service-cidr-controller';

async function ensureServiceCidr(context: ServerContext): Promise<void> {
  const range = serviceCidr(context.flags);
  await ensureAsServer(context, SERVICE_CIDRS, range);
  const name = range.metadata?.name ?? '';
  const status = context.objects.get('networking.k8s.io', 'servicecidrs', '', name)?.['status'] as { conditions?: object[] } | undefined;
  if (!status?.conditions?.length) await applyStatusAsServer(context, `${SERVICE_CIDRS}/${name}`, RANGE_MANAGER, { conditions: [readyCondition(formatTime(context.clock.now()))] });
}
