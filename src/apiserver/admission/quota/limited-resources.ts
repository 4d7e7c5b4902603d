import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { compareQuantities } from '../../../api/quantity.ts';
import type { ResourceList } from '../../../api/quota/pod-resources.ts';
import { scopesOf, type QuotaEvaluator } from '../../../api/quota/usage.ts';

/** What may be used only where a quota speaks of it; of an admission configuration. */
export interface LimitedResource { apiGroup?: string; resource: string; matchContains?: string[]; matchScopes?: ScopedResourceSelectorRequirement[] }

/** The configuration, and the resource that a request is about. */
export interface LimitedUse { resources: LimitedResource[]; group: string; resource: string }

/** What of a request's use no quota of the namespace covers; undefined when all is covered. `applied`: the quotas that count the object. Pure. */
export function findUncovered(
  { resources, group, resource }: LimitedUse, evaluator: QuotaEvaluator, object: KubernetesObject, usage: ResourceList, { quotas, applied }: { quotas: ResourceQuota[]; applied: ResourceQuota[] },
): { refused: string; plain?: true } | undefined {
  const parts = resources.filter((one) => (one.apiGroup ?? '') === group && one.resource === resource).flatMap(({ matchContains }) => matchContains ?? []);
  const covered = new Set(applied.flatMap(({ status }) => Object.keys(status?.hard ?? {})).filter((name) => evaluator.matches(name)));
  const names = Object.keys(usage).filter((name) => compareQuantities(usage[name]!, 0) > 0 && parts.some((part) => name.includes(part)) && !covered.has(name));
  if (names.length > 0) return { refused: `insufficient quota to consume: ${names.sort().join(',')}` };
  const coveredScopes = new Set(quotas.flatMap(scopesOf).filter((scope) => evaluator.inScope(scope, object)).map(({ scopeName }) => scopeName));
  const scopes = resources.flatMap(({ matchScopes }) => matchScopes ?? []).filter((scope) => evaluator.inScope(scope, object) && !coveredScopes.has(scope.scopeName));
  if (scopes.length === 0) return undefined;
  const shown = scopes.map(({ scopeName, operator, values }) => `{${scopeName} ${operator} [${(values ?? []).join(' ')}]}`);
  return { refused: `insufficient quota to match these scopes: [${shown.join(' ')}]`, plain: true };
}
