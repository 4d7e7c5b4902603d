import { formatTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { StatusError, badRequest, notFound } from '../../api/status.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { Eviction, PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import type { ServerContext } from '../context.ts';
import type { Answer, Call } from '../request/call.ts';
import { deleteParameters, writeParameters, type DeleteParameters } from '../request/options.ts';
import { readObject } from '../request/read-object.ts';
import { admissionAttributes, admit, validateAdmission } from '../verbs/admission.ts';
import { settleNamespace } from '../verbs/prepare.ts';
import { deleteObject } from '../verbs/delete.ts';
import { rewriteObject } from '../verbs/update.ts';
import { trackUpdate } from '../../api/patch/apply/index.ts';
import { relatedCall } from './related-call.ts';
import { successStatus } from './success.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const BUDGETS = { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' };
const MAX_DISRUPTED_PODS = 2000;
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";

/** POST pods/NAME/eviction: a delete that asks the pod's disruption budget first. */
export async function evictVerb(context: ServerContext, call: Call): Promise<Answer> {
  const { namespace, name } = call.info;
  const own = writeParameters(call.info.query, 'CreateOptions', call.userAgent);
  const expected = { group: 'policy', version: 'v1', otherVersions: ['policy/v1beta1'], kind: 'Eviction', schema: context.scheme.kindSchema('policy', 'v1', 'Eviction') };
  const object = await readObject(context, call, expected, own.fieldValidation);
  settleNamespace(object, namespace, true);
  const eviction = object as unknown as Eviction;
  if (eviction.metadata?.name !== name) throw badRequest('name in URL does not match name in Eviction object');
  const parameters = deleteParameters(new URLSearchParams(), (eviction.deleteOptions ?? {}) as KubernetesObject);
  parameters.dryRun ||= own.dryRun;
  const apply = { apiVersion: object.apiVersion ?? 'policy/v1', kind: 'Eviction', schema: expected.schema ?? { type: 'any' as const }, subresource: 'eviction', manager: own.fieldManager, time: context.clock.now() };
  const managedFields = trackUpdate(undefined, object, apply);
  if (managedFields) (object.metadata ??= {}).managedFields = managedFields;
  const attributes = admissionAttributes(call, 'CREATE', object, undefined, { kind: 'CreateOptions', dryRun: own.dryRun });
  await admit(context, attributes);
  await validateAdmission(context, attributes);
  await evict(context, call, parameters);
  return { type: 'object', code: 201, object: successStatus(201) };
}

