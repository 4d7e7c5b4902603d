import type { Deployment, ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import { DEPLOYMENTS, REPLICA_SETS } from '../../client/resources.ts';
import type { ControllerContext } from '../shared/context.ts';
import { isControlledBy } from '../shared/owners.ts';
import { canonicalJson } from '../shared/template-hash.ts';
import { findNewReplicaSet, maxRevision, newReplicaSet, replicaSetAnnotations, REVISION, revisionOf, sameTemplate, scaleAnnotations } from './revisions.ts';
import { noteProgress, progressing } from './status.ts';

/** What the Deployment controller does to ReplicaSets and to the Deployment. */
export interface DeploymentActions {
  /** The ReplicaSet of the present template, made when there is none; undefined when the Deployment must be looked at anew. */
  ensureNew(deployment: Deployment, owned: ReplicaSet[], replicas: (all: ReplicaSet[]) => number): Promise<ReplicaSet | undefined>;
  scale(deployment: Deployment, replicaSet: ReplicaSet, replicas: number): Promise<void>;
  remove(replicaSet: ReplicaSet): Promise<void>;
}

export function createDeploymentActions(context: ControllerContext): DeploymentActions {
  const { client, clock } = context;
  const events = context.eventsOf('deployment-controller');

  async function setRevision(deployment: Deployment, revision: string | undefined): Promise<void> {
    if (!revision || deployment.metadata?.annotations?.[REVISION] === revision) return;
    await client.patch(DEPLOYMENTS, deployment.metadata?.namespace, deployment.metadata?.name ?? '', { metadata: { annotations: { [REVISION]: revision } } }, { type: 'merge' });
  }

  /** Brings revision, annotations and minReadySeconds of the ReplicaSet up to date. */
  async function adopt(deployment: Deployment, existing: ReplicaSet, revision: bigint): Promise<ReplicaSet> {
    const annotations = replicaSetAnnotations(deployment, existing.metadata?.annotations ?? {}, revision);
    const minReadySeconds = deployment.spec?.minReadySeconds;
    let current = existing;
    if (canonicalJson(annotations) !== canonicalJson(existing.metadata?.annotations ?? {}) || (existing.spec?.minReadySeconds ?? 0) !== (minReadySeconds ?? 0)) {
      current = await client.update(REPLICA_SETS, { ...existing, metadata: { ...existing.metadata, annotations }, spec: { ...existing.spec, minReadySeconds } } as ReplicaSet);
    }
    await setRevision(deployment, annotations[REVISION]);
    if (deployment.spec?.progressDeadlineSeconds !== undefined && !progressing(deployment)) await progress(deployment, 'FoundNewReplicaSet', `Found new replica set "${existing.metadata?.name}"`);
    return current;
  }

  async function progress(deployment: Deployment, reason: string, message: string): Promise<void> {
    const conditions = noteProgress(deployment, reason, message, clock.now());
    // Written beside the counts, which the next sync brings; a conflict means that somebody was quicker.
    await client.patch(DEPLOYMENTS, deployment.metadata?.namespace, deployment.metadata?.name ?? '', { status: { conditions } }, { type: 'merge', subresource: 'status' });
  }

  /** The name is taken: by this very ReplicaSet (the informer is behind) or, a hash collision, by another. */
  async function resolveCollision(deployment: Deployment, wanted: ReplicaSet): Promise<ReplicaSet | undefined> {
    const standing = await client.get(REPLICA_SETS, wanted.metadata?.namespace, wanted.metadata?.name ?? '');
    if (isControlledBy(standing, deployment) && sameTemplate(standing.spec?.template, wanted.spec?.template)) return standing;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await client.patch(DEPLOYMENTS, deployment.metadata?.namespace, deployment.metadata?.name ?? '', { status: { collisionCount } }, { type: 'merge', subresource: 'status' });
    return undefined;
  }

  return {
    async ensureNew(deployment, owned, replicas) {
      const existing = findNewReplicaSet(deployment, owned);
      const old = owned.filter((replicaSet) => replicaSet !== existing);
      const revision = maxRevision(old) + 1n;
      if (existing) return adopt(deployment, existing, revision);
      const wanted = newReplicaSet(deployment, revision, replicas(old));
      let created: ReplicaSet | undefined;
      try {
        created = await client.create(REPLICA_SETS, wanted);
      } catch (error) {
        if ((error as { code?: number }).code !== 409) {
          if (deployment.spec?.progressDeadlineSeconds !== undefined) await progress(deployment, 'ReplicaSetCreateError', `Failed to create new replica set "${wanted.metadata?.name}": ${(error as Error).message}`);
          throw error;
        }
        created = await resolveCollision(deployment, wanted);
        if (!created) return undefined;
      }
      if ((wanted.spec?.replicas ?? 0) > 0) events.event({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' }, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${created.metadata?.name} from 0 to ${wanted.spec?.replicas}`);
      await setRevision(deployment, String(revision));
      if (deployment.spec?.progressDeadlineSeconds !== undefined) await progress(deployment, 'NewReplicaSetCreated', `Created new replica set "${created.metadata?.name}"`);
      return created;
    },

    async scale(deployment, replicaSet, replicas) {
      const before = replicaSet.spec?.replicas ?? 0;
      const annotations = { ...replicaSet.metadata?.annotations, ...scaleAnnotations(deployment) };
      if (before === replicas && canonicalJson(annotations) === canonicalJson(replicaSet.metadata?.annotations ?? {})) return;
      await client.update(REPLICA_SETS, { ...replicaSet, metadata: { ...replicaSet.metadata, annotations }, spec: { ...replicaSet.spec, replicas } } as ReplicaSet);
      if (before === replicas) return;
      const direction = before < replicas ? 'up' : 'down';
      events.event({ ...deployment, apiVersion: 'apps/v1', kind: 'Deployment' }, 'Normal', 'ScalingReplicaSet', `Scaled ${direction} replica set ${replicaSet.metadata?.name} from ${before} to ${replicas}`);
    },

    async remove(replicaSet) {
      await client.delete(REPLICA_SETS, replicaSet.metadata?.namespace, replicaSet.metadata?.name ?? '').catch((error: { code?: number }) => {
        if (error.code !== 404) throw error;
      });
    },
  };
}
