// Made by schema/generate/types.ts; do not edit.
import type { Condition, ListMeta, ObjectMeta } from './meta-v1.ts';

export type AllCompositeDisruptionMode = Record<string, unknown>;

export type AllDisruptionMode = Record<string, unknown>;

export type BasicSchedulingPolicy = Record<string, unknown>;

export type CompositeBasicSchedulingPolicy = Record<string, unknown>;

export type CompositeDisruptionMode = {
  all?: AllCompositeDisruptionMode;
  single?: SingleCompositeDisruptionMode;
};

export type CompositeGangSchedulingPolicy = {
  minGroupCount: number;
};

export type CompositePodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type CompositePodGroupSchedulingPolicy = {
  basic?: CompositeBasicSchedulingPolicy;
  gang?: CompositeGangSchedulingPolicy;
};

export type CompositePodGroupTemplate = {
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
  disruptionMode?: CompositeDisruptionMode;
  name: string;
  podGroupTemplates?: PodGroupTemplate[];
  preemptionPolicy?: string;
  priority?: number;
  priorityClassName?: string;
  schedulingConstraints?: CompositePodGroupSchedulingConstraints;
  schedulingPolicy: CompositePodGroupSchedulingPolicy;
};

export type DisruptionMode = {
  all?: AllDisruptionMode;
  single?: SingleDisruptionMode;
};

export type GangSchedulingPolicy = {
  minCount: number;
};

export type PodGroup = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: PodGroupSpec;
  status?: PodGroupStatus;
};

export type PodGroupList = {
  apiVersion?: string;
  items: PodGroup[];
  kind?: string;
  metadata?: ListMeta;
};

export type PodGroupResourceClaim = {
  name: string;
  resourceClaimName?: string;
  resourceClaimTemplateName?: string;
};

export type PodGroupResourceClaimStatus = {
  name: string;
  resourceClaimName?: string;
};

export type PodGroupSchedulingConstraints = {
  topology?: TopologyConstraint[];
};

export type PodGroupSchedulingPolicy = {
  basic?: BasicSchedulingPolicy;
  gang?: GangSchedulingPolicy;
};

export type PodGroupSpec = {
  disruptionMode?: DisruptionMode;
  parentCompositePodGroupName?: string;
  preemptionPolicy?: string;
  priority?: number;
  priorityClassName?: string;
  resourceClaims?: PodGroupResourceClaim[];
  schedulingConstraints?: PodGroupSchedulingConstraints;
  schedulingPolicy: PodGroupSchedulingPolicy;
  workloadRef?: WorkloadReference;
};

export type PodGroupStatus = {
  conditions?: Condition[];
  resourceClaimStatuses?: PodGroupResourceClaimStatus[];
};

export type PodGroupTemplate = {
  disruptionMode?: DisruptionMode;
  name: string;
  preemptionPolicy?: string;
  priority?: number;
  priorityClassName?: string;
  resourceClaims?: PodGroupResourceClaim[];
  schedulingConstraints?: PodGroupSchedulingConstraints;
  schedulingPolicy: PodGroupSchedulingPolicy;
};

export type SingleCompositeDisruptionMode = Record<string, unknown>;

export type SingleDisruptionMode = Record<string, unknown>;

export type TopologyConstraint = {
  key: string;
};

export type TypedLocalObjectReference = {
  apiGroup?: string;
  kind: string;
  name: string;
};

export type Workload = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: WorkloadSpec;
};

export type WorkloadList = {
  apiVersion?: string;
  items: Workload[];
  kind?: string;
  metadata?: ListMeta;
};

export type WorkloadReference = {
  templateName: string;
  workloadName: string;
};

export type WorkloadSpec = {
  compositePodGroupTemplates?: CompositePodGroupTemplate[];
  controllerRef?: TypedLocalObjectReference;
  podGroupTemplates?: PodGroupTemplate[];
};
