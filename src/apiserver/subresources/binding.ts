import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { trackUpdate } from '../../api/patch/apply/index.ts';
import { StatusError, badRequest, conflict } from '../../api/status.ts';
import type { Binding, Pod, PodCondition } from '../../../schema/v1.37/types/core-v1.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { dnsSubdomain } from '../../api/kinds/common/formats.ts';
import { writeParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from '../verbs/admission.ts';
import { rewriteObject } from '../verbs/update.ts';
import { oneOwnerEach, settleNamespace } from '../verbs/prepare.ts';
import { relatedCall } from './related-call.ts';
import { successStatus } from './success.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };

/** POST pods/NAME/binding: gives a pod its node. */
export async function bindPodVerb(context: ServerContext, call: Call): Promise<Answer> {
  return bind(context, call, call.info.name);
}

/** POST bindings: the same, with the pod's name in the body. */
export async function bindingsVerb(context: ServerContext, call: Call): Promise<Answer> {
  return bind(context, call, undefined);
}

async function bind(context: ServerContext, call: Call, podName: string | undefined): Promise<Answer> {
  const parameters = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const expected = { group: '', version: 'v1', kind: 'Binding', schema: context.scheme.kindSchema('', 'v1', 'Binding') };
  const object = await readObject(context, call, expected, parameters.fieldValidation);
  oneOwnerEach(call, settleNamespace(object, call.info.namespace, true));
  const binding = object as unknown as Binding;
  const name = podName ?? binding.metadata?.name ?? '';
  if ((binding.metadata?.name ?? '') !== name) throw badRequest(`name in URL does not match name in Binding object`);
  checkBinding(binding);
  if (podName === undefined) checkPathName(name);
  const apply = { apiVersion: 'v1', kind: 'Binding', schema: expected.schema ?? { type: 'any' as const }, subresource: podName === undefined ? '' : 'binding', manager: parameters.fieldManager, time: context.clock.now() };
  const managedFields = trackUpdate(undefined, object, apply);
  if (managedFields) (object.metadata ??= {}).managedFields = managedFields;
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: parameters.dryRun });
  await admit(context, attributes);
  await validateAdmission(context, attributes);
  const pods = relatedCall(context, call, PODS, call.info.namespace, name, 'binding');
  await rewriteObject(context, pods, parameters.dryRun, (old) => boundPod(old, (attributes.object ?? object) as unknown as Binding, context.clock.now()));
  return { type: 'object', code: 201, object: successStatus(201) };
}

/** Upstream tells these findings as a failure of its own, without the object's name. */
function checkBinding(binding: Binding): void {
  const errors: string[] = [];
  const { kind, name: node } = binding.target ?? {};
  if (kind && kind !== 'Node') errors.push(`target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`);
  if (!node) errors.push('target.name: Required value');
  else if (!kind || kind === 'Node') errors.push(...dnsSubdomain(node).map((text) => `target.name: Invalid value: ${JSON.stringify(node)}: ${text}`));
  if (errors.length) throw new StatusError(500, '', errors.length === 1 ? errors[0] as string : `[${errors.join(', ')}]`);
}

/** The name of a pod that no path has carried. */
function checkPathName(name: string): void {
  if (!name) throw badRequest('Name parameter required.');
  const why = name === '.' || name === '..' ? `may not be '${name}'` : ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`).join(';');
  if (why) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}

/** The pod with its node. Pure; throws StatusError 409 for a pod that has one or is going. */
export function boundPod(old: KubernetesObject, binding: Binding, now: number): KubernetesObject {
  const pod = old as unknown as Pod;
  const name = pod.metadata?.name ?? '';
  const uid = binding.metadata?.uid;
  if (uid && uid !== pod.metadata?.uid) throw conflict('', 'pods/binding', name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata?.uid}`);
  if (pod.metadata?.deletionTimestamp) throw conflict('', 'pods/binding', name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName) throw conflict('', 'pods/binding', name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec?.schedulingGates?.length) throw conflict('', 'pods/binding', name, `pod ${name} has non-empty .spec.schedulingGates`);
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastProbeTime: null as unknown as string, lastTransitionTime: formatTime(now) };
  const conditions = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled');
  const { nominatedNodeName: _nominated, ...status } = (pod.status ?? {}) as { nominatedNodeName?: string };
  const annotations = { ...pod.metadata?.annotations, ...binding.metadata?.annotations };
  const labels = { ...pod.metadata?.labels, ...binding.metadata?.labels };
  return {
    ...old,
    metadata: {
      ...old.metadata, ...(Object.keys(annotations).length ? { annotations } : {}), ...(Object.keys(labels).length ? { labels } : {}),
    },
    spec: { ...(old['spec'] as object), nodeName: binding.target.name },
    status: { ...status, conditions: [...conditions, scheduled] },
  };
}
