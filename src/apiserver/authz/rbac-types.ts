/** The shapes of rbac.authorization.k8s.io that evaluation reads; `schema/v1.37/types/rbac-v1.ts` has them whole. */
export const RBAC = 'rbac.authorization.k8s.io';

export interface PolicyRule { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[]; nonResourceURLs?: string[] }
export interface RoleRef { apiGroup?: string; kind: string; name: string }
export interface Subject { kind: string; name: string; namespace?: string; apiGroup?: string }
export interface Role {
  metadata?: { name?: string; namespace?: string }; rules?: PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: unknown[] } | null;
}
export interface RoleBinding { metadata?: { name?: string; namespace?: string }; roleRef: RoleRef; subjects?: Subject[] | null }
