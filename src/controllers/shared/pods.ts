import type { Pod, PodTemplateSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf, controllerReference } from './owners.ts';

/** Indexes objects by their controller, so that an owner need not look through its whole namespace. */
export function indexByController<T extends { metadata?: ObjectMeta }>(objects: Informer<T>): void {
  objects.addIndex('controller', (object) => [controllerOf(object)?.uid ?? `orphans of ${object.metadata?.namespace}`]);
}

/** The objects of an owner and those of its namespace that nobody owns. */
export function* ownedOrOrphaned<T>(objects: Informer<T>, owner: { metadata?: ObjectMeta }): Iterable<T> {
  yield* objects.byIndex('controller', owner.metadata?.uid ?? '');
  yield* objects.byIndex('controller', `orphans of ${owner.metadata?.namespace}`);
}

export function isPodTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Neither finished nor on its way out. */
export function isPodActive(pod: Pod): boolean {
  return !isPodTerminal(pod) && !pod.metadata?.deletionTimestamp;
}

export function podCondition(pod: Pod, type: string): { status: string; lastTransitionTime?: string; reason?: string } | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready; NaN when it is not. */
export function readySince(pod: Pod): number {
  const condition = podCondition(pod, 'Ready');
  return condition?.status === 'True' ? parseTime(condition.lastTransitionTime ?? '') : NaN;
}

/** Ready for at least `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isPodReady(pod)) return false;
  return minReadySeconds === 0 || readySince(pod) + minReadySeconds * 1000 <= now;
}

/** A pod as its template and owner want it; without a name of its own the server makes one from the owner's. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubernetesObject, name?: string): Pod {
  const metadata = template.metadata ?? {};
  const ownerName = owner.metadata?.name ?? '';
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      ...(name ? { name } : { generateName: `${ownerName}-` }), namespace: owner.metadata?.namespace,
      labels: { ...metadata.labels }, annotations: metadata.annotations ? { ...metadata.annotations } : undefined,
      finalizers: metadata.finalizers ? [...metadata.finalizers] : undefined, ownerReferences: [controllerReference(owner)],
    },
    spec: structuredClone(template.spec),
  };
}

function containerRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
}

const PHASE_ORDER: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Orders pods by how little is lost when they go: not yet bound, pending, not ready, cheaper to delete, more of its siblings on the
 * node (`rank`), ready for a shorter time, restarted more often, younger.
 */
export function byDeletionPreference(rank: (pod: Pod) => number, now: number): (left: Pod, right: Pod) => number {
  const cost = (pod: Pod): number => Number(pod.metadata?.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0) || 0;
  // Ages are told apart only roughly, so that it is chance which of similar pods goes.
  const age = (time: number): number => Math.floor(Math.log2(Math.max(1, (now - (time || now)) / 1000)));
  const byUid = (left: Pod, right: Pod): number => ((left.metadata?.uid ?? '') < (right.metadata?.uid ?? '') ? -1 : 1);
  const byTime = (left: Pod, right: Pod, timeOf: (pod: Pod) => number): number => (timeOf(left) === timeOf(right) ? 0 : age(timeOf(left)) - age(timeOf(right)) || byUid(left, right));
  const created = (pod: Pod): number => parseTime(pod.metadata?.creationTimestamp ?? '');
  return (left, right) =>
    Number(Boolean(left.spec?.nodeName)) - Number(Boolean(right.spec?.nodeName))
    || (PHASE_ORDER[left.status?.phase ?? 'Pending'] ?? 0) - (PHASE_ORDER[right.status?.phase ?? 'Pending'] ?? 0)
    || Number(isPodReady(left)) - Number(isPodReady(right))
    || cost(left) - cost(right)
    || rank(right) - rank(left)
    || (isPodReady(left) && isPodReady(right) ? byTime(left, right, readySince) : 0)
    || containerRestarts(right) - containerRestarts(left)
    || byTime(left, right, created);
}
