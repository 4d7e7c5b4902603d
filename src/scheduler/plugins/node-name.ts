import type { FilterPlugin } from '../framework/plugin.ts';

/** A pod that names its node may only run there. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  prepare({ pod }) {
    const wanted = pod.spec?.nodeName;
    if (!wanted) return undefined;
    return {
      filter: (node) => node.name === wanted ? undefined
        : { plugin: 'NodeName', reasons: ["node(s) didn't match the requested node name"], resolvable: false },
    };
  },
};
