import type { Cluster } from '../state/cluster.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { NominatedPods } from './nominated-pods.ts';
import type { FilterPlugin, NodeFilter, Rejection } from './plugin.ts';

interface Prepared { plugin: FilterPlugin; filter: NodeFilter }

/** The filters that have a say about one pod. */
export interface PodFilters {
  prepared: Prepared[];
  /** Set: only these nodes can be right. */
  only?: Set<string>;
  /** Plugins that narrowed it down to `only`. */
  narrowedBy: string[];
}

export function prepareFilters(plugins: FilterPlugin[], pod: PodInfo, cluster: Cluster): PodFilters | { rejection: Rejection } {
  const filters: PodFilters = { prepared: [], narrowedBy: [] };
  for (const plugin of plugins) {
    const preparation = plugin.prepare(pod, cluster);
    if (!preparation) continue;
    if ('rejection' in preparation) return preparation;
    filters.prepared.push({ plugin, filter: preparation.filter });
    if (preparation.only) {
      filters.only = filters.only ? filters.only.intersection(preparation.only) : preparation.only;
      filters.narrowedBy.push(plugin.name);
    }
  }
  return filters;
}

function firstRejection(prepared: Prepared[], node: NodeInfo): Rejection | undefined {
  for (const { filter } of prepared) {
    const rejection = filter(node);
    if (rejection) return rejection;
  }
  return undefined;
}

/** Asks again after pods were taken from a node or put on it: what reads all pods is prepared anew. */
export function recheck(filters: PodFilters, pod: PodInfo, cluster: Cluster, node: NodeInfo): Rejection | undefined {
  const prepared: Prepared[] = [];
  for (const each of filters.prepared) {
    if (!each.plugin.readsAllPods) {
      prepared.push(each);
      continue;
    }
    const preparation = each.plugin.prepare(pod, cluster);
    if (!preparation) continue;
    if ('rejection' in preparation) return preparation.rejection;
    prepared.push({ plugin: each.plugin, filter: preparation.filter });
  }
  return firstRejection(prepared, node);
}

/** Whether the node takes the pod: with the pods that are to come ahead of it, and also without them, should they not come. */
export function checkNode(filters: PodFilters, pod: PodInfo, cluster: Cluster, nominated: NominatedPods, node: NodeInfo): Rejection | undefined {
  const ahead = nominated.ahead(pod, node.name).filter((other) => !node.pods.has(other.key));
  if (ahead.length > 0) {
    for (const other of ahead) node.addPod(other);
    const rejection = recheck(filters, pod, cluster, node);
    for (const other of ahead) node.removePod(other.key);
    if (rejection) return rejection;
  }
  return firstRejection(filters.prepared, node);
}

export interface Feasibility {
  feasible: NodeInfo[];
  rejections: Map<NodeInfo, Rejection>;
  /** How many nodes were asked. */
  asked: number;
}

const MIN_NODES = 100;

/** How many nodes that fit are enough: all up to 100, then a share that falls from half to a twentieth. */
export function enoughNodes(nodes: number): number {
  if (nodes < MIN_NODES) return nodes;
  const percentage = Math.max(5, 50 - Math.trunc(nodes / 125));
  return Math.max(MIN_NODES, Math.trunc((nodes * percentage) / 100));
}

/** Asks nodes in turn from `start` on, until there are enough that fit. */
export function findFeasible(filters: PodFilters, pod: PodInfo, cluster: Cluster, nominated: NominatedPods, start: number): Feasibility {
  const result: Feasibility = { feasible: [], rejections: new Map(), asked: 0 };
  const ask = (node: NodeInfo): void => {
    result.asked++;
    const rejection = checkNode(filters, pod, cluster, nominated, node);
    if (rejection) result.rejections.set(node, rejection);
    else result.feasible.push(node);
  };
  if (filters.only) {
    for (const name of filters.only) {
      const node = cluster.node(name);
      if (node) ask(node);
    }
    return result;
  }
  const nominatedNode = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  if (nominatedNode) {
    ask(nominatedNode);
    if (result.feasible.length > 0) return result;
  }
  const enough = enoughNodes(cluster.nodes.length);
  for (let index = 0; index < cluster.nodes.length && result.feasible.length < enough; index++) {
    const node = cluster.nodes[(start + index) % cluster.nodes.length] as NodeInfo;
    if (node !== nominatedNode) ask(node);
  }
  return result;
}
