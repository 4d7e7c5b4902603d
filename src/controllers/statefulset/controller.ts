import type { ControllerRevision, StatefulSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod, PodTemplateSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { CONTROLLER_REVISIONS, PERSISTENT_VOLUME_CLAIMS, PODS, STATEFUL_SETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { claim, decideClaim } from '../shared/claim.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { Expectations } from '../shared/expectations.ts';
import { currentRevision, HASH_LABEL, ownRevisions, REVISION_LABEL, trimHistory } from '../shared/history.ts';
import { controllerOf, keyOf, splitKey } from '../shared/owners.ts';
import { isNamespaceTerminating } from '../shared/pod-control.ts';
import { indexByController, ownedOrOrphaned } from '../shared/pods.ts';
import { nextAvailability } from '../replicaset/reconcile.ts';
import { writeStatus } from '../shared/status-write.ts';
import { applyRetention, belongsToEarlierPod } from './claims.ts';
import { memberClaims, memberPod, ordinalOf, relabelled } from './identity.ts';
import { planSet, setStatus, type SetAction, type SetState } from './reconcile.ts';

const CLAIM_LOOK_MILLISECONDS = 1000;

export function startStatefulSetController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const sets = informers.for(STATEFUL_SETS);
  const pods = informers.for(PODS);
  indexByController(pods);
  const claims = informers.for(PERSISTENT_VOLUME_CLAIMS);
  const revisions = informers.for(CONTROLLER_REVISIONS);
  indexByController(revisions);
  const events = context.eventsOf('statefulset-controller');
  const expectations = new Expectations(clock);
  const queue = new WorkQueue(sync, { name: 'statefulset', logger: context.logger, workers: 5, clock });

  const ownerKey = (pod: Pod): string | undefined => {
    const reference = controllerOf(pod);
    return reference?.kind === 'StatefulSet' ? `${pod.metadata?.namespace}/${reference.name}` : undefined;
  };
  const touch = (pod: Pod): void => {
    const key = ownerKey(pod);
    if (key) queue.add(key);
    else if (!controllerOf(pod)) for (const set of sets.list(pod.metadata?.namespace)) if (matchesLabelSelector(set.spec?.selector, pod.metadata?.labels)) queue.add(keyOf(set));
  };
  const stops = [
    sets.onEvent({ add: (set) => queue.add(keyOf(set)), update: (set) => queue.add(keyOf(set)), delete: (set) => expectations.forget(keyOf(set)) }),
    pods.onEvent({
      add(pod) { const key = ownerKey(pod); if (key) expectations.created(key); touch(pod); },
      update(pod) { const key = ownerKey(pod); if (key && pod.metadata?.deletionTimestamp) expectations.deleted(key, pod.metadata.uid ?? ''); touch(pod); },
      delete(pod) { const key = ownerKey(pod); if (key) expectations.deleted(key, pod.metadata?.uid ?? ''); touch(pod); },
    }),
  ];

  async function sync(key: string): Promise<void> {
    await Promise.all([sets.synced(), pods.synced(), claims.synced(), revisions.synced()]);
    const [namespace, name] = splitKey(key);
    const found = sets.get(namespace, name);
    if (!found) return;
    const set = { ...found, apiVersion: 'apps/v1', kind: 'StatefulSet' };
    const decision = decideClaim(set, set.spec?.selector, ownedOrOrphaned(pods, set), (pod) => ordinalOf(set, pod) >= 0);
    const owned = await claim(client, PODS, STATEFUL_SETS as ResourceType<KubernetesObject>, set, decision);
    const history = await ownRevisions(client, STATEFUL_SETS as ResourceType<KubernetesObject>, set, ownedOrOrphaned(revisions, set));
    const update = set.metadata?.deletionTimestamp ? history.at(-1) : await currentRevision(client, set, history, HASH_LABEL);
    if (!update) return;
    const current = history.find((revision) => revision.metadata?.name === set.status?.currentRevision) ?? update;
    const state: SetState = { set, pods: owned, currentRevision: current.metadata?.name ?? '', updateRevision: update.metadata?.name ?? '', now: clock.now() };
    let failure: Error | undefined;
    if (expectations.satisfied(key)) failure = await act(key, state, planSet(state), [current, update]);
    await applyRetention(client, set, owned, claims);
    await writeStatus(client, STATEFUL_SETS, set, setStatus(state, set.status?.collisionCount));
    const used = new Set([current.metadata?.name ?? '', update.metadata?.name ?? '', ...owned.map((pod) => pod.metadata?.labels?.[REVISION_LABEL] ?? '')]);
    await trimHistory(client, set, history, used);
    const wait = nextAvailability({ spec: { minReadySeconds: set.spec?.minReadySeconds } }, owned, clock.now());
    if (wait !== undefined) queue.addAfter(key, wait);
    if (failure) throw failure;
  }

  async function act(key: string, state: SetState, actions: SetAction[], known: ControllerRevision[]): Promise<Error | undefined> {
    const results = await Promise.allSettled(actions.map((action) => perform(key, state.set, action, known)));
    return results.find((result) => result.status === 'rejected')?.reason as Error | undefined;
  }

  function perform(key: string, set: StatefulSet, action: SetAction, known: ControllerRevision[]): Promise<void> {
    switch (action.type) {
      case 'create': return create(key, set, action, known);
      case 'delete': return remove(key, set, action.pod);
      case 'claims': return ensureClaims(set, ordinalOf(set, action.pod));
      case 'relabel': return relabel(set, action.pod);
    }
  }

  async function relabel(set: StatefulSet, pod: Pod): Promise<void> {
    await client.update(PODS, relabelled(set, pod) ?? pod);
    events.event(set, 'Normal', 'SuccessfulUpdate', `update Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} successful`);
  }

  async function ensureClaims(set: StatefulSet, ordinal: number): Promise<void> {
    for (const wanted of memberClaims(set, ordinal)) {
      const found = claims.get(set.metadata?.namespace, wanted.metadata?.name ?? '');
      if (found?.metadata?.deletionTimestamp) throw new Error(`pvc ${found.metadata.name} is being deleted`);
      if (found) continue;
      await client.create(PERSISTENT_VOLUME_CLAIMS, wanted).catch((error: { code?: number }) => { if (error.code !== 409) throw error; });
      events.event(set, 'Normal', 'SuccessfulCreate', `create Claim ${wanted.metadata?.name} Pod ${set.metadata?.name}-${ordinal} in StatefulSet ${set.metadata?.name} success`);
    }
  }

  /** A claim that goes with an earlier pod of this name is waited for. */
  const waitsForClaim = (set: StatefulSet, ordinal: number): boolean => memberClaims(set, ordinal).some(({ metadata }) => {
    const found = claims.get(set.metadata?.namespace, metadata?.name ?? '');
    return found !== undefined && belongsToEarlierPod(set, `${set.metadata?.name}-${ordinal}`, found);
  });

  async function create(key: string, set: StatefulSet, action: { ordinal: number; revision: string }, known: ControllerRevision[]): Promise<void> {
    const revision = known.find((one) => one.metadata?.name === action.revision);
    const template = (revision?.data as { spec?: { template?: PodTemplateSpec } } | undefined)?.spec?.template ?? (set.spec?.template as PodTemplateSpec);
    const { $patch: _, ...clean } = template as PodTemplateSpec & { $patch?: string };
    if (waitsForClaim(set, action.ordinal)) return queue.addAfter(key, CLAIM_LOOK_MILLISECONDS);
    const pod = memberPod(set, clean, action.ordinal, action.revision);
    expectations.expect(key, 1);
    try {
      await ensureClaims(set, action.ordinal);
      await client.create(PODS, pod);
      events.event(set, 'Normal', 'SuccessfulCreate', `create Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} successful`);
    } catch (error) {
      expectations.created(key);
      if (isNamespaceTerminating(error)) return;
      if ((error as { code?: number }).code === 409) return queue.addAfter(key, 100);
      events.event(set, 'Warning', 'FailedCreate', `create Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} failed error: ${(error as Error).message}`);
      throw error;
    }
  }

  async function remove(key: string, set: StatefulSet, pod: Pod): Promise<void> {
    expectations.expect(key, 0, [pod.metadata?.uid ?? '']);
    try {
      await client.delete(PODS, pod.metadata?.namespace, pod.metadata?.name ?? '', { preconditions: { uid: pod.metadata?.uid } });
      events.event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name} successful`);
    } catch (error) {
      expectations.deleted(key, pod.metadata?.uid ?? '');
      if ((error as { code?: number }).code !== 404) throw error;
    }
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}
