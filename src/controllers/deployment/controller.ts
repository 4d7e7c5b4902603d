import type { Deployment, ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { ResourceType } from '../../client/client.ts';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { claim, decideClaim } from '../shared/claim.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { indexByController, isPodTerminal, ownedOrOrphaned } from '../shared/pods.ts';
import { writeStatus } from '../shared/status-write.ts';
import { createDeploymentActions } from './actions.ts';
import { expiredReplicaSets, findNewReplicaSet } from './revisions.ts';
import { isSaturated, isScalingEvent, newReplicas, scaleProportionally, shrinkOld, totalReplicas } from './rolling.ts';
import { deploymentStatus, isComplete, noteProgress, progressing, untilDeadline } from './status.ts';

export function startDeploymentController(context: ControllerContext): RunningController {
  const deployments = context.informers.for(DEPLOYMENTS);
  const replicaSets = context.informers.for(REPLICA_SETS);
  const pods = context.informers.for(PODS);
  indexByController(pods);
  indexByController(replicaSets);
  const actions = createDeploymentActions(context);
  const queue = new WorkQueue(sync, { name: 'deployment', logger: context.logger, workers: 5, clock: context.clock });

  const touchOwner = (replicaSet: ReplicaSet): void => {
    const reference = controllerOf(replicaSet);
    if (reference?.kind === 'Deployment') queue.add(`${replicaSet.metadata?.namespace}/${reference.name}`);
    if (reference) return;
    for (const deployment of deployments.list(replicaSet.metadata?.namespace)) {
      if (matchesLabelSelector(deployment.spec?.selector, replicaSet.metadata?.labels)) queue.add(keyOf(deployment));
    }
  };
  /** Recreate waits for the last old pod to be gone. */
  const podGone = (pod: Pod): void => {
    const replicaSet = replicaSets.get(pod.metadata?.namespace, controllerOf(pod)?.name ?? '');
    if (replicaSet) touchOwner(replicaSet);
  };
  const stops = [
    deployments.onEvent({ add: (object) => queue.add(keyOf(object)), update: (object) => queue.add(keyOf(object)) }),
    replicaSets.onEvent({ add: touchOwner, update: (object, old) => { touchOwner(object); touchOwner(old); }, delete: touchOwner }),
    pods.onEvent({ delete: podGone, update: (pod, old) => { if (isPodTerminal(pod) && !isPodTerminal(old)) podGone(pod); } }),
  ];

  async function sync(key: string): Promise<void> {
    await Promise.all([deployments.synced(), replicaSets.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const deployment = deployments.get(namespace, name);
    if (!deployment) return;
    const decision = decideClaim({ ...deployment }, deployment.spec?.selector, ownedOrOrphaned(replicaSets, deployment), () => true);
    const owned = await claim(context.client, REPLICA_SETS, DEPLOYMENTS as ResourceType<KubernetesObject>, deployment, decision);
    if (deployment.metadata?.deletionTimestamp) return report(deployment, owned);
    if (await notePause(deployment)) return;
    if (deployment.spec?.paused || isScalingEvent(deployment, owned.filter((replicaSet) => (replicaSet.spec?.replicas ?? 0) > 0))) return scale(deployment, owned);
    if (deployment.spec?.strategy?.type === 'Recreate') return recreate(deployment, owned);
    return roll(deployment, owned);
  }

  async function report(deployment: Deployment, owned: ReplicaSet[]): Promise<void> {
    const now = context.clock.now();
    // Conditions may have been written meanwhile; of a newer generation the next sync reports.
    const fresh = deployments.get(deployment.metadata?.namespace, deployment.metadata?.name ?? '');
    if (!fresh || fresh.metadata?.generation !== deployment.metadata?.generation) return;
    const status = deploymentStatus(fresh, owned, findNewReplicaSet(fresh, owned), now);
    await writeStatus(context.client, DEPLOYMENTS, fresh, status);
    const wait = untilDeadline({ ...deployment, status }, now);
    if (wait !== undefined) queue.addAfter(keyOf(deployment), Math.max(wait, 0) + 1000);
  }

  /** Whether the beginning or end of a pause was written now; its event brings the next sync. */
  async function notePause(deployment: Deployment): Promise<boolean> {
    const reason = progressing(deployment)?.reason;
    if (deployment.spec?.progressDeadlineSeconds === undefined || reason === 'ProgressDeadlineExceeded') return false;
    if (Boolean(deployment.spec.paused) === (reason === 'DeploymentPaused')) return false;
    const [now, message] = deployment.spec.paused ? ['DeploymentPaused', 'Deployment is paused'] : ['DeploymentResumed', 'Deployment is resumed'];
    const conditions = noteProgress(deployment, now as string, message as string, context.clock.now());
    return (await writeStatus(context.client, DEPLOYMENTS, deployment, { ...deployment.status, conditions })) !== undefined;
  }

  /** The wanted number changed: keep the shares of a roll-out that is under way. */
  async function scale(deployment: Deployment, owned: ReplicaSet[]): Promise<void> {
    const current = findNewReplicaSet(deployment, owned);
    const active = owned.filter((replicaSet) => (replicaSet.spec?.replicas ?? 0) > 0);
    if (current && active.length <= 1 && (active.length === 0 || active[0] === current)) {
      await actions.scale(deployment, current, deployment.spec?.replicas ?? 1);
    } else if (current && isSaturated(deployment, current)) {
      for (const old of active) if (old !== current) await actions.scale(deployment, old, 0);
    } else {
      for (const { replicaSet, replicas } of scaleProportionally(deployment, active)) await actions.scale(deployment, replicaSet, replicas);
    }
    if (deployment.spec?.paused) await cleanUp(deployment, owned.filter((replicaSet) => replicaSet !== current));
    await report(deployment, owned);
  }

  async function roll(deployment: Deployment, owned: ReplicaSet[]): Promise<void> {
    const current = await actions.ensureNew(deployment, owned, (all) => newReplicas(deployment, { spec: { replicas: 0 } } as ReplicaSet, all));
    if (!current) return;
    const old = owned.filter((replicaSet) => replicaSet.metadata?.uid !== current.metadata?.uid);
    const all = [...old, current];
    const size = newReplicas(deployment, current, all);
    if (size !== (current.spec?.replicas ?? 0)) {
      await actions.scale(deployment, current, size);
    } else if (totalReplicas(old) > 0) {
      for (const { replicaSet, replicas } of shrinkOld(deployment, current, old)) await actions.scale(deployment, replicaSet, replicas);
    }
    await finish(deployment, old, all, current);
  }

  async function recreate(deployment: Deployment, owned: ReplicaSet[]): Promise<void> {
    const existing = findNewReplicaSet(deployment, owned);
    const old = owned.filter((replicaSet) => replicaSet !== existing);
    const running = old.filter((replicaSet) => (replicaSet.spec?.replicas ?? 0) > 0);
    for (const replicaSet of running) await actions.scale(deployment, replicaSet, 0);
    if (running.length > 0 || oldPodsLeft(old)) return report(deployment, owned);
    const current = await actions.ensureNew(deployment, owned, () => deployment.spec?.replicas ?? 1);
    if (!current) return;
    if ((current.spec?.replicas ?? 0) !== (deployment.spec?.replicas ?? 1)) await actions.scale(deployment, current, deployment.spec?.replicas ?? 1);
    await finish(deployment, old, [...old, current], current);
  }

  function oldPodsLeft(old: ReplicaSet[]): boolean {
    return old.some((replicaSet) => [...pods.byIndex('controller', replicaSet.metadata?.uid ?? '')].some((pod) => !isPodTerminal(pod)));
  }

  async function finish(deployment: Deployment, old: ReplicaSet[], all: ReplicaSet[], current: ReplicaSet): Promise<void> {
    if (isComplete(deployment, deploymentStatus(deployment, all, current, context.clock.now()))) await cleanUp(deployment, old);
    await report(deployment, all);
  }

  async function cleanUp(deployment: Deployment, old: ReplicaSet[]): Promise<void> {
    await Promise.all(expiredReplicaSets(deployment, old).map((replicaSet) => actions.remove(replicaSet)));
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}

