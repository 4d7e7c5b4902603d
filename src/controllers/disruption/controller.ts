import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { ResourceType } from '../../client/client.ts';
import { PODS, POD_DISRUPTION_BUDGETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { discoverResources } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { writeStatus } from '../shared/status-write.ts';
import { budgetStatus, nextForget } from './reconcile.ts';

/** Says how many pods of each budget may be evicted now. */
export function startDisruptionController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const budgets = informers.for(POD_DISRUPTION_BUDGETS);
  const pods = informers.for(PODS);
  const queue = new WorkQueue(sync, { name: 'disruption', logger: context.logger, workers: 2, clock });
  const touch = (pod: Pod): void => {
    for (const budget of budgets.list(pod.metadata?.namespace)) if (matchesLabelSelector(budget.spec?.selector, pod.metadata?.labels)) queue.add(keyOf(budget));
  };
  const add = (budget: PodDisruptionBudget): void => queue.add(keyOf(budget));
  const stops = [budgets.onEvent({ add, update: add }), pods.onEvent({ add: touch, update: (pod, old) => { touch(pod); touch(old); }, delete: touch })];

  async function sync(key: string): Promise<void> {
    await Promise.all([budgets.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const budget = budgets.get(namespace, name);
    if (!budget) return;
    const members = [...pods.list(namespace)].filter((pod) => matchesLabelSelector(budget.spec?.selector, pod.metadata?.labels));
    const status = budgetStatus({ budget, pods: members, expected: await expectedReplicas(members), now: clock.now() });
    await writeStatus(client, POD_DISRUPTION_BUDGETS, budget, status);
    const wait = nextForget(status, clock.now());
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  /** Replicas wanted by the pods' controllers together, through their scale; a ReplicaSet counts as its Deployment. */
  async function expectedReplicas(members: Pod[]): Promise<number | undefined> {
    const owners = new Map<string, { namespace: string; owner: OwnerReference }>();
    for (const pod of members) {
      const owner = controllerOf(pod);
      if (owner) owners.set(owner.uid, { namespace: pod.metadata?.namespace ?? '', owner });
    }
    let sum = 0;
    const counted = new Set<string>();
    for (const { namespace, owner } of owners.values()) {
      const found = await readOwner(namespace, owner);
      if (!found) return undefined;
      const parent = found.kind === 'ReplicaSet' ? controllerOf(found) : undefined;
      const top = parent ? await readOwner(namespace, parent) : found;
      if (!top || counted.has(top.metadata?.uid ?? '')) continue;
      counted.add(top.metadata?.uid ?? '');
      const spec = top['spec'] as { replicas?: number; parallelism?: number } | undefined;
      const replicas = spec?.replicas ?? spec?.parallelism;
      if (replicas === undefined) return undefined;
      sum += replicas;
    }
    return sum;
  }

  async function readOwner(namespace: string, owner: OwnerReference): Promise<KubernetesObject | undefined> {
    const types = await discoverResources(context);
    const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
    const type = types.find((candidate) => candidate.group === group && candidate.kind === owner.kind) as ResourceType<KubernetesObject> | undefined;
    if (!type) return undefined;
    const object = await client.get(type, namespace, owner.name).catch(() => undefined);
    return object && { ...object, kind: owner.kind };
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
