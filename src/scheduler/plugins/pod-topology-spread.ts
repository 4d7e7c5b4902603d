import type { Pod, TopologySpreadConstraint } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesLabels, matchesLabelSelector } from '../../api/label-selector.ts';
import { MAX_SCORE, type FilterPlugin, type NodeScorer, type ScorePlugin } from '../framework/plugin.ts';
import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { matchesRequiredNodeAffinity, untoleratedTaint } from '../../api/placement.ts';

const NAME = 'PodTopologySpread';
const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const REASON = "node(s) didn't match pod topology spread constraints";

interface Constraint {
  topologyKey: string;
  maxSkew: number;
  minDomains: number;
  selects(labels: Record<string, string>): boolean;
  /** Whether the node's pods count at all. */
  counts(node: NodeInfo): boolean;
}

function toConstraint(constraint: TopologySpreadConstraint, { pod, labels: ownLabels }: PodInfo): Constraint {
  const { topologyKey, maxSkew, minDomains = 1, labelSelector, matchLabelKeys = [], nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  const same: Record<string, string> = {};
  for (const key of matchLabelKeys) if (ownLabels[key] !== undefined) same[key] = ownLabels[key] as string;
  return {
    topologyKey, maxSkew, minDomains,
    selects: (labels) => matchesLabelSelector(labelSelector, labels) && matchesLabels(same, labels),
    counts: (node) => (nodeAffinityPolicy === 'Ignore' || matchesRequiredNodeAffinity(pod, node))
      && (nodeTaintsPolicy !== 'Honor' || !untoleratedTaint(node.node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute'])),
  };
}

function constraintsOf(pod: PodInfo, action: string): Constraint[] {
  return (pod.pod.spec?.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === action).map((constraint) => toConstraint(constraint, pod));
}

/** Whether the node's labels name a domain for each constraint. */
function hasDomains(node: NodeInfo, constraints: Constraint[]): boolean {
  return constraints.every((constraint) => constraint.topologyKey in node.labels);
}

function countSelected(node: NodeInfo, namespace: string, constraint: Constraint): number {
  let count = 0;
  for (const other of node.podsByNamespace.get(namespace) ?? []) if (!other.terminating && constraint.selects(other.labels)) count++;
  return count;
}

/** Pods by domain of one constraint, over the nodes that count. */
function domainsOf(pod: PodInfo, cluster: Cluster, constraint: Constraint, all: Constraint[]): Map<string, number> {
  const domains = new Map<string, number>();
  for (const node of cluster.nodes) {
    if (!hasDomains(node, all) || !constraint.counts(node)) continue;
    const domain = node.labels[constraint.topologyKey] as string;
    domains.set(domain, (domains.get(domain) ?? 0) + countSelected(node, pod.namespace, constraint));
  }
  return domains;
}

export const podTopologySpreadFilter: FilterPlugin = {
  name: NAME,
  readsAllPods: true,
  prepare(pod, cluster) {
    const constraints = constraintsOf(pod, 'DoNotSchedule');
    if (constraints.length === 0) return undefined;
    const limits = constraints.map((constraint) => {
      const domains = domainsOf(pod, cluster, constraint, constraints);
      const fewest = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values(), Infinity);
      return { constraint, domains, fewest, self: constraint.selects(pod.labels) ? 1 : 0 };
    });
    return {
      filter(node) {
        for (const { constraint, domains, fewest, self } of limits) {
          const domain = node.labels[constraint.topologyKey];
          if (domain === undefined) return { plugin: NAME, reasons: [`${REASON} (missing required label)`], resolvable: false };
          if ((domains.get(domain) ?? 0) + self - fewest > constraint.maxSkew) return { plugin: NAME, reasons: [REASON], resolvable: true };
        }
        return undefined;
      },
    };
  },
};

/** Without constraints of its own a pod is spread with those that its Services and its owner select, over nodes and zones. */
function defaultConstraints(pod: PodInfo, cluster: Cluster): Constraint[] {
  const services: Record<string, string> = {};
  for (const service of cluster.objects.services(pod.namespace)) {
    const selector = service.spec?.selector;
    if (selector && Object.keys(selector).length > 0 && matchesLabels(selector, pod.labels)) Object.assign(services, selector);
  }
  const owner = (pod.pod as Pod).metadata?.ownerReferences?.find((reference) => reference.controller);
  const ownerSelector = owner && cluster.objects.ownerSelector(pod.namespace, owner.kind, owner.name);
  if (Object.keys(services).length === 0 && !ownerSelector) return [];
  const selects = (labels: Record<string, string>): boolean =>
    matchesLabels(services, labels) && (!ownerSelector || matchesLabelSelector(ownerSelector, labels));
  const counts = (node: NodeInfo): boolean => matchesRequiredNodeAffinity(pod.pod, node);
  return [
    { topologyKey: HOSTNAME, maxSkew: 3, minDomains: 1, selects, counts },
    { topologyKey: ZONE, maxSkew: 5, minDomains: 1, selects, counts },
  ];
}

function scorer(pod: PodInfo, cluster: Cluster, nodes: NodeInfo[], constraints: Constraint[], requireAll: boolean): NodeScorer {
  const ignored = new Set(requireAll ? nodes.filter((node) => !hasDomains(node, constraints)) : []);
  const parts = constraints.map((constraint) => {
    const perNode = constraint.topologyKey === HOSTNAME;
    const candidates = new Set<string>();
    if (!perNode) {
      for (const node of nodes) {
        const domain = node.labels[constraint.topologyKey];
        if (domain !== undefined && !ignored.has(node)) candidates.add(domain);
      }
    }
    const domains = candidates.size > 0 ? domainsOf(pod, cluster, constraint, requireAll ? constraints : [constraint]) : new Map<string, number>();
    const size = perNode ? nodes.length - ignored.size : candidates.size;
    return { constraint, perNode, domains, weight: Math.log(size + 2) };
  });
  return {
    score(node) {
      if (ignored.has(node)) return 0;
      let score = 0;
      for (const { constraint, perNode, domains, weight } of parts) {
        const domain = node.labels[constraint.topologyKey];
        if (domain === undefined) continue;
        const count = perNode ? countSelected(node, pod.namespace, constraint) : (domains.get(domain) ?? 0);
        score += count * weight + constraint.maxSkew - 1;
      }
      return Math.round(score);
    },
    normalize(scores, order) {
      const kept = scores.filter((_, index) => !ignored.has(order[index] as NodeInfo));
      const smallest = Math.min(...kept);
      const largest = Math.max(0, ...kept);
      for (let index = 0; index < scores.length; index++) {
        if (ignored.has(order[index] as NodeInfo)) scores[index] = 0;
        else scores[index] = largest === 0 ? MAX_SCORE : Math.trunc((MAX_SCORE * (largest + smallest - (scores[index] as number))) / largest);
      }
    },
  };
}

export const podTopologySpreadScore: ScorePlugin = {
  name: NAME,
  label: 'spread',
  weight: 2,
  prepare(pod, cluster, nodes) {
    const own = (pod.pod.spec?.topologySpreadConstraints ?? []).length > 0;
    const constraints = own ? constraintsOf(pod, 'ScheduleAnyway') : defaultConstraints(pod, cluster);
    return constraints.length === 0 ? undefined : scorer(pod, cluster, nodes, constraints, own);
  },
};
