import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { ScorePlugin } from './plugin.ts';

export interface NodeScore {
  node: NodeInfo;
  total: number;
  /** Weighted points by the plugins that had a say. */
  parts: { label: string; points: number }[];
}

/** Scores of nodes that fit, in the order of `nodes`. */
export function scoreNodes(plugins: ScorePlugin[], pod: PodInfo, cluster: Cluster, nodes: NodeInfo[]): NodeScore[] {
  const results: NodeScore[] = nodes.map((node) => ({ node, total: 0, parts: [] }));
  for (const plugin of plugins) {
    const scorer = plugin.prepare(pod, cluster, nodes);
    if (!scorer) continue;
    const scores = nodes.map((node) => scorer.score(node));
    scorer.normalize?.(scores, nodes);
    for (let index = 0; index < results.length; index++) {
      const result = results[index] as NodeScore;
      const points = (scores[index] as number) * plugin.weight;
      result.total += points;
      result.parts.push({ label: plugin.label, points });
    }
  }
  return results;
}

/** The best; by `fraction` (0..1) one of them when several are. */
export function pickBest(scores: NodeScore[], fraction: number): NodeScore {
  const most = Math.max(...scores.map((score) => score.total));
  const best = scores.filter((score) => score.total === most);
  return best[Math.floor(fraction * best.length)] as NodeScore;
}