async function evict(context: ServerContext, call: Call, parameters: DeleteParameters): Promise<void> {
  const { namespace, name } = call.info;
  const cached = await context.store.get(PODS, namespace, name);
  if (!cached) throw notFound('', 'pods', name);
  const pod = cached.object as unknown as Pod;
  if (needsNoBudget(pod)) return removePod(context, call, parameters);
  const budgets = [...context.objects.list('policy', 'poddisruptionbudgets', namespace)].filter((budget) => covers(budget, pod));
  if (budgets.length > 1) throw new StatusError(500, '', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  const budget = budgets[0];
  if (!budget) return removePod(context, call, parameters);
  if (mayGoUnhealthy(budget as unknown as PodDisruptionBudget, pod)) {
    const exact = { ...parameters, preconditions: { ...parameters.preconditions, resourceVersion: parameters.preconditions.resourceVersion ?? String(cached.modRevision) } };
    return removePod(context, call, exact);
  }
  await spend(context, call, budget.metadata?.name ?? '', name, parameters.dryRun);
  await removePod(context, call, parameters);
}

function needsNoBudget(pod: Pod): boolean {
  return ['Succeeded', 'Failed', 'Pending'].includes(pod.status?.phase ?? '') || pod.metadata?.deletionTimestamp !== undefined;
}

function covers(budget: KubernetesObject, pod: Pod): boolean {
  const selector = (budget as unknown as PodDisruptionBudget).spec?.selector;
  return selector !== undefined && matchesLabelSelector(selector, pod.metadata?.labels);
}

/** A pod that is not ready protects nothing, unless the budget's policy says so while too few are healthy. */
export function mayGoUnhealthy(budget: PodDisruptionBudget, pod: Pod): boolean {
  const ready = pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  if (ready) return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

/** Takes one disruption out of the budget. */
async function spend(context: ServerContext, call: Call, budgetName: string, podName: string, dryRun: boolean): Promise<void> {
  const budgetCall = relatedCall(context, call, BUDGETS, call.info.namespace, budgetName, 'status');
  await rewriteObject(context, budgetCall, dryRun, (old) => spent(old, podName, context.clock.now()));
}

/** The budget with one disruption less. Pure; throws StatusError 429 or 403 when it allows none. */
export function spent(old: KubernetesObject, podName: string, now: number): KubernetesObject {
  const budget = old as unknown as PodDisruptionBudget;
  const name = budget.metadata?.name ?? '';
  const status = budget.status;
  if ((status?.observedGeneration ?? 0) < (budget.metadata?.generation ?? 0)) {
    throw refused(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  const allowed = status?.disruptionsAllowed ?? 0;
  const disrupted = status?.disruptedPods ?? {};
  if (Object.keys(disrupted).length > MAX_DISRUPTED_PODS) {
    throw new StatusError(403, 'Forbidden', `poddisruptionbudget.policy "${name}" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller`, {
      name, group: 'policy', kind: 'poddisruptionbudget',
      causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${name} does not allow evicting pods currently: too many pending evictions not confirmed by PDB controller` }],
    });
  }
  if (allowed <= 0) throw refused(refusalText(budget), 0);
  return {
    ...old, metadata: { ...old.metadata },
    status: { ...(old['status'] as object), disruptionsAllowed: allowed - 1, disruptedPods: { ...disrupted, [podName]: formatTime(now) } },
  };
}

function refusalText(budget: PodDisruptionBudget): string {
  const name = budget.metadata?.name ?? '';
  const { currentHealthy = 0, desiredHealthy = 0, conditions } = budget.status ?? {};
  const condition = conditions?.find(({ type, status, message }) => type === 'DisruptionAllowed' && status === 'False' && message);
  if (condition?.reason === 'SyncFailed') return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  if (currentHealthy <= desiredHealthy) return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return condition ? `The disruption budget ${name} does not allow evicting pods currently (${condition.reason}): ${condition.message}`
    : `The disruption budget ${name} does not allow evicting pods currently`;
}

function refused(text: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', REFUSED, { causes: [{ reason: 'DisruptionBudget', message: text }], ...(retryAfterSeconds ? { retryAfterSeconds } : {}) });
}

/** Marks the pod as disrupted, then deletes it. */
async function removePod(context: ServerContext, call: Call, parameters: DeleteParameters): Promise<void> {
  const { namespace, name } = call.info;
  let exact = parameters;
  if (!parameters.dryRun) {
    const marking = relatedCall(context, call, PODS, namespace, name, 'status');
    const marked = await rewriteObject(context, marking, false, (old) => disruptionMarked(old, parameters, context.clock.now()));
    if (parameters.preconditions.resourceVersion) exact = { ...parameters, preconditions: { ...parameters.preconditions, resourceVersion: String(marked.modRevision) } };
  }
  await deleteObject(context, relatedCall(context, call, PODS, namespace, name), name, exact, true);
}

function disruptionMarked(old: KubernetesObject, parameters: DeleteParameters, now: number): KubernetesObject {
  const { uid, resourceVersion } = parameters.preconditions;
  const name = old.metadata?.name ?? '';
  if (uid && uid !== old.metadata?.uid) {
    throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on Pod "${name}": the UID in the precondition (${uid}) does not match the UID in record (${old.metadata?.uid}). The object might have been deleted and then recreated`, { name, kind: 'Pod' });
  }
  if (resourceVersion && resourceVersion !== old.metadata?.resourceVersion) {
    throw new StatusError(409, 'Conflict', `Operation cannot be fulfilled on Pod "${name}": the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${old.metadata?.resourceVersion}). The object might have been modified`, { name, kind: 'Pod' });
  }
  const pod = old as unknown as Pod;
  const before = pod.status?.conditions ?? [];
  if (before.some((condition) => condition.type === 'DisruptionTarget' && condition.status === 'True')) return { ...old, metadata: { ...old.metadata } };
  const condition = {
    type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting', lastProbeTime: null, lastTransitionTime: formatTime(now),
  };
  const conditions = [...before.filter(({ type }) => type !== 'DisruptionTarget'), condition];
  return { ...old, metadata: { ...old.metadata }, status: { ...(old['status'] as object | undefined), conditions } };
}
