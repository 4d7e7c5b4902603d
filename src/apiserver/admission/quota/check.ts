import type { ResourceQuota } from '../../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { canonicalQuantity, compareQuantities, subtractQuantities } from '../../../api/quantity.ts';
import type { ResourceList } from '../../../api/quota/pod-resources.ts';
import { addUsage, scopesOf, type QuotaEvaluator } from '../../../api/quota/usage.ts';
import { findUncovered, type LimitedUse } from './limited-resources.ts';

export interface QuotaRequest {
  evaluator: QuotaEvaluator;
  object: KubernetesObject;
  /** Of an update: what stands there now. */
  oldObject?: KubernetesObject;
  now: number;
  limited?: LimitedUse;
}

/** `plain`: no 403 but an error of its own. */
export type QuotaVerdict = { refused: string; plain?: true } | { /** Quotas with their new `status.used`; the same objects where nothing changed. */ quotas: ResourceQuota[] };

const pretty = (list: ResourceList, names: string[]): string => [...names].sort().map((name) => `${name}=${canonicalQuantity(list[name] ?? '0')}`).join(',');

function appliesTo(quota: ResourceQuota, { evaluator }: QuotaRequest, object: KubernetesObject): boolean {
  return Object.keys(quota.status?.hard ?? {}).some((name) => evaluator.matches(name)) && scopesOf(quota).every((scope) => evaluator.inScope(scope, object));
}

function grown(usage: ResourceList, previous: ResourceList | undefined): ResourceList {
  const delta: ResourceList = {};
  for (const name in usage) {
    const more = previous?.[name] === undefined ? usage[name]! : subtractQuantities(usage[name]!, previous[name]);
    if (compareQuantities(more, 0) > 0) delta[name] = more;
  }
  return delta;
}

function grows(deltas: Map<ResourceQuota, ResourceList>, usage: ResourceList, previous: ResourceList | undefined): boolean {
  const growth = deltas.size > 0 ? [...deltas.values()] : [grown(usage, previous)];
  return growth.some((delta) => Object.keys(delta).length > 0);
}

/** Whether a request fits into all quotas of its namespace, and what they hold after it. Pure. */
export function checkQuotas(quotas: ResourceQuota[], request: QuotaRequest): QuotaVerdict {
  const { evaluator, object, oldObject, now } = request;
  const interesting = quotas.filter((quota) => appliesTo(quota, request, object));
  if (interesting.length === 0 && !request.limited) return { quotas };
  for (const { metadata, status } of interesting) {
    const names = Object.keys(status?.hard ?? {}).filter((name) => evaluator.matches(name));
    const missing = evaluator.missing?.(names, object);
    if (missing) return { refused: `failed quota: ${metadata?.name}: ${missing}` };
    if (names.some((name) => status?.used?.[name] === undefined)) {
      return { refused: `status unknown for quota: ${metadata?.name}, resources: ${names.sort().join(',')}` };
    }
  }
  const usage = evaluator.usage(object, now);
  const negative = Object.keys(usage).filter((name) => compareQuantities(usage[name]!, 0) < 0);
  if (negative.length > 0) return { refused: `quota usage is negative for resource(s): ${negative.sort().join(',')}` };
  const previous = oldObject?.metadata?.resourceVersion ? evaluator.usage(oldObject, now) : undefined;
  const deltas = new Map(interesting.map((quota) => [quota, grown(usage, previous && appliesTo(quota, request, oldObject!) ? previous : undefined)]));
  const uncovered = request.limited && grows(deltas, usage, previous) ? findUncovered(request.limited, evaluator, object, usage, { quotas, applied: interesting }) : undefined;
  if (uncovered) return uncovered;
  const result = [...quotas];
  for (const [quota, delta] of deltas) {
    const hard = quota.status!.hard!;
    const names = Object.keys(delta).filter((name) => hard[name] !== undefined);
    if (names.length === 0) continue;
    const requested: ResourceList = Object.fromEntries(names.map((name) => [name, delta[name]!]));
    const used = addUsage(quota.status!.used ?? {}, requested);
    const exceeded = names.filter((name) => compareQuantities(used[name]!, hard[name]!) > 0);
    if (exceeded.length > 0) {
      return { refused: `exceeded quota: ${quota.metadata?.name}, requested: ${pretty(requested, exceeded)}, used: ${pretty(quota.status!.used ?? {}, exceeded)}, limited: ${pretty(hard, exceeded)}` };
    }
    result[quotas.indexOf(quota)] = { ...quota, status: { ...quota.status, used: used as Record<string, string> } };
  }
  return { quotas: result };
}
