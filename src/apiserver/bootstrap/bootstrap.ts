import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { decodeObject } from '../../api/codec/json.ts';
import { StatusError } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import { copyJson, sameJson } from '../metadata/equal.ts';
import type { Call } from '../request/call.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { ownWrite } from '../subresources/related-call.ts';
import { createObject } from '../verbs/create.ts';
import { makeCall } from '../verbs/dispatch.ts';
import { changeObject, rewriteObject } from '../verbs/update.ts';
import { flowSchemas, priorityLevels } from './flow-control.ts';
import {
  SYSTEM_NAMESPACES, kubernetesEndpointSlice, kubernetesEndpoints, kubernetesService, namespaceObject, priorityClasses, readyCondition, serviceCidr,
} from './system-objects.ts';

const SERVER = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

const FLOW_MANAGER = 'api-priority-and-fairness-config-producer-v1';
const CIDRS = '/apis/networking.k8s.io/v1/servicecidrs';

/** Makes what every cluster has, where it is missing, and points the `kubernetes` Service at this server. */
export async function bootstrapObjects(outside: ServerContext): Promise<void> {
  // Admission is for other people's requests.
  const context: ServerContext = { ...outside, admission: [] };
  const { flags } = context;
  await Promise.all(SYSTEM_NAMESPACES.map((name) => ensure(context, '/api/v1/namespaces', namespaceObject(name))));
  const each = (path: string, objects: KubernetesObject[], manager?: string): Promise<void>[] => objects.map((object) => ensure(context, path, object, [], manager));
  await Promise.all([
    ...each('/apis/scheduling.k8s.io/v1/priorityclasses', priorityClasses()),
    ...each('/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', priorityLevels(), FLOW_MANAGER),
    ...each('/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', flowSchemas(), FLOW_MANAGER),
    ensure(context, CIDRS, serviceCidr(flags)).then(() => markReady(context)),
    ensure(context, '/api/v1/namespaces/default/services', kubernetesService(flags)),
  ]);
  // Behind a loopback address no pod would find us, and endpoints may not have one.
  if (flags.advertiseAddress.startsWith('127.')) return;
  await Promise.all([
    ensure(context, '/api/v1/namespaces/default/endpoints', kubernetesEndpoints(flags), ['subsets']),
    ensure(context, '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', kubernetesEndpointSlice(flags), ['endpoints', 'ports']),
  ]);
}

async function markReady(context: ServerContext): Promise<void> {
  const now = formatTime(context.clock.now());
  await rewriteObject(context, serverCall(context, 'PUT', `${CIDRS}/kubernetes`), false, (old) => {
    const { conditions } = (old['status'] ?? {}) as { conditions?: unknown[] };
    return conditions?.length ? old : { ...old, status: { conditions: [readyCondition(now)] } };
  });
}

/** Creates the object unless it is there; then makes the fields in `owned` what they should be. */
async function ensure(context: ServerContext, collection: string, object: KubernetesObject, owned: string[] = [], manager = 'kube-apiserver'): Promise<void> {
  const name = object.metadata?.name ?? '';
  const call = serverCall(context, 'POST', collection);
  const decoded = decodeObject<KubernetesObject>(object, call.resource.schema).object;
  const existing = await context.store.get(call.resource, object.metadata?.namespace ?? '', name);
  try {
    if (!existing) {
      await createObject(context, call, decoded, ownWrite(false, manager));
      return;
    }
  } catch (error) {
    // Another server of the cluster was first.
    if (!(error instanceof StatusError) || error.reason !== 'AlreadyExists') throw error;
  }
  if (!existing || owned.every((field) => sameJson(existing.object[field], decoded[field]))) return;
  const update = serverCall(context, 'PUT', `${collection}/${name}`);
  await changeObject(context, update, ownWrite(false, 'kube-apiserver'), (old) => {
    const next = copyJson(old);
    for (const field of owned) next[field] = decoded[field];
    return next;
  });
}

function serverCall(context: ServerContext, method: string, path: string): Call {
  return makeCall(context, parseRequestInfo(method, path), {
    user: SERVER, userAgent: 'kube-apiserver', signal: new AbortController().signal, body: { contentType: '', bytes: () => Promise.resolve(new Uint8Array()) },
  });
}
