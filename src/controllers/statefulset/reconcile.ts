import type { StatefulSet, StatefulSetStatus } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { intOrPercent } from '../deployment/rolling.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { isPodAvailable, isPodReady } from '../shared/pods.ts';
import { ordinalOf, startOrdinal } from './identity.ts';

export interface SetState {
  set: StatefulSet;
  pods: Pod[];
  /** Label values of the revision that runs and of the one that should. */
  currentHash: string;
  updateHash: string;
  now: number;
}

export type SetAction =
  | { type: 'create'; ordinal: number; hash: string }
  | { type: 'delete'; pod: Pod };

const isTerminating = (pod: Pod): boolean => Boolean(pod.metadata?.deletionTimestamp);
const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded';
const hashOf = (pod: Pod): string => pod.metadata?.labels?.[REVISION_LABEL] ?? '';

function isHealthy(state: SetState, pod: Pod): boolean {
  return !isTerminating(pod) && isPodReady(pod) && isPodAvailable(pod, state.set.spec?.minReadySeconds ?? 0, state.now);
}

function ordinals(set: StatefulSet): { first: number; end: number } {
  const first = startOrdinal(set);
  return { first, end: first + (set.spec?.replicas ?? 1) };
}

/** The revision a member that is made now gets: below the partition the running one, else the new one. */
function hashFor(state: SetState, ordinal: number): string {
  const strategy = state.set.spec?.updateStrategy;
  if (state.currentHash === state.updateHash) return state.updateHash;
  if (strategy?.type === 'OnDelete') return state.updateHash;
  const partition = strategy?.rollingUpdate?.partition ?? 0;
  const current = state.set.status?.currentReplicas ?? 0;
  const first = startOrdinal(state.set);
  if (strategy?.rollingUpdate === undefined || strategy.rollingUpdate.partition === undefined || partition === 0) return ordinal < first + current ? state.currentHash : state.updateHash;
  return ordinal < first + partition ? state.currentHash : state.updateHash;
}

/**
 * The next steps of a set. `OrderedReady` takes one at a time and waits for each member to be healthy; `Parallel` takes all that
 * are due at once. Removal goes from the highest number down; a roll-out replaces from the highest down as well.
 */
export function planSet(state: SetState): SetAction[] {
  if (state.set.metadata?.deletionTimestamp) return [];
  const ordered = state.set.spec?.podManagementPolicy !== 'Parallel';
  const { first, end } = ordinals(state.set);
  const members = new Map<number, Pod>();
  const condemned: Pod[] = [];
  for (const pod of state.pods) {
    const ordinal = ordinalOf(state.set, pod);
    if (ordinal >= first && ordinal < end) members.set(ordinal, pod);
    else if (ordinal >= 0) condemned.push(pod);
  }
  const actions: SetAction[] = [];
  for (let ordinal = first; ordinal < end; ordinal++) {
    const pod = members.get(ordinal);
    if (!pod) actions.push({ type: 'create', ordinal, hash: hashFor(state, ordinal) });
    else if (isFinished(pod) && !isTerminating(pod)) actions.push({ type: 'delete', pod });
    else if (ordered && !isHealthy(state, pod)) return actions;
    if (ordered && actions.length > 0) return actions;
  }
  if (condemned.length > 0) {
    actions.push(...planRemoval(state, condemned, [...members.values()], ordered));
    if (ordered) return actions;
  }
  actions.push(...planUpdate(state, members, first, end));
  return actions;
}

function planRemoval(state: SetState, condemned: Pod[], members: Pod[], ordered: boolean): SetAction[] {
  const highestFirst = condemned.sort((left, right) => ordinalOf(state.set, right) - ordinalOf(state.set, left));
  if (!ordered) return highestFirst.filter((pod) => !isTerminating(pod)).map((pod) => ({ type: 'delete', pod }));
  if (highestFirst.some(isTerminating)) return [];
  const next = highestFirst[0] as Pod;
  // Never two away at once: an unhealthy member stops the removal, unless it is the very one to go.
  const unhealthy = [...members, ...condemned].find((pod) => !isHealthy(state, pod));
  return unhealthy === undefined || unhealthy === next ? [{ type: 'delete', pod: next }] : [];
}

function planUpdate(state: SetState, members: Map<number, Pod>, first: number, end: number): SetAction[] {
  const strategy = state.set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return [];
  const partition = strategy?.rollingUpdate?.partition ?? 0;
  const replicas = state.set.spec?.replicas ?? 1;
  const maxUnavailable = Math.max(1, intOrPercent(strategy?.rollingUpdate?.maxUnavailable ?? 1, replicas, true));
  const actions: SetAction[] = [];
  let unavailable = [...members.values()].filter((pod) => !isHealthy(state, pod)).length;
  for (let ordinal = end - 1; ordinal >= first + partition; ordinal--) {
    const pod = members.get(ordinal);
    if (!pod) continue;
    if (hashOf(pod) !== state.updateHash && !isTerminating(pod)) {
      const already = !isHealthy(state, pod);
      if (!already && unavailable >= maxUnavailable) return actions;
      actions.push({ type: 'delete', pod });
      if (!already) unavailable++;
      if (actions.length >= maxUnavailable) return actions;
    } else if (!isHealthy(state, pod) && maxUnavailable === 1) {
      return actions;
    }
  }
  return actions;
}

export function setStatus(state: SetState, currentName: string, updateName: string, collisionCount: number | undefined): StatefulSetStatus {
  const { set, pods, now } = state;
  const members = pods.filter((pod) => ordinalOf(set, pod) >= 0 && !isFinished(pod));
  const living = members.filter((pod) => !isTerminating(pod));
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata?.generation, replicas: members.length,
    readyReplicas: living.filter(isPodReady).length || undefined,
    availableReplicas: living.filter((pod) => isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, now)).length,
    currentReplicas: living.filter((pod) => hashOf(pod) === state.currentHash).length || undefined,
    updatedReplicas: living.filter((pod) => hashOf(pod) === state.updateHash).length || undefined,
    currentRevision: currentName, updateRevision: updateName, collisionCount: collisionCount ?? 0, conditions: set.status?.conditions,
  };
  const replicas = set.spec?.replicas ?? 1;
  const complete = (status.updatedReplicas ?? 0) === replicas && (status.replicas ?? 0) === replicas && (status.readyReplicas ?? 0) === replicas;
  if (set.spec?.updateStrategy?.type !== 'OnDelete' && complete) {
    status.currentRevision = updateName;
    status.currentReplicas = status.updatedReplicas;
  }
  return status;
}
