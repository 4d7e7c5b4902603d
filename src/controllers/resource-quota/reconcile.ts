import type { ResourceQuota, ResourceQuotaStatus } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceList } from '../../api/quota/pod-resources.ts';
import { addUsage, quotaEvaluator, scopesOf, type QuotaEvaluator } from '../../api/quota/usage.ts';

/** Objects of one kind in the quota's namespace, with what says how much they count. */
export interface Counted { evaluator: QuotaEvaluator; objects: Iterable<KubernetesObject> }

export function concerns(quota: ResourceQuota, evaluator: QuotaEvaluator): boolean {
  return Object.keys(quota.spec?.hard ?? {}).some((name) => evaluator.matches(name));
}

interface Kind { group: string; resource: string }
export const kindId = ({ group, resource }: Kind): string => `${group}/${resource}`;

/**
 * The quotas that must be counted because kinds are served now that were not in `known` (undefined: none were). No others: counting
 * while an object is on its way from admission to the store forgets it, so that one too many is let in.
 */
export function* concernedByNew(quotas: Iterable<ResourceQuota>, known: ReadonlySet<string> | undefined, served: Kind[]): Generator<ResourceQuota> {
  const added = served.filter((kind) => !known?.has(kindId(kind))).map(({ group, resource }) => quotaEvaluator(group, resource));
  for (const quota of quotas) if (added.some((evaluator) => concerns(quota, evaluator))) yield quota;
}

/** What a quota's status should say. Names that no kind answers for keep what is noted. */
export function quotaStatus(quota: ResourceQuota, kinds: Iterable<Counted>, now: number): ResourceQuotaStatus {
  const names = Object.keys(quota.spec?.hard ?? {});
  const scopes = scopesOf(quota);
  let used: ResourceList = {};
  for (const name of names) {
    const noted = quota.status?.used?.[name];
    if (noted !== undefined) used[name] = noted;
  }
  for (const { evaluator, objects } of kinds) {
    const own = names.filter((name) => evaluator.matches(name));
    let sum: ResourceList = Object.fromEntries(own.map((name) => [name, '0']));
    for (const object of objects) {
      if (!scopes.every((scope) => evaluator.inScope(scope, object))) continue;
      const usage = evaluator.usage(object, now);
      sum = addUsage(sum, Object.fromEntries(own.filter((name) => usage[name] !== undefined).map((name) => [name, usage[name]!])));
    }
    used = { ...used, ...sum };
  }
  return { hard: { ...quota.spec?.hard }, used: used as Record<string, string> };
}
