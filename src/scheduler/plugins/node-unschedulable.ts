import type { FilterPlugin } from '../framework/plugin.ts';
import { tolerates } from '../../api/placement.ts';

const CORDON = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Keeps pods off cordoned nodes, but for those that tolerate it. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  prepare({ pod }) {
    if (pod.spec?.tolerations?.some((toleration) => tolerates(toleration, CORDON))) return undefined;
    return {
      filter: ({ node }) => node.spec?.unschedulable
        ? { plugin: 'NodeUnschedulable', reasons: ['node(s) were unschedulable'], resolvable: false } : undefined,
    };
  },
};
