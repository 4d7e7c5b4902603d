// Made by schema/generate/types.ts; do not edit.
import type { Condition, ListMeta, ObjectMeta } from './meta-v1.ts';
import type { NodeSelector } from './core-v1.ts';

export type AllocatedDeviceStatus = {
  conditions?: Condition[];
  data?: Record<string, unknown>;
  device: string;
  driver: string;
  networkData?: NetworkDeviceData;
  pool: string;
  shareID?: string;
};

export type AllocationResult = {
  allocationTimestamp?: string;
  devices?: DeviceAllocationResult;
  nodeSelector?: NodeSelector;
};

export type BasicDevice = {
  allNodes?: boolean;
  allowMultipleAllocations?: boolean;
  attributes?: Record<string, DeviceAttribute>;
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  bindsToNode?: boolean;
  capacity?: Record<string, DeviceCapacity>;
  consumesCounters?: DeviceCounterConsumption[];
  nodeAllocatableResources?: Record<string, NodeAllocatableResource>;
  nodeName?: string;
  nodeSelector?: NodeSelector;
  taints?: DeviceTaint[];
};

export type CELDeviceSelector = {
  expression: string;
};

export type CapacityRequestPolicy = {
  default?: string | number;
  validRange?: CapacityRequestPolicyRange;
  validValues?: (string | number)[];
};

export type CapacityRequestPolicyRange = {
  max?: string | number;
  min: string | number;
  step?: string | number;
};

export type CapacityRequirements = {
  requests?: Record<string, string | number>;
};

export type Counter = {
  value: string | number;
};

export type CounterSet = {
  counters: Record<string, Counter>;
  name: string;
};

export type Device = {
  basic?: BasicDevice;
  name: string;
};

export type DeviceAllocationConfiguration = {
  opaque?: OpaqueDeviceConfiguration;
  requests?: string[];
  source: string;
};

export type DeviceAllocationResult = {
  config?: DeviceAllocationConfiguration[];
  results?: DeviceRequestAllocationResult[];
};

export type DeviceAttribute = {
  bool?: boolean;
  bools?: boolean[];
  int?: number;
  ints?: number[];
  string?: string;
  strings?: string[];
  version?: string;
  versions?: string[];
};

export type DeviceCapacity = {
  requestPolicy?: CapacityRequestPolicy;
  value: string | number;
};

export type DeviceClaim = {
  config?: DeviceClaimConfiguration[];
  constraints?: DeviceConstraint[];
  requests?: DeviceRequest[];
};

export type DeviceClaimConfiguration = {
  opaque?: OpaqueDeviceConfiguration;
  requests?: string[];
};

export type DeviceClass = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: DeviceClassSpec;
};

export type DeviceClassConfiguration = {
  opaque?: OpaqueDeviceConfiguration;
};

export type DeviceClassList = {
  apiVersion?: string;
  items: DeviceClass[];
  kind?: string;
  metadata?: ListMeta;
};

export type DeviceClassSpec = {
  config?: DeviceClassConfiguration[];
  extendedResourceName?: string;
  selectors?: DeviceSelector[];
};

export type DeviceConstraint = {
  distinctAttribute?: string;
  matchAttribute?: string;
  requests?: string[];
};

export type DeviceCounterConsumption = {
  compatibilityGroups?: string[];
  counterSet: string;
  counters: Record<string, Counter>;
};

export type DeviceDerivedAttribute = {
  expression: string;
  name: string;
};

export type DeviceRequest = {
  adminAccess?: boolean;
  allocationMode?: string;
  capacity?: CapacityRequirements;
  count?: number;
  derivedAttributes?: DeviceDerivedAttribute[];
  deviceClassName?: string;
  firstAvailable?: DeviceSubRequest[];
  name: string;
  selectors?: DeviceSelector[];
  tolerations?: DeviceToleration[];
};

export type DeviceRequestAllocationResult = {
  adminAccess?: boolean;
  bindingConditions?: string[];
  bindingFailureConditions?: string[];
  consumedCapacity?: Record<string, string | number>;
  device: string;
  driver: string;
  pool: string;
  request: string;
  shareID?: string;
  skipNodeOperations?: string[];
  tolerations?: DeviceToleration[];
};

export type DeviceSelector = {
  cel?: CELDeviceSelector;
};

export type DeviceSubRequest = {
  allocationMode?: string;
  capacity?: CapacityRequirements;
  count?: number;
  derivedAttributes?: DeviceDerivedAttribute[];
  deviceClassName: string;
  name: string;
  selectors?: DeviceSelector[];
  tolerations?: DeviceToleration[];
};

export type DeviceTaint = {
  effect: string;
  key: string;
  timeAdded?: string;
  value?: string;
};

export type DeviceToleration = {
  effect?: string;
  key?: string;
  operator?: string;
  tolerationSeconds?: number;
  value?: string;
};

export type NetworkDeviceData = {
  hardwareAddress?: string;
  interfaceName?: string;
  ips?: string[];
};

export type NodeAllocatableMapping = {
  capacityKey?: string;
  capacityMultiplier?: string | number;
  deviceMultiplier?: string | number;
};

export type NodeAllocatableOverhead = {
  perContainer?: string | number;
  perPod?: string | number;
};

export type NodeAllocatableResource = {
  mapping?: NodeAllocatableMapping;
  overhead?: NodeAllocatableOverhead;
};

export type OpaqueDeviceConfiguration = {
  driver: string;
  parameters: Record<string, unknown>;
};

export type ResourceClaim = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: ResourceClaimSpec;
  status?: ResourceClaimStatus;
};

export type ResourceClaimConsumerReference = {
  apiGroup?: string;
  name: string;
  resource: string;
  uid: string;
};

export type ResourceClaimList = {
  apiVersion?: string;
  items: ResourceClaim[];
  kind?: string;
  metadata?: ListMeta;
};

export type ResourceClaimSpec = {
  devices?: DeviceClaim;
};

export type ResourceClaimStatus = {
  allocation?: AllocationResult;
  devices?: AllocatedDeviceStatus[];
  reservedFor?: ResourceClaimConsumerReference[];
};

export type ResourceClaimTemplate = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: ResourceClaimTemplateSpec;
};

export type ResourceClaimTemplateList = {
  apiVersion?: string;
  items: ResourceClaimTemplate[];
  kind?: string;
  metadata?: ListMeta;
};

export type ResourceClaimTemplateSpec = {
  metadata?: ObjectMeta;
  spec?: ResourceClaimSpec;
};

export type ResourcePool = {
  generation: number;
  name: string;
  resourceSliceCount: number;
};

export type ResourceSlice = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: ResourceSliceSpec;
};

export type ResourceSliceList = {
  apiVersion?: string;
  items: ResourceSlice[];
  kind?: string;
  metadata?: ListMeta;
};

export type ResourceSliceSpec = {
  allNodes?: boolean;
  devices?: Device[];
  driver: string;
  nodeName?: string;
  nodeSelector?: NodeSelector;
  partitionTypeAttribute?: string;
  perDeviceNodeSelection?: boolean;
  pool: ResourcePool;
  sharedCounters?: CounterSet[];
  skipNodeOperations?: string[];
};
