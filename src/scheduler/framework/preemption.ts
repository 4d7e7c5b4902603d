import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import { matchesLabelSelector } from '../../api/label-selector.ts';
import { parseTime } from '../../base/clock.ts';
import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { recheck, type PodFilters } from './feasible.ts';
import { fitErrorMessage } from './messages.ts';
import type { NominatedPods } from './nominated-pods.ts';
import type { Rejection } from './plugin.ts';

export interface Candidate { node: NodeInfo; victims: PodInfo[]; violations: number }

export type PreemptionResult =
  | { candidate: Candidate }
  /** Why nobody gives way. `clearNomination`: an earlier nomination does not hold any more. */
  | { message: string; clearNomination: boolean };

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';
const MIN_CANDIDATES = 100;

function startTime(pod: PodInfo): number {
  const time = pod.pod.status?.startTime;
  return time ? parseTime(time) : Infinity;
}

/** Higher priority first, then who has run longer. */
function byImportance(left: PodInfo, right: PodInfo): number {
  return right.priority - left.priority || startTime(left) - startTime(right) || 0;
}

/** Which of the pods would be one too many for their disruption budgets if all were removed, in this order. */
export function violatesBudgets(pods: PodInfo[], budgets: Iterable<PodDisruptionBudget>): Set<PodInfo> {
  const left = [...budgets].map((budget) => ({ budget, allowed: budget.status?.disruptionsAllowed ?? 0 }));
  const violating = new Set<PodInfo>();
  for (const pod of pods) {
    for (const entry of left) {
      const { metadata, spec, status } = entry.budget;
      const selector = spec?.selector;
      const empty = !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length);
      if (metadata?.namespace !== pod.namespace || empty || !matchesLabelSelector(selector, pod.labels)) continue;
      if (status?.disruptedPods && pod.name in status.disruptedPods) continue;
      if (--entry.allowed < 0) violating.add(pod);
    }
  }
  return violating;
}

/**
 * The fewest and least important pods whose removal lets the pod in: first all of lower priority go, then they come back one
 * by one as long as the pod still fits, those with a disruption budget at its limit first.
 */
export function selectVictims(filters: PodFilters, pod: PodInfo, cluster: Cluster, nominated: NominatedPods, node: NodeInfo): Candidate | Rejection {
  const lower = [...node.pods.values()].filter((other) => other.priority < pod.priority).sort(byImportance);
  if (lower.length === 0) return { plugin: 'DefaultPreemption', reasons: [NO_VICTIMS], resolvable: false };
  const ahead = nominated.ahead(pod, node.name).filter((other) => !node.pods.has(other.key));
  for (const other of ahead) node.addPod(other);
  for (const other of lower) node.removePod(other.key);
  const victims: PodInfo[] = [];
  let violations = 0;
  const rejection = recheck(filters, pod, cluster, node);
  if (!rejection) {
    const violating = violatesBudgets(lower, cluster.objects.disruptionBudgets());
    for (const other of [...lower.filter((each) => violating.has(each)), ...lower.filter((each) => !violating.has(each))]) {
      node.addPod(other);
      if (!recheck(filters, pod, cluster, node)) continue;
      node.removePod(other.key);
      victims.push(other);
      if (violating.has(other)) violations++;
    }
  }
  for (const other of lower) node.addPod(other);
  for (const other of ahead) node.removePod(other.key);
  return rejection ?? { node, victims: victims.sort(byImportance), violations };
}

/** The node where it hurts least: budgets, then the highest priority that goes, the sum of priorities, how many, how long they have run. */
export function pickCandidate(candidates: Candidate[]): Candidate | undefined {
  const measures: ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? -Infinity,
    ({ victims }) => victims.reduce((sum, victim) => sum + victim.priority + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -Math.min(...victims.filter((victim) => victim.priority === victims[0]?.priority).map(startTime), Infinity),
  ];
  let best = candidates;
  for (const measure of measures) {
    if (best.length <= 1) break;
    const least = Math.min(...best.map(measure));
    best = best.filter((candidate) => measure(candidate) === least);
  }
  return best[0];
}

function ineligible(pod: PodInfo, cluster: Cluster, rejections: Map<NodeInfo, Rejection>): string | undefined {
  if (pod.pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const node = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  if (!node || rejections.get(node)?.resolvable === false) return undefined;
  const makingRoom = [...node.pods.values()].some((other) => other.terminating && other.priority < pod.priority
    && other.pod.status?.conditions?.some((condition) => condition.type === 'DisruptionTarget' && condition.status === 'True' && condition.reason === 'PreemptionByScheduler'));
  return makingRoom ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/** Looks for a node where pods of lower priority can give way. Leaves the cluster as it was. `fraction` (0..1): where to start. */
export function preempt(
  filters: PodFilters | undefined, pod: PodInfo, cluster: Cluster, nominated: NominatedPods, rejections: Map<NodeInfo, Rejection>, fraction: number,
): PreemptionResult {
  const reason = ineligible(pod, cluster, rejections);
  if (reason) return { message: reason, clearNomination: false };
  const nodes = filters ? [...rejections].filter(([, rejection]) => rejection.resolvable).map(([node]) => node) : [];
  const enough = Math.max(MIN_CANDIDATES, Math.trunc(nodes.length / 10));
  const start = Math.floor(fraction * nodes.length);
  const candidates: Candidate[] = [];
  const refused: string[][] = [];
  for (let index = 0; filters && index < nodes.length; index++) {
    const result = selectVictims(filters, pod, cluster, nominated, nodes[(start + index) % nodes.length] as NodeInfo);
    if ('reasons' in result) refused.push(result.reasons);
    else if (result.victims.length > 0) candidates.push(result);
    if (candidates.length >= enough && candidates.some((candidate) => candidate.violations === 0)) break;
  }
  const candidate = pickCandidate(candidates);
  if (candidate) return { candidate };
  while (refused.length < cluster.nodes.length) refused.push([NOT_HELPFUL]);
  return { message: fitErrorMessage(cluster.nodes.length, refused), clearNomination: true };
}

