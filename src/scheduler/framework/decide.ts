import { FILTER_PLUGINS, SCORE_PLUGINS } from '../plugins/index.ts';
import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { findFeasible, prepareFilters } from './feasible.ts';
import { fitErrorMessage, NO_NODES, rejectedMessage } from './messages.ts';
import type { NominatedPods } from './nominated-pods.ts';
import type { Rejection } from './plugin.ts';
import { preempt, type Candidate } from './preemption.ts';
import { pickBest, scoreNodes, type NodeScore } from './score.ts';

export interface Placement {
  kind: 'placed';
  node: NodeInfo;
  scores: NodeScore[];
  rejections: Map<NodeInfo, Rejection>;
  /** Where the next pod's search starts. */
  nextStart: number;
}

export interface NoPlacement {
  kind: 'unschedulable';
  message: string;
  rejections: Map<NodeInfo, Rejection>;
  /** Names of the plugins that refused: events that concern them are worth another try. */
  plugins: Set<string>;
  /** Who is to give way. */
  preemption?: Candidate;
  clearNomination: boolean;
}

export interface DecideInput {
  pod: PodInfo;
  cluster: Cluster;
  nominated: NominatedPods;
  start: number;
  /** A number in [0, 1) for each choice between equals. */
  fraction(): number;
}

/** Where the pod goes, or why it goes nowhere. Changes nothing. */
export function decide(input: DecideInput): Placement | NoPlacement {
  const { pod, cluster, nominated, start } = input;
  const total = cluster.nodes.length;
  if (total === 0) return { kind: 'unschedulable', message: NO_NODES, rejections: new Map(), plugins: new Set(), clearNomination: false };
  const filters = prepareFilters(FILTER_PLUGINS, pod, cluster);
  if ('rejection' in filters) {
    const plugins = new Set([filters.rejection.plugin]);
    return withPreemption(input, rejectedMessage(total, filters.rejection), new Map(), plugins, undefined);
  }
  const { feasible, rejections, asked } = findFeasible(filters, pod, cluster, nominated, start);
  if (feasible.length > 0) {
    const scores = feasible.length === 1 ? [{ node: feasible[0] as NodeInfo, total: 0, parts: [] }] : scoreNodes(SCORE_PLUGINS, pod, cluster, feasible);
    return { kind: 'placed', node: pickBest(scores, input.fraction()).node, scores, rejections, nextStart: (start + asked) % total };
  }
  const plugins = new Set([...rejections.values()].map((rejection) => rejection.plugin));
  const reasons = [...rejections.values()].map((rejection) => rejection.reasons);
  if (filters.only) {
    for (const name of filters.narrowedBy) plugins.add(name);
    while (reasons.length < total) reasons.push([`node(s) didn't satisfy plugin(s) [${filters.narrowedBy.join(' ')}]`]);
  }
  return withPreemption(input, fitErrorMessage(total, reasons), rejections, plugins, filters);
}

function withPreemption(
  { pod, cluster, nominated, fraction }: DecideInput, message: string, rejections: Map<NodeInfo, Rejection>, plugins: Set<string>,
  filters: Parameters<typeof preempt>[0],
): NoPlacement {
  const result = preempt(filters, pod, cluster, nominated, rejections, fraction());
  if ('candidate' in result) return { kind: 'unschedulable', message, rejections, plugins, preemption: result.candidate, clearNomination: false };
  return { kind: 'unschedulable', message: `${message} preemption: ${result.message}`, rejections, plugins, clearNomination: result.clearNomination };
}
