import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { rollingBudget } from './rolling.ts';

const sum = (replicaSets: ReplicaSet[], count: (replicaSet: ReplicaSet) => number | undefined): number =>
  replicaSets.reduce((total, replicaSet) => total + (count(replicaSet) ?? 0), 0);

/** Replaces the condition of the type; keeps the transition time while the status is the same. */
export function setCondition(conditions: DeploymentCondition[], type: string, status: string, reason: string, message: string, now: number): DeploymentCondition[] {
  const old = conditions.find((condition) => condition.type === type);
  if (old?.status === status && old.reason === reason) return conditions;
  const time = formatTime(now);
  const condition = { type, status, reason, message, lastUpdateTime: time, lastTransitionTime: old?.status === status ? old.lastTransitionTime : time };
  return [...conditions.filter((other) => other.type !== type), condition];
}

export function progressing(deployment: { status?: DeploymentStatus }): DeploymentCondition | undefined {
  return deployment.status?.conditions?.find((condition) => condition.type === 'Progressing');
}

function counts(deployment: Deployment, all: ReplicaSet[], current: ReplicaSet | undefined): DeploymentStatus {
  const available = sum(all, (replicaSet) => replicaSet.status?.availableReplicas);
  const total = sum(all, (replicaSet) => replicaSet.spec?.replicas);
  return {
    observedGeneration: deployment.metadata?.generation,
    replicas: sum(all, (replicaSet) => replicaSet.status?.replicas) || undefined,
    updatedReplicas: (current?.status?.replicas ?? 0) || undefined,
    readyReplicas: sum(all, (replicaSet) => replicaSet.status?.readyReplicas) || undefined,
    availableReplicas: available || undefined,
    unavailableReplicas: Math.max(0, total - available) || undefined,
    terminatingReplicas: sum(all, (replicaSet) => replicaSet.status?.terminatingReplicas),
    collisionCount: deployment.status?.collisionCount,
    conditions: deployment.status?.conditions ?? [],
  };
}

export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const replicas = deployment.spec?.replicas ?? 1;
  return (status.updatedReplicas ?? 0) === replicas && (status.replicas ?? 0) === replicas && (status.availableReplicas ?? 0) === replicas
    && (status.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0);
}

function hasProgressed(deployment: Deployment, status: DeploymentStatus): boolean {
  const old = deployment.status ?? {};
  const oldReplicas = (old.replicas ?? 0) - (old.updatedReplicas ?? 0);
  const newOldReplicas = (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (status.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) || newOldReplicas < oldReplicas
    || (status.readyReplicas ?? 0) > (old.readyReplicas ?? 0) || (status.availableReplicas ?? 0) > (old.availableReplicas ?? 0);
}

/** Milliseconds until the roll-out counts as stuck; undefined when it cannot (complete, paused, or without a deadline). */
export function untilDeadline(deployment: Deployment, now: number): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  const condition = progressing(deployment);
  if (seconds === undefined || seconds === 2147483647 || deployment.spec?.paused) return undefined;
  if (!condition || condition.reason === 'NewReplicaSetAvailable' || condition.reason === 'ProgressDeadlineExceeded') return undefined;
  return parseTime(condition.lastUpdateTime ?? '') + seconds * 1000 - now;
}

function progressCondition(deployment: Deployment, status: DeploymentStatus, current: ReplicaSet | undefined, now: number): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  const what = current ? `ReplicaSet "${current.metadata?.name}"` : `Deployment "${deployment.metadata?.name}"`;
  // What was complete stays so while only single pods come and go.
  if (progressing(deployment)?.reason === 'NewReplicaSetAvailable' && (status.replicas ?? 0) === (status.updatedReplicas ?? 0)) return conditions;
  if (isComplete(deployment, status)) return setCondition(conditions, 'Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, now);
  if (hasProgressed(deployment, status)) {
    const before = progressing(deployment);
    const time = formatTime(now);
    const condition = {
      type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${what} is progressing.`, lastUpdateTime: time,
      lastTransitionTime: before?.status === 'True' ? before.lastTransitionTime : time,
    };
    return [...conditions.filter((other) => other.type !== 'Progressing'), condition];
  }
  const left = untilDeadline(deployment, now);
  if (left !== undefined && left <= 0) return setCondition(conditions, 'Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, now);
  return conditions;
}

export function deploymentStatus(deployment: Deployment, all: ReplicaSet[], current: ReplicaSet | undefined, now: number): DeploymentStatus {
  const status = counts(deployment, all, current);
  const minimum = (deployment.spec?.replicas ?? 1) - rollingBudget(deployment).maxUnavailable;
  const enough = (status.availableReplicas ?? 0) >= minimum;
  status.conditions = enough
    ? setCondition(status.conditions ?? [], 'Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : setCondition(status.conditions ?? [], 'Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', now);
  if (deployment.spec?.progressDeadlineSeconds !== undefined && !deployment.spec.paused) status.conditions = progressCondition(deployment, status, current, now);
  const failure = all.flatMap((replicaSet) => replicaSet.status?.conditions ?? []).find((condition) => condition.type === 'ReplicaFailure');
  status.conditions = failure
    ? setCondition(status.conditions, 'ReplicaFailure', failure.status ?? 'True', failure.reason ?? '', failure.message ?? '', now)
    : status.conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  return status;
}

/** The Progressing condition right after something happened to the Deployment itself. */
export function noteProgress(deployment: Deployment, reason: string, message: string, now: number): DeploymentCondition[] {
  const paused = reason === 'DeploymentPaused' || reason === 'DeploymentResumed';
  return setCondition(deployment.status?.conditions ?? [], 'Progressing', paused ? 'Unknown' : 'True', reason, message, now);
}
