import { MAX_SCORE, type FilterPlugin, type ScorePlugin } from '../framework/plugin.ts';
import type { NodeInfo } from '../state/node-info.ts';
import type { Resources } from '../state/pod-resources.ts';

const SCORED = ['cpu', 'memory'];

export const nodeResourcesFit: FilterPlugin = {
  name: 'NodeResourcesFit',
  prepare({ requests }) {
    const wanted = [...requests].filter(([, value]) => value > 0);
    return {
      filter(node) {
        const reasons: string[] = [];
        let resolvable = true;
        if (node.pods.size + 1 > (node.allocatable.get('pods') ?? 0)) reasons.push('Too many pods');
        for (const [name, value] of wanted) {
          const allocatable = node.allocatable.get(name) ?? 0;
          if (value <= allocatable - (node.requested.get(name) ?? 0)) continue;
          reasons.push(`Insufficient ${name}`);
          if (value > allocatable) resolvable = false;
        }
        return reasons.length > 0 ? { plugin: 'NodeResourcesFit', reasons, resolvable } : undefined;
      },
    };
  },
};

/** The share that is left free with the pod there, over cpu and memory: 100 for an empty node. */
export function leastAllocated(allocatable: Resources, requested: Resources, pod: Resources): number {
  let sum = 0;
  let count = 0;
  for (const name of SCORED) {
    const capacity = allocatable.get(name) ?? 0;
    if (capacity === 0) continue;
    count++;
    const used = (requested.get(name) ?? 0) + (pod.get(name) ?? 0);
    if (used <= capacity) sum += Math.trunc(((capacity - used) * MAX_SCORE) / capacity);
  }
  return count === 0 ? 0 : Math.trunc(sum / count);
}

export const leastAllocatedScore: ScorePlugin = {
  name: 'NodeResourcesFit',
  label: 'least allocated',
  weight: 1,
  prepare({ scoredRequests }) {
    return { score: (node) => leastAllocated(node.allocatable, node.scoredRequested, scoredRequests) };
  },
};

/** 100 when cpu and memory are used to the same share, 50 when one is full and the other empty. */
function balance(allocatable: Resources, used: (name: string) => number): number {
  const shares: number[] = [];
  for (const name of SCORED) {
    const capacity = allocatable.get(name) ?? 0;
    if (capacity > 0) shares.push(Math.min(used(name) / capacity, 1));
  }
  const deviation = shares.length === 2 ? Math.abs(((shares[0] as number) - (shares[1] as number)) / 2) : 0;
  return Math.trunc((1 - deviation) * MAX_SCORE);
}

/** Whether the pod makes the node's balance better (towards 100) or worse (towards 50); 75 when it stays as it is. */
export function balancedAllocation(node: Pick<NodeInfo, 'allocatable' | 'requested'>, pod: Resources): number {
  const without = balance(node.allocatable, (name) => node.requested.get(name) ?? 0);
  const withPod = balance(node.allocatable, (name) => (node.requested.get(name) ?? 0) + (pod.get(name) ?? 0));
  return MAX_SCORE / 2 + Math.trunc((MAX_SCORE / 2 + withPod - without) / 2);
}

export const balancedAllocationScore: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  label: 'balance',
  weight: 1,
  prepare({ requests }) {
    if (SCORED.every((name) => !requests.get(name))) return undefined;
    return { score: (node) => balancedAllocation(node, requests) };
  },
};
