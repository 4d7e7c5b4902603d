import type { NodeSelectorTerm } from '../../../schema/v1.37/types/core-v1.ts';
import { matchesRequiredNodeAffinity, matchesTerm, type SelectableNode } from '../../api/placement.ts';
import { normalizeByLargest, type FilterPlugin, type ScorePlugin } from '../framework/plugin.ts';

/** Names that a term's `metadata.name In` leaves; undefined when it speaks of no names. */
function namesOf(term: NodeSelectorTerm): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (const { key, operator, values = [] } of term.matchFields ?? []) {
    if (key !== 'metadata.name' || operator !== 'In') continue;
    const these = new Set(values);
    names = names ? names.intersection(these) : these;
  }
  return names;
}

export const nodeAffinityFilter: FilterPlugin = {
  name: 'NodeAffinity',
  prepare({ pod }) {
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (!required && !pod.spec?.nodeSelector) return undefined;
    const filter = (node: SelectableNode) => matchesRequiredNodeAffinity(pod, node) ? undefined
      : { plugin: 'NodeAffinity', reasons: ["node(s) didn't match Pod's node affinity/selector"], resolvable: false };
    // Pods of DaemonSets name their node this way: no need to ask all the others.
    let only: Set<string> | undefined = new Set();
    for (const term of required?.nodeSelectorTerms ?? []) {
      const names = namesOf(term);
      if (!names) return { filter };
      only = only.union(names);
    }
    if (!required?.nodeSelectorTerms.length) return { filter };
    if (only.size === 0) return { rejection: { plugin: 'NodeAffinity', reasons: ['pod affinity terms conflict'], resolvable: false } };
    return { filter, only };
  },
};

export const nodeAffinityScore: ScorePlugin = {
  name: 'NodeAffinity',
  label: 'node affinity',
  weight: 2,
  prepare({ pod }) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!preferred?.length) return undefined;
    return {
      score: (node) => preferred.reduce((sum, { weight, preference }) => {
        const empty = !preference.matchExpressions?.length && !preference.matchFields?.length;
        return empty || matchesTerm(preference, node) ? sum + weight : sum;
      }, 0),
      normalize: (scores) => normalizeByLargest(scores, false),
    };
  },
};
