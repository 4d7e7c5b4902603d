import type { Namespace, NamespaceCondition, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../base/clock.ts';
import { NAMESPACES, PODS } from '../../client/resources.ts';
import { resourcePath } from '../../client/path.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { discoverResources, type AnyResource } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';

interface Leftover { type: AnyResource; count: number; finalizers: Map<string, number>; error?: string }
/** While something is left, it is looked at again after this. */
const RETRY_MILLISECONDS = 200;
const LAST_RETRY_MILLISECONDS = 5_000;

const CONDITIONS = {
  NamespaceDeletionDiscoveryFailure: ['ResourcesDiscovered', 'All resources successfully discovered'],
  NamespaceDeletionGroupVersionParsingFailure: ['ParsedGroupVersions', 'All legacy kube types successfully parsed'],
  NamespaceDeletionContentFailure: ['ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
  NamespaceContentRemaining: ['ContentRemoved', 'All content successfully removed'],
  NamespaceFinalizersRemaining: ['ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
} as const;

/** The conditions of a namespace that is being emptied. */
export function terminationConditions(old: NamespaceCondition[], leftovers: Leftover[], now: number): NamespaceCondition[] {
  const bad: Partial<Record<keyof typeof CONDITIONS, [reason: string, message: string]>> = {};
  const failed = leftovers.filter((leftover) => leftover.error);
  if (failed.length) bad.NamespaceDeletionContentFailure = ['ContentDeletionFailed', `Failed to delete all resource types, ${failed.length} remaining: ${failed.map((leftover) => leftover.error).join(', ')}`];
  const remaining = leftovers.filter((leftover) => leftover.count > 0);
  const name = (type: AnyResource): string => (type.group ? `${type.resource}.${type.group}` : `${type.resource}.`);
  if (remaining.length) bad.NamespaceContentRemaining = ['SomeResourcesRemain', `Some resources are remaining: ${remaining.map((leftover) => `${name(leftover.type)} has ${leftover.count} resource instances`).sort().join(', ')}`];
  const finalizers = new Map<string, number>();
  for (const leftover of remaining) for (const [finalizer, count] of leftover.finalizers) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + count);
  if (finalizers.size) bad.NamespaceFinalizersRemaining = ['SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${[...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort().join(', ')}`];
  return (Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]).map((type) => {
    const [reason, message] = bad[type] ?? CONDITIONS[type];
    const status = bad[type] ? 'True' : 'False';
    const before = old.find((condition) => condition.type === type);
    return { type, status, reason, message, lastTransitionTime: before?.status === status ? before.lastTransitionTime : formatTime(now) };
  });
}

/** Empties namespaces that are being deleted, then lets them go. */
export function startNamespaceController(context: ControllerContext): RunningController {
  const { client, clock } = context;
  const namespaces = context.informers.for(NAMESPACES);
  const queue = new WorkQueue(sync, { name: 'namespace', logger: context.logger, workers: 10, clock, firstRetryMilliseconds: RETRY_MILLISECONDS, lastRetryMilliseconds: LAST_RETRY_MILLISECONDS });
  const rounds = new Map<string, number>();
  const touch = (namespace: Namespace): void => { if (namespace.metadata?.deletionTimestamp) queue.add(namespace.metadata.name ?? ''); };
  const stops = [namespaces.onEvent({ add: touch, update: touch, delete: (namespace) => rounds.delete(namespace.metadata?.name ?? '') })];

  async function sync(name: string): Promise<void> {
    const namespace = await client.get(NAMESPACES, undefined, name).catch((error: { code?: number }) => { if (error.code !== 404) throw error as Error; return undefined; });
    if (!namespace?.metadata?.deletionTimestamp || !namespace.spec?.finalizers?.includes('kubernetes')) return;
    const types = (await discoverResources(context)).filter((type) => type.namespaced);
    const leftovers = await emptyAll(name, types);
    if (leftovers.length === 0) {
      // The last look: the conditions need not be written, the namespace goes with this.
      const finalizers = namespace.spec.finalizers.filter((finalizer) => finalizer !== 'kubernetes');
      await client.update(NAMESPACES, { ...namespace, spec: { finalizers } }, 'finalize').catch((error: { code?: number }) => { if (error.code !== 404) throw error as Error; });
      return;
    }
    const conditions = terminationConditions(namespace.status?.conditions ?? [], leftovers, clock.now());
    if (JSON.stringify(conditions) !== JSON.stringify(namespace.status?.conditions)) await client.updateStatus(NAMESPACES, { ...namespace, status: { ...namespace.status, conditions } }).catch(() => undefined);
    const round = (rounds.get(name) ?? 0) + 1;
    rounds.set(name, round);
    queue.addAfter(name, Math.min(RETRY_MILLISECONDS * 1.5 ** round, LAST_RETRY_MILLISECONDS));
  }

  /** Pods go first: what they use (policies, secrets, claims) stays while one of them runs. */
  async function emptyAll(namespace: string, types: AnyResource[]): Promise<Leftover[]> {
    const pods = types.filter((type) => type.group === '' && type.resource === 'pods');
    const podsLeft = (await Promise.all(pods.map((type) => empty(namespace, type)))).filter((leftover) => leftover !== undefined);
    if (podsLeft.length > 0) return podsLeft;
    const others = types.filter((type) => !pods.includes(type));
    return (await Promise.all(others.map((type) => empty(namespace, type)))).filter((leftover) => leftover !== undefined);
  }

  /** Deletes all of a type; resolves with what is still there. */
  async function empty(namespace: string, type: AnyResource): Promise<Leftover | undefined> {
    const list = await client.list(type, { namespace }).catch((error: { code?: number; message?: string }) => {
      if (error.code === 404 || error.code === 405) return undefined;
      return { items: [], error: error.message };
    });
    if (!list) return undefined;
    const failure = (list as { error?: string }).error;
    if (failure) return { type, count: 0, finalizers: new Map(), error: failure };
    if (list.items.length === 0) return undefined;
    let error: string | undefined;
    if (list.items.some((item) => !item.metadata?.deletionTimestamp)) {
      try {
        if (type.verbs.includes('deletecollection')) await client.raw('DELETE', resourcePath(type, namespace), { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
        else await Promise.all(list.items.map((item) => client.delete(type, namespace, item.metadata?.name ?? '', { propagationPolicy: 'Background' })));
      } catch (failed) {
        error = (failed as Error).message;
      }
    }
    const left = await client.list(type, { namespace });
    if (left.items.length === 0) return error ? { type, count: 0, finalizers: new Map(), error } : undefined;
    const finalizers = new Map<string, number>();
    for (const item of left.items) for (const finalizer of item.metadata?.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    return { type, count: left.items.length, finalizers, error };
  }

  // The end of a namespace's last pod is worth a look at once.
  stops.push(context.informers.for(PODS).onEvent({
    delete(pod: Pod) {
      const namespace = namespaces.get(undefined, pod.metadata?.namespace ?? '');
      if (namespace) touch(namespace);
    },
  }));
  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
