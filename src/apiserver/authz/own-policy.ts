import type { RoleEntry, BindingEntry } from './bootstrap-policy.ts';

/**
 * Roles that naru's own parts need beside upstream's. The network part of a node follows all Services, endpoints and nodes as
 * kube-proxy does, and pods, namespaces and NetworkPolicies to enforce the latter: one identity for both.
 */
export const OWN_ROLES: RoleEntry[] = [
  { name: 'naru:node-network', rules: [['list,watch', '', 'pods,namespaces'], ['list,watch', 'networking.k8s.io', 'networkpolicies']] },
];
export const OWN_BINDINGS: BindingEntry[] = [
  { name: 'naru:node-network', role: 'ClusterRole/naru:node-network', subjects: ['User/system:kube-proxy'] },
];
