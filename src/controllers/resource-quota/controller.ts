import type { ResourceQuota } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { quotaEvaluator, type QuotaEvaluator } from '../../api/quota/usage.ts';
import { RESOURCE_QUOTAS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { discoverResources, onResourcesChanged, type AnyResource } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';
import { writeStatus } from '../shared/status-write.ts';
import { canonicalJson } from '../shared/template-hash.ts';
import { concernedByNew, concerns, kindId, quotaStatus } from './reconcile.ts';

/** All is counted anew after this, should something have slipped by. */
const RESYNC_MILLISECONDS = 5 * 60 * 1000;

/** Counts what quotas limit. Admission adds what is created; this takes away what is gone and counts for new quotas. */
export function startResourceQuotaController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const quotas = informers.for(RESOURCE_QUOTAS);
  const queue = new WorkQueue(sync, { name: 'resource-quota', logger: context.logger, workers: 5, clock });
  /** Kinds that some quota limits, with the end of listening to them. */
  const watched = new Map<string, () => void>();
  const stopQuotas = quotas.onEvent({
    add: (quota) => queue.add(keyOf(quota)),
    update(quota, old) {
      if (canonicalJson(quota.spec) !== canonicalJson(old.spec) || canonicalJson(quota.status?.hard) !== canonicalJson(quota.spec?.hard)) queue.add(keyOf(quota));
    },
  });
  let types = Promise.withResolvers<AnyResource[]>();
  let known: Set<string> | undefined;
  const stopDiscovery = onResourcesChanged(context, async () => {
    const namespaced = (await discoverResources(context)).filter((type) => type.namespaced);
    if (known) types = Promise.withResolvers();
    types.resolve(namespaced);
    for (const quota of concernedByNew(quotas.list(), known, namespaced)) queue.add(keyOf(quota));
    known = new Set(namespaced.map(kindId));
  });
  let timer = clock.after(RESYNC_MILLISECONDS, resync);

  function resync(): void {
    for (const quota of quotas.list()) queue.add(keyOf(quota));
    timer = clock.after(RESYNC_MILLISECONDS, resync);
  }

  function touch(object: KubernetesObject, evaluator: QuotaEvaluator): void {
    for (const quota of quotas.list(object.metadata?.namespace)) if (concerns(quota, evaluator)) queue.add(keyOf(quota));
  }

  /** Hears of objects that go or change from now on. */
  async function watch(type: AnyResource, evaluator: QuotaEvaluator): Promise<void> {
    const informer = informers.for(type);
    const id = kindId(type);
    if (!watched.has(id)) {
      const usage = (object: KubernetesObject): string => canonicalJson(evaluator.usage(object, clock.now()));
      const hasQuota = (object: KubernetesObject): boolean => quotas.list(object.metadata?.namespace)[Symbol.iterator]().next().done !== true;
      watched.set(id, informer.onEvent({
        update(object, old) { if (hasQuota(object) && usage(object) !== usage(old)) touch(object, evaluator); },
        delete: (object) => touch(object, evaluator),
      }));
    }
    await informer.synced();
  }

  async function sync(key: string): Promise<void> {
    await quotas.synced();
    const [namespace, name] = splitKey(key);
    const quota: ResourceQuota | undefined = quotas.get(namespace, name);
    if (!quota || quota.metadata?.deletionTimestamp) return;
    const limited = (await types.promise).map((type) => ({ type, evaluator: quotaEvaluator(type.group, type.resource) })).filter(({ evaluator }) => concerns(quota, evaluator));
    await Promise.all(limited.map(({ type, evaluator }) => watch(type, evaluator)));
    const counted = limited.map(({ type, evaluator }) => ({ evaluator, objects: informers.for(type).list(namespace) }));
    await writeStatus(client, RESOURCE_QUOTAS, quota, quotaStatus(quota, counted, clock.now()));
  }

  return { stop() { stopQuotas(); stopDiscovery(); timer.cancel(); for (const stop of watched.values()) stop(); queue.stop(); } };
}
