import type { StatefulSet, StatefulSetStatus } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { intOrPercent } from '../shared/int-or-percent.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { ordinalOf, relabelled, startOrdinal } from './identity.ts';

export interface SetState {
  set: StatefulSet;
  pods: Pod[];
  /** Names of the revision that runs and of the one that should; pods carry them in their revision label. */
  currentRevision: string;
  updateRevision: string;
  now: number;
}

export type SetAction =
  | { type: 'create'; ordinal: number; revision: string }
  | { type: 'delete'; pod: Pod }
  /** The member's labels do not say its number. */
  | { type: 'relabel'; pod: Pod }
  /** Claims of a member that cannot start may be gone. */
  | { type: 'claims'; pod: Pod };

const isTerminating = (pod: Pod): boolean => Boolean(pod.metadata?.deletionTimestamp);
const revisionOf = (pod: Pod): string => pod.metadata?.labels?.[REVISION_LABEL] ?? '';
const isAvailable = (state: SetState, pod: Pod): boolean => isPodAvailable(pod, state.set.spec?.minReadySeconds ?? 0, state.now);

function isHealthy(state: SetState, pod: Pod | undefined): boolean {
  return pod !== undefined && !isTerminating(pod) && isAvailable(state, pod);
}

function ordinals(set: StatefulSet): { first: number; end: number } {
  const first = startOrdinal(set);
  return { first, end: first + (set.spec?.replicas ?? 1) };
}

/** The revision a member that is made now gets: below the partition the running one, else the new one. */
function revisionFor(state: SetState, ordinal: number): string {
  const strategy = state.set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return state.updateRevision;
  const old = strategy?.rollingUpdate ? strategy.rollingUpdate.partition ?? 0 : state.set.status?.currentReplicas ?? 0;
  return ordinal < startOrdinal(state.set) + old ? state.currentRevision : state.updateRevision;
}

/**
 * The next steps of a set. `OrderedReady` takes one at a time and waits for each member to be healthy; `Parallel` takes all that
 * are due at once. Removal goes from the highest number down; a roll-out replaces from the highest down as well.
 */
export function planSet(state: SetState): SetAction[] {
  if (state.set.metadata?.deletionTimestamp) return [];
  const steps = planSteps(state);
  const leaving = new Set(steps.map((action) => action.type === 'delete' && action.pod));
  return [...planRepairs(state).filter(({ pod }) => !leaving.has(pod)), ...steps];
}

/** What members lack that stand already. It holds up nothing else. */
function planRepairs({ set, pods }: SetState): (SetAction & { pod: Pod })[] {
  const { first, end } = ordinals(set);
  return pods.flatMap((pod) => {
    const ordinal = ordinalOf(set, pod);
    if (ordinal < first || ordinal >= end || isTerminating(pod) || isPodTerminal(pod)) return [];
    return [...(pod.status?.phase === 'Pending' ? [{ type: 'claims' as const, pod }] : []), ...(relabelled(set, pod) ? [{ type: 'relabel' as const, pod }] : [])];
  });
}

function planSteps(state: SetState): SetAction[] {
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
  let busy = false;
  for (let ordinal = first; ordinal < end; ordinal++) {
    const pod = members.get(ordinal);
    if (!pod) actions.push({ type: 'create', ordinal, revision: revisionFor(state, ordinal) });
    else if (isPodTerminal(pod)) {
      // The number comes back once this pod is really gone.
      if (!isTerminating(pod)) actions.push({ type: 'delete', pod });
      busy = true;
    } else if (ordered && !isHealthy(state, pod)) return actions;
    if (ordered && (busy || actions.length > 0)) return actions;
  }
  if (condemned.length > 0) {
    actions.push(...planRemoval(state, condemned, [...members.values()], ordered));
    if (ordered) return actions;
  }
  // Upstream stops a round at the first thing it did to the members; the update waits for the next.
  if (busy || actions.length > 0) return actions;
  return planUpdate(state, members, first, end);
}

function planRemoval(state: SetState, condemned: Pod[], members: Pod[], ordered: boolean): SetAction[] {
  const highestFirst = condemned.toSorted((left, right) => ordinalOf(state.set, right) - ordinalOf(state.set, left));
  if (!ordered) return highestFirst.filter((pod) => !isTerminating(pod)).map((pod) => ({ type: 'delete', pod }));
  const next = highestFirst[0] as Pod;
  if (isTerminating(next)) return [];
  // Never two away at once: an unhealthy member stops the removal, unless it is the very one to go.
  const firstUnhealthy = [...members, ...highestFirst.toReversed()].find((pod) => !isHealthy(state, pod));
  return isHealthy(state, next) || firstUnhealthy === next ? [{ type: 'delete', pod: next }] : [];
}

function planUpdate(state: SetState, members: Map<number, Pod>, first: number, end: number): SetAction[] {
  const strategy = state.set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return [];
  const maxUnavailable = Math.max(1, intOrPercent(strategy?.rollingUpdate?.maxUnavailable ?? 1, state.set.spec?.replicas ?? 1, true));
  let unavailable = 0;
  for (let ordinal = first; ordinal < end; ordinal++) if (!isHealthy(state, members.get(ordinal))) unavailable++;
  const outdated: Pod[] = [];
  for (let ordinal = end - 1; ordinal >= first + (strategy?.rollingUpdate?.partition ?? 0); ordinal--) {
    const pod = members.get(ordinal);
    if (pod && revisionOf(pod) !== state.updateRevision && !isTerminating(pod)) outdated.push(pod);
  }
  const room = Math.max(0, maxUnavailable - unavailable);
  if (state.set.spec?.podManagementPolicy !== 'Parallel') return outdated.slice(0, room).map((pod) => ({ type: 'delete', pod }));
  // What is unavailable already costs nothing; of the others as many as may be away.
  const unavailableFirst = outdated.filter((pod) => !isHealthy(state, pod));
  const available = outdated.filter((pod) => isHealthy(state, pod)).slice(0, room);
  return [...unavailableFirst, ...available].map((pod) => ({ type: 'delete', pod }));
}

export function setStatus(state: SetState, collisionCount: number | undefined): StatefulSetStatus {
  const { set, currentRevision, updateRevision } = state;
  const members = state.pods.filter((pod) => ordinalOf(set, pod) >= 0);
  const living = members.filter((pod) => !isTerminating(pod));
  const count = (list: Pod[], test: (pod: Pod) => boolean): number => list.filter(test).length;
  const isReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isPodReady(pod);
  const ready = count(members, isReady);
  const updated = count(living, (pod) => revisionOf(pod) === updateRevision);
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata?.generation, replicas: members.length, readyReplicas: ready || undefined,
    availableReplicas: count(members, (pod) => isReady(pod) && isAvailable(state, pod)),
    currentReplicas: count(living, (pod) => revisionOf(pod) === currentRevision) || undefined, updatedReplicas: updated || undefined,
    currentRevision, updateRevision, collisionCount: collisionCount ?? 0, conditions: set.status?.conditions,
  };
  const replicas = set.spec?.replicas ?? 1;
  if (updated === replicas && ready === replicas && members.length === replicas) {
    status.currentRevision = updateRevision;
    status.currentReplicas = status.updatedReplicas;
  }
  return status;
}
