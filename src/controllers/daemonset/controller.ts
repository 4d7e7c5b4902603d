import type { DaemonSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { claim, decideClaim } from '../shared/claim.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { Expectations } from '../shared/expectations.ts';
import { currentRevision, ownRevisions, REVISION_LABEL, revisionHash, trimHistory } from '../shared/history.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { createPodControl, slowStart } from '../shared/pod-control.ts';
import { indexByController, ownedOrOrphaned } from '../shared/pods.ts';
import { nextAvailability } from '../replicaset/reconcile.ts';
import { writeStatus } from '../shared/status-write.ts';
import { canonicalJson } from '../shared/template-hash.ts';
import { daemonPod, daemonStatus, planPlacement, planUpdate, targetNode, type DaemonState } from './reconcile.ts';

/** Failures of pods that are longer ago do not count, and are not kept. */
const FORGET_MILLISECONDS = 30 * 60 * 1000;

export function startDaemonSetController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const daemonSets = informers.for(DAEMON_SETS);
  const pods = informers.for(PODS);
  indexByController(pods);
  const nodes = informers.for(NODES);
  const revisions = informers.for(CONTROLLER_REVISIONS);
  indexByController(revisions);
  const events = context.eventsOf('daemonset-controller');
  const control = createPodControl(client, events);
  const expectations = new Expectations(clock);
  const failures = new Map<string, { count: number; at: number }>();
  const queue = new WorkQueue(sync, { name: 'daemonset', logger: context.logger, workers: 2, clock });

  const touchAll = (): void => { for (const daemonSet of daemonSets.list()) queue.add(keyOf(daemonSet)); };
  const ownerKey = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod);
    return reference?.kind === 'DaemonSet' ? `${pod.metadata?.namespace}/${reference.name}` : undefined;
  };
  const touch = (pod: Pod): void => {
    const key = ownerKey(pod);
    if (key) queue.add(key);
    else if (!controllerOf(pod)) for (const daemonSet of daemonSets.list(pod.metadata?.namespace)) if (matchesLabelSelector(daemonSet.spec?.selector, pod.metadata?.labels)) queue.add(keyOf(daemonSet));
  };
  /** A daemon set cares for a node's labels, taints and existence, not for its heartbeat. */
  const placement = (node: Node): string => canonicalJson([node.metadata?.labels, node.spec?.taints, node.spec?.unschedulable]);
  const stops = [
    daemonSets.onEvent({ add: (object) => queue.add(keyOf(object)), update: (object) => queue.add(keyOf(object)), delete: (object) => expectations.forget(keyOf(object)) }),
    nodes.onEvent({ add: touchAll, delete: touchAll, update: (node, old) => { if (placement(node) !== placement(old)) touchAll(); } }),
    pods.onEvent({
      add(pod) { const key = ownerKey(pod); if (key) expectations.created(key); touch(pod); },
      update(pod) { const key = ownerKey(pod); if (key && pod.metadata?.deletionTimestamp) expectations.deleted(key, pod.metadata.uid ?? ''); touch(pod); },
      delete(pod) { const key = ownerKey(pod); if (key) expectations.deleted(key, pod.metadata?.uid ?? ''); touch(pod); },
    }),
  ];

  async function sync(key: string): Promise<void> {
    await Promise.all([daemonSets.synced(), pods.synced(), nodes.synced(), revisions.synced()]);
    const [namespace, name] = splitKey(key);
    const found = daemonSets.get(namespace, name);
    if (!found) return;
    const daemonSet = { ...found, apiVersion: 'apps/v1', kind: 'DaemonSet' };
    const decision = decideClaim(daemonSet, daemonSet.spec?.selector, ownedOrOrphaned(pods, daemonSet), () => true);
    const owned = await claim(client, PODS, DAEMON_SETS as ResourceType<KubernetesObject>, daemonSet, decision);
    if (daemonSet.metadata?.deletionTimestamp) return;
    const history = await ownRevisions(client, DAEMON_SETS as ResourceType<KubernetesObject>, daemonSet, ownedOrOrphaned(revisions, daemonSet));
    const current = await currentRevision(client, daemonSet, history);
    const state: DaemonState = {
      daemonSet, nodes: [...nodes.list()], pods: owned, hash: revisionHash(current), now: clock.now(), failures: (node) => failures.get(`${key} ${node}`),
    };
    if (expectations.satisfied(key)) await act(key, state);
    await writeStatus(client, DAEMON_SETS, daemonSet, daemonStatus(state));
    await trimHistory(client, daemonSet, history, new Set([current.metadata?.name ?? '', ...owned.map((pod) => pod.metadata?.labels?.[REVISION_LABEL] ?? '')]));
    const wait = nextAvailability({ spec: { minReadySeconds: daemonSet.spec?.minReadySeconds } }, owned, clock.now());
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  async function act(key: string, state: DaemonState): Promise<void> {
    const plan = planPlacement(state);
    for (const pod of plan.failed) noteFailure(key, state.daemonSet, pod);
    for (const pod of plan.succeeded) events.event({ ...state.daemonSet }, 'Normal', 'SucceededDaemonPod', `Found succeeded daemon pod ${keyOf(pod)} on node ${targetNode(pod)}, will try to delete it`);
    if (plan.wait !== undefined) queue.addAfter(key, plan.wait);
    const update = plan.create.length + plan.remove.length === 0 ? planUpdate(state) : { create: [], remove: [] };
    const remove = [...plan.remove, ...update.remove];
    const create = [...plan.create, ...update.create];
    expectations.expect(key, create.length, remove.map((pod) => pod.metadata?.uid ?? ''));
    // Settled, not awaited in turn: a refusal while pods are still being made would be nobody's.
    const deleting = Promise.allSettled(remove.map((pod) => control.delete(pod, state.daemonSet).catch((error: Error) => { expectations.deleted(key, pod.metadata?.uid ?? ''); throw error; })));
    const { done, error } = await slowStart(create.length, (index) => control.create(daemonPod(state.daemonSet, create[index] as string, state.hash), state.daemonSet));
    for (let missing = create.length - done; missing > 0; missing--) expectations.created(key);
    const refused = (await deleting).find((result) => result.status === 'rejected')?.reason as Error | undefined;
    if (error ?? refused) throw error ?? refused;
  }

  function noteFailure(key: string, daemonSet: DaemonSet, pod: Pod): void {
    const id = `${key} ${targetNode(pod)}`, now = clock.now();
    for (const [other, { at }] of failures) if (now - at > FORGET_MILLISECONDS) failures.delete(other);
    failures.set(id, { count: (failures.get(id)?.count ?? 0) + 1, at: now });
    events.event({ ...daemonSet, apiVersion: 'apps/v1', kind: 'DaemonSet' }, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${keyOf(pod)} on node ${targetNode(pod)}, will try to kill it`);
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
