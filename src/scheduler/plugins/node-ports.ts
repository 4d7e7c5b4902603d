import type { FilterPlugin } from '../framework/plugin.ts';

export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  prepare({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return {
      filter: (node) => hostPorts.some((port) => node.portInUse(port))
        ? { plugin: 'NodePorts', reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true } : undefined,
    };
  },
};
