// Made by schema/generate/types.ts; do not edit.
import type { Condition, ListMeta, ObjectMeta } from './meta-v1.ts';

export type Eviction = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: EvictionSpec;
  status?: EvictionStatus;
};

export type EvictionList = {
  apiVersion?: string;
  items: Eviction[];
  kind?: string;
  metadata?: ListMeta;
};

export type EvictionPodReference = {
  name: string;
  uid: string;
};

export type EvictionRequest = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: EvictionRequestSpec;
  status?: EvictionRequestStatus;
};

export type EvictionRequestList = {
  apiVersion?: string;
  items: EvictionRequest[];
  kind?: string;
  metadata?: ListMeta;
};

export type EvictionRequestPodReference = {
  name: string;
  uid: string;
};

export type EvictionRequestSpec = {
  intent: string;
  requester: string;
  target: EvictionRequestTarget;
};

export type EvictionRequestStatus = {
  conditions?: Condition[];
  observedGeneration?: number;
};

export type EvictionRequestTarget = {
  pod?: EvictionRequestPodReference;
};

export type EvictionSpec = {
  target: EvictionTarget;
};

export type EvictionStatus = {
  conditions?: Condition[];
  observedGeneration?: number;
  requesters?: Requester[];
  responders?: ResponderStatus[];
  targetResponders?: TargetResponder[];
};

export type EvictionTarget = {
  pod?: EvictionPodReference;
};

export type Requester = {
  intent: string;
  name: string;
};

export type ResponderStatus = {
  completionTime?: string;
  expectedCompletionTime?: string;
  heartbeatTime?: string;
  message?: string;
  name: string;
  startTime?: string;
};

export type TargetResponder = {
  name: string;
  priority: number;
  state: string;
};
