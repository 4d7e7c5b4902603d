import { MAX_SCORE, type FilterPlugin, type NodeFilter, type ScorePlugin } from '../framework/plugin.ts';
import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { AffinityTerm, PodInfo } from '../state/pod-info.ts';

const NAME = 'InterPodAffinity';
/** What a required affinity of a pod that runs already is worth when the newcomer is one it asks for. */
const REQUIRED_AFFINITY_WEIGHT = 1;

/** Counts by topology key and value. */
class TopologyCounts {
  private readonly counts = new Map<string, Map<string, number>>();

  get empty(): boolean { return this.counts.size === 0; }

  add(node: NodeInfo, key: string, count: number): void {
    const value = node.labels[key];
    if (value === undefined) return;
    const values = this.counts.get(key) ?? new Map<string, number>();
    values.set(value, (values.get(value) ?? 0) + count);
    this.counts.set(key, values);
  }

  at(node: NodeInfo, key: string): number {
    return this.counts.get(key)?.get(node.labels[key] as string) ?? 0;
  }

  sumAt(node: NodeInfo): number {
    let sum = 0;
    for (const key of this.counts.keys()) sum += this.at(node, key);
    return sum;
  }

  /** A key of which the node has a value that was counted. */
  anyAt(node: NodeInfo): boolean {
    for (const key of this.counts.keys()) if (this.at(node, key) > 0) return true;
    return false;
  }
}

function eachPod(nodes: Iterable<NodeInfo>, visit: (pod: PodInfo, node: NodeInfo) => void): void {
  for (const node of nodes) for (const pod of node.pods.values()) visit(pod, node);
}

/** Places that pods there forbid to this pod. */
function forbiddenByOthers(pod: PodInfo, cluster: Cluster): TopologyCounts {
  const counts = new TopologyCounts();
  const labels = cluster.objects.namespaceLabels(pod.namespace);
  for (const node of cluster.nodesWithRequiredAntiAffinity) {
    for (const other of node.podsWithRequiredAntiAffinity) {
      for (const term of other.terms.requiredAntiAffinity) if (term.matches(pod, labels)) counts.add(node, term.topologyKey, 1);
    }
  }
  return counts;
}

function matchesAll(terms: AffinityTerm[], pod: PodInfo, cluster: Cluster): boolean {
  const labels = cluster.objects.namespaceLabels(pod.namespace);
  return terms.length > 0 && terms.every((term) => term.matches(pod, labels));
}

function makeFilter(pod: PodInfo, cluster: Cluster, forbidden: TopologyCounts): NodeFilter {
  const { requiredAffinity, requiredAntiAffinity } = pod.terms;
  const near = new TopologyCounts();
  const apart = new TopologyCounts();
  if (requiredAffinity.length > 0 || requiredAntiAffinity.length > 0) {
    eachPod(cluster.nodes, (other, node) => {
      if (matchesAll(requiredAffinity, other, cluster)) for (const term of requiredAffinity) near.add(node, term.topologyKey, 1);
      const labels = cluster.objects.namespaceLabels(other.namespace);
      for (const term of requiredAntiAffinity) if (term.matches(other, labels)) apart.add(node, term.topologyKey, 1);
    });
  }
  // The first of a group that wants to be together has nobody to join.
  const firstOfGroup = near.empty && matchesAll(requiredAffinity, pod, cluster);
  return (node) => {
    const together = requiredAffinity.every((term) => term.topologyKey in node.labels && (firstOfGroup || near.at(node, term.topologyKey) > 0));
    if (!together) return { plugin: NAME, reasons: ["node(s) didn't match pod affinity rules"], resolvable: false };
    if (apart.anyAt(node)) return { plugin: NAME, reasons: ["node(s) didn't match pod anti-affinity rules"], resolvable: true };
    if (forbidden.anyAt(node)) return { plugin: NAME, reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], resolvable: true };
    return undefined;
  };
}

export const interPodAffinityFilter: FilterPlugin = {
  name: NAME,
  readsAllPods: true,
  prepare(pod, cluster) {
    const forbidden = forbiddenByOthers(pod, cluster);
    const { requiredAffinity, requiredAntiAffinity } = pod.terms;
    if (forbidden.empty && requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return undefined;
    return { filter: makeFilter(pod, cluster, forbidden) };
  },
};

function preferences(pod: PodInfo, cluster: Cluster): TopologyCounts {
  const counts = new TopologyCounts();
  const { preferredAffinity, preferredAntiAffinity } = pod.terms;
  const ownLabels = cluster.objects.namespaceLabels(pod.namespace);
  if (preferredAffinity.length > 0 || preferredAntiAffinity.length > 0) {
    eachPod(cluster.nodes, (other, node) => {
      const labels = cluster.objects.namespaceLabels(other.namespace);
      for (const term of preferredAffinity) if (term.matches(other, labels)) counts.add(node, term.topologyKey, term.weight);
      for (const term of preferredAntiAffinity) if (term.matches(other, labels)) counts.add(node, term.topologyKey, -term.weight);
    });
  }
  for (const node of cluster.nodesWithTerms) {
    for (const other of node.podsWithTerms) {
      for (const term of other.terms.requiredAffinity) if (term.matches(pod, ownLabels)) counts.add(node, term.topologyKey, REQUIRED_AFFINITY_WEIGHT);
      for (const term of other.terms.preferredAffinity) if (term.matches(pod, ownLabels)) counts.add(node, term.topologyKey, term.weight);
      for (const term of other.terms.preferredAntiAffinity) if (term.matches(pod, ownLabels)) counts.add(node, term.topologyKey, -term.weight);
    }
  }
  return counts;
}

/** Likes and dislikes in both directions: the newcomer's towards those who run, and theirs towards it. */
export const interPodAffinityScore: ScorePlugin = {
  name: NAME,
  label: 'pod affinity',
  weight: 2,
  prepare(pod, cluster) {
    const counts = preferences(pod, cluster);
    if (counts.empty) return undefined;
    return {
      score: (node) => counts.sumAt(node),
      normalize(scores) {
        const smallest = Math.min(...scores);
        const range = Math.max(...scores) - smallest;
        for (let index = 0; index < scores.length; index++) {
          scores[index] = range === 0 ? 0 : Math.trunc((MAX_SCORE * ((scores[index] as number) - smallest)) / range);
        }
      },
    };
  },
};
