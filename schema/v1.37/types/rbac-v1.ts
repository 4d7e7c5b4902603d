// Made by schema/generate/types.ts; do not edit.
import type { LabelSelector, ListMeta, ObjectMeta } from './meta-v1.ts';

export type AggregationRule = {
  clusterRoleSelectors?: LabelSelector[];
};

export type ClusterRole = {
  aggregationRule?: AggregationRule;
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  rules?: PolicyRule[];
};

export type ClusterRoleBinding = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  roleRef: RoleRef;
  subjects?: Subject[];
};

export type ClusterRoleBindingList = {
  apiVersion?: string;
  items: ClusterRoleBinding[];
  kind?: string;
  metadata?: ListMeta;
};

export type ClusterRoleList = {
  apiVersion?: string;
  items: ClusterRole[];
  kind?: string;
  metadata?: ListMeta;
};

export type PolicyRule = {
  apiGroups?: string[];
  nonResourceURLs?: string[];
  resourceNames?: string[];
  resources?: string[];
  verbs: string[];
};

export type Role = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  rules?: PolicyRule[];
};

export type RoleBinding = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  roleRef: RoleRef;
  subjects?: Subject[];
};

export type RoleBindingList = {
  apiVersion?: string;
  items: RoleBinding[];
  kind?: string;
  metadata?: ListMeta;
};

export type RoleList = {
  apiVersion?: string;
  items: Role[];
  kind?: string;
  metadata?: ListMeta;
};

export type RoleRef = {
  apiGroup?: string;
  kind: string;
  name: string;
};

export type Subject = {
  apiGroup?: string;
  kind: string;
  name: string;
  namespace?: string;
};
