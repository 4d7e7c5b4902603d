import type { FilterPlugin } from '../framework/plugin.ts';

/** Devices through ResourceClaims are outside naru's scope so far; a pod that asks for them is told so instead of starting without. */
export const dynamicResources: FilterPlugin = {
  name: 'DynamicResources',
  prepare({ pod }) {
    if (!pod.spec?.resourceClaims?.length) return undefined;
    return { rejection: { plugin: 'DynamicResources', reasons: ['resource claims are not supported by this scheduler'], resolvable: false } };
  },
};
