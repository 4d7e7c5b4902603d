import { featuresToRun } from '../../api/kinds/pod/required-features.ts';
import type { FilterPlugin } from '../framework/plugin.ts';

const NAME = 'NodeDeclaredFeatures';

/** Pods that need something of their node's agent go where the agent says it has it. */
export const nodeDeclaredFeatures: FilterPlugin = {
  name: NAME,
  prepare({ pod }) {
    const wanted = featuresToRun(pod);
    if (wanted.length === 0) return undefined;
    return {
      filter: ({ node }) => wanted.every((feature) => node.status?.declaredFeatures?.includes(feature)) ? undefined
        : { plugin: NAME, reasons: ["node(s) didn't match Pod's required features"], resolvable: false },
    };
  },
};
