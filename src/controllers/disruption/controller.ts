import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { PODS, POD_DISRUPTION_BUDGETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { writeStatus } from '../shared/status-write.ts';
import { createExpectedPods } from './expected.ts';
import { budgetStatus, countsReplicas, nextForget } from './reconcile.ts';

/** Says how many pods of each budget may be evicted now. */
export function startDisruptionController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const budgets = informers.for(POD_DISRUPTION_BUDGETS);
  const pods = informers.for(PODS);
  const events = context.eventsOf('controllermanager');
  const expected = createExpectedPods(context);
  const queue = new WorkQueue(sync, { name: 'disruption', logger: context.logger, workers: 2, clock });
  const touch = (pod: Pod): void => {
    for (const budget of budgets.list(pod.metadata?.namespace)) if (matchesLabelSelector(budget.spec?.selector, pod.metadata?.labels)) queue.add(keyOf(budget));
  };
  const add = (budget: PodDisruptionBudget): void => queue.add(keyOf(budget));
  const stops = [budgets.onEvent({ add, update: add }), pods.onEvent({ add: touch, update: (pod, old) => { touch(pod); touch(old); }, delete: touch })];

  async function sync(key: string): Promise<void> {
    await Promise.all([budgets.synced(), pods.synced()]);
    const [namespace, name] = splitKey(key);
    const found = budgets.get(namespace, name);
    if (!found) return;
    const budget = { ...found, apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' };
    const members = [...pods.list(namespace)].filter((pod) => matchesLabelSelector(budget.spec?.selector, pod.metadata?.labels));
    if (members.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const status = budgetStatus({ budget, pods: members, expected: await expectedPods(budget, members), now: clock.now() });
    await writeStatus(client, POD_DISRUPTION_BUDGETS, budget, status);
    const wait = nextForget(status, clock.now());
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  async function expectedPods(budget: PodDisruptionBudget, members: Pod[]): Promise<number | Error> {
    if (!countsReplicas(budget)) return members.length;
    const unmanaged = members.filter((pod) => !controllerOf(pod)).map((pod) => pod.metadata?.name);
    if (unmanaged.length > 0) {
      events.event({ ...budget }, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget were found to be unmanaged: ${unmanaged.sort().join(', ')}. Without a controller it is not known how many pods are meant to be, so its status may be wrong; use minAvailable with a number.`);
    }
    try {
      return await expected.count(members);
    } catch (error) {
      events.event({ ...budget }, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${(error as Error).message}`);
      return error as Error;
    }
  }

  return { stop() { for (const stop of stops) stop(); expected.stop(); queue.stop(); } };
}
