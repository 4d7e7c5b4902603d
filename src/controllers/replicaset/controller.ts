import type { ReplicaSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod, PodTemplateSpec, ReplicationController } from '../../../schema/v1.37/types/core-v1.ts';
import type { LabelSelector } from '../../../schema/v1.37/types/meta-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { ResourceType } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import { PODS, REPLICATION_CONTROLLERS, REPLICA_SETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { claim, decideClaim } from '../shared/claim.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { Expectations } from '../shared/expectations.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { createPodControl, slowStart } from '../shared/pod-control.ts';
import { indexByController, isPodActive, ownedOrOrphaned, podFromTemplate } from '../shared/pods.ts';
import { writeStatus } from '../shared/status-write.ts';
import { nextAvailability, planReplicas, replicaStatus, type ReplicaOwner } from './reconcile.ts';

type Owner = (ReplicaSet | ReplicationController) & KubernetesObject;

interface Flavour { type: ResourceType<Owner>; component: string; selector(owner: Owner): LabelSelector | undefined }

const REPLICA_SET: Flavour = { type: REPLICA_SETS as ResourceType<Owner>, component: 'replicaset-controller', selector: (owner) => owner.spec?.selector as LabelSelector };
const REPLICATION_CONTROLLER: Flavour = {
  type: REPLICATION_CONTROLLERS as ResourceType<Owner>, component: 'replication-controller',
  selector: (owner) => ({ matchLabels: owner.spec?.selector as Record<string, string> }),
};

export function startReplicaSetController(context: ControllerContext): RunningController {
  return startReplicas(context, REPLICA_SET);
}

export function startReplicationControllerController(context: ControllerContext): RunningController {
  return startReplicas(context, REPLICATION_CONTROLLER);
}

function startReplicas(context: ControllerContext, flavour: Flavour): RunningController {
  const owners = context.informers.for(flavour.type);
  const pods = context.informers.for(PODS);
  indexByController(pods);
  const expectations = new Expectations(context.clock);
  const queue = new WorkQueue((key) => sync(context, flavour, owners, pods, expectations, queue, key), { name: flavour.component, logger: context.logger, workers: 5, clock: context.clock });
  const stopOwners = owners.onEvent({
    add: (owner) => queue.add(keyOf(owner)),
    update: (owner) => queue.add(keyOf(owner)),
    delete: (owner) => { expectations.forget(keyOf(owner)); queue.add(keyOf(owner)); },
  });
  const ownerKey = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod);
    return reference?.kind === flavour.type.kind ? `${pod.metadata?.namespace}/${reference.name}` : undefined;
  };
  /** An orphan concerns every owner whose selector matches. */
  const touchOrphan = (pod: Pod): void => {
    for (const owner of owners.list(pod.metadata?.namespace)) {
      if (matchesLabelSelector(flavour.selector(owner), pod.metadata?.labels)) queue.add(keyOf(owner));
    }
  };
  const stopPods = pods.onEvent({
    add(pod) {
      const key = ownerKey(pod);
      if (key) { expectations.created(key); queue.add(key); } else if (!controllerOf(pod)) touchOrphan(pod);
    },
    update(pod, old) {
      const [key, oldKey] = [ownerKey(pod), ownerKey(old)];
      if (oldKey && oldKey !== key) queue.add(oldKey);
      if (key && pod.metadata?.deletionTimestamp) expectations.deleted(key, pod.metadata.uid ?? '');
      if (key) queue.add(key);
      else if (!controllerOf(pod)) touchOrphan(pod);
    },
    delete(pod) {
      const key = ownerKey(pod);
      if (key) { expectations.deleted(key, pod.metadata?.uid ?? ''); queue.add(key); }
    },
  });
  return { stop() { stopOwners(); stopPods(); queue.stop(); } };
}

function replicaOwner(flavour: Flavour, owner: Owner): ReplicaOwner {
  const template = owner.spec?.template as PodTemplateSpec | undefined;
  return {
    metadata: owner.metadata as ReplicaOwner['metadata'], status: owner.status as ReplicaOwner['status'],
    spec: { replicas: owner.spec?.replicas, minReadySeconds: owner.spec?.minReadySeconds, selector: flavour.selector(owner), templateLabels: template?.metadata?.labels },
  };
}

async function sync(
  context: ControllerContext, flavour: Flavour, owners: Informer<Owner>, pods: Informer<Pod>, expectations: Expectations, queue: WorkQueue, key: string,
): Promise<void> {
  await Promise.all([owners.synced(), pods.synced()]);
  const [namespace, name] = splitKey(key);
  const owner = owners.get(namespace, name);
  if (!owner) return;
  const needsSync = expectations.satisfied(key);
  const decision = decideClaim(owner, flavour.selector(owner), ownedOrOrphaned(pods, owner), isPodActive);
  const owned = await claim(context.client, PODS, flavour.type, owner, decision);
  const active = owned.filter(isPodActive);
  const now = context.clock.now();
  const view = replicaOwner(flavour, owner);
  const plan = planReplicas(view, active, siblingRank(active), now);
  let failure: Error | undefined;
  if (needsSync) failure = await carryOut(context, flavour, owner, key, plan, expectations);
  const terminating = owned.filter((pod) => pod.metadata?.deletionTimestamp && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed').length;
  await writeStatus(context.client, flavour.type, owner, replicaStatus(view, active, terminating, failure, plan, now));
  const wait = nextAvailability(view, active, now);
  if (wait !== undefined) queue.addAfter(key, wait);
  if (failure) throw failure;
}

/** How many of the owner's active pods share the pod's node. */
function siblingRank(active: Pod[]): (pod: Pod) => number {
  const perNode = new Map<string, number>();
  for (const pod of active) perNode.set(pod.spec?.nodeName ?? '', (perNode.get(pod.spec?.nodeName ?? '') ?? 0) + 1);
  return (pod) => perNode.get(pod.spec?.nodeName ?? '') ?? 0;
}

async function carryOut(
  context: ControllerContext, flavour: Flavour, owner: Owner, key: string, plan: { create: number; remove: Pod[] }, expectations: Expectations,
): Promise<Error | undefined> {
  const control = createPodControl(context.client, context.eventsOf(flavour.component));
  const asOwner = { ...owner, apiVersion: flavour.type.group ? `${flavour.type.group}/${flavour.type.version}` : flavour.type.version, kind: flavour.type.kind };
  if (plan.create > 0) {
    expectations.expect(key, plan.create);
    const { done, error } = await slowStart(plan.create, () => control.create(podFromTemplate(owner.spec?.template as PodTemplateSpec, asOwner), asOwner));
    for (let missing = plan.create - done; missing > 0; missing--) expectations.created(key);
    return error;
  }
  if (plan.remove.length === 0) return undefined;
  expectations.expect(key, 0, plan.remove.map((pod) => pod.metadata?.uid ?? ''));
  const results = await Promise.allSettled(plan.remove.map((pod) => control.delete(pod, asOwner).catch((error: Error) => {
    expectations.deleted(key, pod.metadata?.uid ?? '');
    throw error;
  })));
  return results.find((result) => result.status === 'rejected')?.reason as Error | undefined;
}
