import type { Deployment, ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { PodTemplateSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { controllerReference } from '../shared/owners.ts';
import { canonicalJson, templateHash } from '../shared/template-hash.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, rollingBudget } from './rolling.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const HASH_LABEL = 'pod-template-hash';
/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN_ANNOTATIONS = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, 'deprecated.deployment.rollback.to']);

export function sameTemplate(left: PodTemplateSpec | undefined, right: PodTemplateSpec | undefined): boolean {
  const plain = (template: PodTemplateSpec | undefined): string => {
    const { [HASH_LABEL]: _, ...labels } = template?.metadata?.labels ?? {};
    return canonicalJson({ ...template, metadata: { ...template?.metadata, labels, creationTimestamp: undefined } });
  };
  return plain(left) === plain(right);
}

/** The ReplicaSet that has the Deployment's template: the oldest, should there be several. */
export function findNewReplicaSet(deployment: Deployment, replicaSets: ReplicaSet[]): ReplicaSet | undefined {
  return replicaSets.filter((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec?.template))
    .sort((left, right) => parseTime(left.metadata?.creationTimestamp ?? '') - parseTime(right.metadata?.creationTimestamp ?? ''))[0];
}

function parseRevision(text: string | undefined): bigint {
  return /^\d+$/.test(text ?? '') ? BigInt(text as string) : 0n;
}

/** 64 bits: people do write large ones. */
export function revisionOf(object: { metadata?: { annotations?: Record<string, string> } }): bigint {
  return parseRevision(object.metadata?.annotations?.[REVISION]);
}

export function maxRevision(replicaSets: ReplicaSet[]): bigint {
  return replicaSets.map(revisionOf).reduce((largest, revision) => (revision > largest ? revision : largest), 0n);
}

/** Annotations a ReplicaSet of this Deployment should have. */
export function replicaSetAnnotations(deployment: Deployment, existing: Record<string, string>, revision: bigint): Record<string, string> {
  const annotations = { ...existing };
  for (const [key, value] of Object.entries(deployment.metadata?.annotations ?? {})) {
    if (!OWN_ANNOTATIONS.has(key)) annotations[key] = value;
  }
  const before = parseRevision(existing[REVISION]);
  if (before < revision) {
    if (before > 0n) annotations[REVISION_HISTORY] = [existing[REVISION_HISTORY], existing[REVISION]].filter(Boolean).join(',');
    annotations[REVISION] = String(revision);
  }
  return annotations;
}

export function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = deployment.spec?.replicas ?? 1;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + rollingBudget(deployment).maxSurge) };
}

/** A ReplicaSet for the Deployment's template, named after both. */
export function newReplicaSet(deployment: Deployment, revision: bigint, replicas: number): ReplicaSet {
  const hash = templateHash(deployment.spec?.template, deployment.status?.collisionCount);
  const template = structuredClone(deployment.spec?.template ?? {}) as PodTemplateSpec;
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [HASH_LABEL]: hash } };
  const selector = structuredClone(deployment.spec?.selector ?? {});
  selector.matchLabels = { ...selector.matchLabels, [HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata?.name}-${hash}`, namespace: deployment.metadata?.namespace, labels: { ...template.metadata?.labels },
      annotations: { ...replicaSetAnnotations(deployment, {}, revision), ...scaleAnnotations(deployment) },
      ownerReferences: [controllerReference({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' })],
    },
    spec: { replicas, minReadySeconds: deployment.spec?.minReadySeconds, selector, template },
  };
}

/** Old ReplicaSets beyond the history limit, oldest first; only empty ones. */
export function expiredReplicaSets(deployment: Deployment, old: ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const kept = old.filter((replicaSet) => !replicaSet.metadata?.deletionTimestamp);
  const surplus = kept.length - limit;
  if (surplus <= 0) return [];
  return kept.sort((left, right) => Number(revisionOf(left) - revisionOf(right))).slice(0, surplus)
    .filter((replicaSet) => (replicaSet.spec?.replicas ?? 0) === 0 && (replicaSet.status?.replicas ?? 0) === 0
      && (replicaSet.metadata?.generation ?? 0) <= (replicaSet.status?.observedGeneration ?? 0));
}
