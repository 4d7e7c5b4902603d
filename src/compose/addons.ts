/** Parts that can be switched on and off while a cluster runs. The cluster's own ConfigMap says which are on. */
export const ADDONS_CONFIG_MAP = { namespace: 'kube-system', name: 'naru-addons' };

export const KNOWN_ADDONS = {
  'load-balancer': 'gives Services of type LoadBalancer an address that answers from this machine',
} as const;

export type AddonName = keyof typeof KNOWN_ADDONS;
