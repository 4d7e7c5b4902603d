import type { Deployment, ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { intOrPercent } from '../shared/int-or-percent.ts';

/** Numbers of a Deployment's ReplicaSets, without effects. */
export interface Scale { replicaSet: ReplicaSet; replicas: number }

export interface Budget { maxSurge: number; maxUnavailable: number }

/** How far a roll-out may stray from the wanted number; never both zero, or it could not move. */
export function rollingBudget(deployment: Deployment): Budget {
  const replicas = deployment.spec?.replicas ?? 1;
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  if (deployment.spec?.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: replicas };
  const maxSurge = intOrPercent(rolling?.maxSurge, replicas, true);
  const maxUnavailable = Math.min(replicas, intOrPercent(rolling?.maxUnavailable, replicas, false));
  return maxSurge === 0 && maxUnavailable === 0 ? { maxSurge, maxUnavailable: 1 } : { maxSurge, maxUnavailable };
}

const wanted = (replicaSet: ReplicaSet): number => replicaSet.spec?.replicas ?? 0;
const available = (replicaSet: ReplicaSet): number => replicaSet.status?.availableReplicas ?? 0;
const sum = (replicaSets: ReplicaSet[], count: (replicaSet: ReplicaSet) => number): number => replicaSets.reduce((total, replicaSet) => total + count(replicaSet), 0);

export function totalReplicas(replicaSets: ReplicaSet[]): number {
  return sum(replicaSets, wanted);
}

/** The size of the new ReplicaSet in the next step of a roll-out. */
export function newReplicas(deployment: Deployment, current: ReplicaSet, all: ReplicaSet[]): number {
  const replicas = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type === 'Recreate') return replicas;
  const room = replicas + rollingBudget(deployment).maxSurge - totalReplicas(all);
  if (wanted(current) > replicas) return replicas;
  if (room <= 0) return wanted(current);
  return wanted(current) + Math.min(room, replicas - wanted(current));
}

const byAge = (left: ReplicaSet, right: ReplicaSet): number =>
  parseTime(left.metadata?.creationTimestamp ?? '') - parseTime(right.metadata?.creationTimestamp ?? '') || (left.metadata?.name ?? '').localeCompare(right.metadata?.name ?? '');

/** Which old ReplicaSets shrink in the next step: first pods that are not available anyway, then as many as may be missing. */
export function shrinkOld(deployment: Deployment, current: ReplicaSet, old: ReplicaSet[]): Scale[] {
  const replicas = deployment.spec?.replicas ?? 1;
  const minimum = replicas - rollingBudget(deployment).maxUnavailable;
  const all = [...old, current];
  let removable = totalReplicas(all) - minimum - (wanted(current) - available(current));
  if (removable <= 0) return [];
  const sizes = new Map(old.map((replicaSet) => [replicaSet, wanted(replicaSet)]));
  const oldestFirst = [...old].sort(byAge);
  for (const replicaSet of oldestFirst) {
    const unhealthy = Math.min(removable, wanted(replicaSet) - available(replicaSet));
    if (unhealthy <= 0) continue;
    sizes.set(replicaSet, wanted(replicaSet) - unhealthy);
    removable -= unhealthy;
  }
  let surplus = sum(all, available) - minimum;
  for (const replicaSet of oldestFirst) {
    if (surplus <= 0) break;
    const take = Math.min(surplus, sizes.get(replicaSet) ?? 0);
    sizes.set(replicaSet, (sizes.get(replicaSet) ?? 0) - take);
    surplus -= take;
  }
  return oldestFirst.filter((replicaSet) => sizes.get(replicaSet) !== wanted(replicaSet)).map((replicaSet) => ({ replicaSet, replicas: sizes.get(replicaSet) ?? 0 }));
}

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** Spreads a changed number of wanted replicas over ReplicaSets in the middle of a roll-out, in proportion to their sizes. */
export function scaleProportionally(deployment: Deployment, active: ReplicaSet[]): Scale[] {
  const replicas = deployment.spec?.replicas ?? 1;
  if (active.length === 0) return [];
  if (active.length === 1) {
    const only = active[0] as ReplicaSet;
    return wanted(only) === replicas ? [] : [{ replicaSet: only, replicas }];
  }
  const limit = replicas > 0 ? replicas + rollingBudget(deployment).maxSurge : 0;
  let toAdd = limit - totalReplicas(active);
  if (toAdd === 0) return [];
  const largestFirst = [...active].sort((left, right) => wanted(right) - wanted(left) || (toAdd > 0 ? byAge(right, left) : byAge(left, right)));
  const result: Scale[] = [];
  const whole = toAdd;
  for (const replicaSet of largestFirst) {
    const before = Number(replicaSet.metadata?.annotations?.[MAX_REPLICAS] ?? deployment.status?.replicas ?? 0) || totalReplicas(active);
    const fraction = Math.round(wanted(replicaSet) * limit / before) - wanted(replicaSet);
    const share = whole > 0 ? Math.max(0, Math.min(fraction, toAdd)) : Math.min(0, Math.max(fraction, toAdd));
    result.push({ replicaSet, replicas: wanted(replicaSet) + share });
    toAdd -= share;
  }
  const first = result[0] as Scale;
  first.replicas = Math.max(0, first.replicas + toAdd);
  return result.filter((scale) => scale.replicas !== wanted(scale.replicaSet));
}

/** Whether the wanted number changed since the ReplicaSets were last scaled. */
export function isScalingEvent(deployment: Deployment, active: ReplicaSet[]): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return active.some((replicaSet) => {
    const noted = replicaSet.metadata?.annotations?.[DESIRED_REPLICAS];
    return wanted(replicaSet) > 0 && noted !== undefined && Number(noted) !== replicas;
  });
}

/** The new ReplicaSet alone has all that is wanted. */
export function isSaturated(deployment: Deployment, current: ReplicaSet): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return wanted(current) === replicas && available(current) === replicas && Number(current.metadata?.annotations?.[DESIRED_REPLICAS] ?? NaN) === replicas;
}
