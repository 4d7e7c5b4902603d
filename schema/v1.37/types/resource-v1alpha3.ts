// Made by schema/generate/types.ts; do not edit.
import type { Condition, ListMeta, ObjectMeta } from './meta-v1.ts';

export type DeviceTaint = {
  effect: string;
  key: string;
  timeAdded?: string;
  value?: string;
};

export type DeviceTaintRule = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: DeviceTaintRuleSpec;
  status?: DeviceTaintRuleStatus;
};

export type DeviceTaintRuleList = {
  apiVersion?: string;
  items: DeviceTaintRule[];
  kind?: string;
  metadata?: ListMeta;
};

export type DeviceTaintRuleSpec = {
  deviceSelector?: DeviceTaintSelector;
  taint: DeviceTaint;
};

export type DeviceTaintRuleStatus = {
  conditions?: Condition[];
};

export type DeviceTaintSelector = {
  device?: string;
  driver?: string;
  pool?: string;
};

export type PartitionTypeStatus = {
  allocatable: number;
  attribute: string;
  total: number;
  type: string;
};

export type PoolStatus = {
  allocatedDevices?: number;
  availableDevices?: number;
  driver: string;
  generation: number;
  nodeName?: string;
  partitionSummary?: PartitionTypeStatus[];
  poolName: string;
  resourceSliceCount?: number;
  shareableSummary?: ShareableSummaryStatus;
  totalDevices?: number;
  unavailableDevices?: number;
  validationError?: string;
};

export type ResourcePoolStatusRequest = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ResourcePoolStatusRequestSpec;
  status?: ResourcePoolStatusRequestStatus;
};

export type ResourcePoolStatusRequestList = {
  apiVersion?: string;
  items: ResourcePoolStatusRequest[];
  kind?: string;
  metadata?: ListMeta;
};

export type ResourcePoolStatusRequestSpec = {
  defaultPartitionTypeAttribute?: string;
  driver: string;
  limit?: number;
  poolName?: string;
};

export type ResourcePoolStatusRequestStatus = {
  conditions?: Condition[];
  poolCount: number;
  pools?: PoolStatus[];
};

export type ShareableCapacityStatus = {
  available: string | number;
  consumed: string | number;
  name: string;
  total: string | number;
};

export type ShareableSummaryStatus = {
  capacity?: ShareableCapacityStatus[];
  fullyAvailableDevices: number;
  partiallyAvailableDevices: number;
};
