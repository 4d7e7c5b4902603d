import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';

/** Why a node does not take a pod. */
export interface Rejection {
  plugin: string;
  reasons: string[];
  /** False: removing lower pods from the node would not help. */
  resolvable: boolean;
}

/** Undefined: the node will do. */
export type NodeFilter = (node: NodeInfo) => Rejection | undefined;

export type FilterPreparation =
  /** The plugin has no say about this pod. */
  | undefined
  | { filter: NodeFilter; /** Only these nodes can be right, by name. */ only?: Set<string> }
  /** No node at all will do. */
  | { rejection: Rejection };

/** Pure: decides from the pod and the cluster as they are, and changes neither. */
export interface FilterPlugin {
  readonly name: string;
  /** What it decides depends on pods of any node, not only on those of the node in question. */
  readonly readsAllPods?: boolean;
  /** Works out once what is the same for all nodes. */
  prepare(pod: PodInfo, cluster: Cluster): FilterPreparation;
}

export interface NodeScorer {
  /** Any number; brought to 0..100 by `normalize`, or 0..100 already. */
  score(node: NodeInfo): number;
  /** In place; the scores of all nodes together, in the order of `nodes`. */
  normalize?(scores: number[], nodes: NodeInfo[]): void;
}

export interface ScorePlugin {
  readonly name: string;
  /** In words, for the user who reads how the nodes scored. */
  readonly label: string;
  readonly weight: number;
  /** Undefined: all nodes are equal to it. */
  prepare(pod: PodInfo, cluster: Cluster, nodes: NodeInfo[]): NodeScorer | undefined;
}

export const MAX_SCORE = 100;

/** Brings scores to 0..100 by the largest; reversed, the largest becomes 0. */
export function normalizeByLargest(scores: number[], reverse: boolean): void {
  const largest = Math.max(0, ...scores);
  for (let index = 0; index < scores.length; index++) {
    const share = largest === 0 ? 0 : Math.trunc((MAX_SCORE * (scores[index] as number)) / largest);
    scores[index] = reverse ? MAX_SCORE - share : share;
  }
}
