import { normalizeByLargest, type FilterPlugin, type ScorePlugin } from '../framework/plugin.ts';
import { tolerates, untoleratedTaint } from '../../api/placement.ts';

export const taintFilter: FilterPlugin = {
  name: 'TaintToleration',
  prepare({ pod }) {
    return {
      filter: ({ node }) => untoleratedTaint(node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute'])
        ? { plugin: 'TaintToleration', reasons: ['node(s) had untolerated taint(s)'], resolvable: false } : undefined,
    };
  },
};

/** Prefers nodes with fewer PreferNoSchedule taints that the pod does not tolerate. */
export const taintScore: ScorePlugin = {
  name: 'TaintToleration',
  label: 'taints',
  weight: 3,
  prepare({ pod }) {
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => !toleration.effect || toleration.effect === 'PreferNoSchedule');
    return {
      score({ node }) {
        let count = 0;
        for (const taint of node.spec?.taints ?? []) {
          if (taint.effect === 'PreferNoSchedule' && !tolerations.some((toleration) => tolerates(toleration, taint))) count++;
        }
        return count;
      },
      normalize: (scores) => normalizeByLargest(scores, true),
    };
  },
};
