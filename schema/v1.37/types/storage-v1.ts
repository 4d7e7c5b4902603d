// Made by schema/generate/types.ts; do not edit.
import type { LabelSelector, ListMeta, ObjectMeta } from './meta-v1.ts';
import type { PersistentVolumeSpec, TopologySelectorTerm } from './core-v1.ts';

export type CSIDriver = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: CSIDriverSpec;
};

export type CSIDriverList = {
  apiVersion?: string;
  items: CSIDriver[];
  kind?: string;
  metadata?: ListMeta;
};

export type CSIDriverSpec = {
  attachRequired?: boolean;
  fsGroupPolicy?: string;
  nodeAllocatableUpdatePeriodSeconds?: number;
  podInfoOnMount?: boolean;
  preventPodSchedulingIfMissing?: boolean;
  requiresRepublish?: boolean;
  seLinuxMount?: boolean;
  serviceAccountTokenInSecrets?: boolean;
  storageCapacity?: boolean;
  tokenRequests?: TokenRequest[];
  volumeLifecycleModes?: string[];
};

export type CSINode = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: CSINodeSpec;
  status?: CSINodeStatus;
};

export type CSINodeDriver = {
  allocatable?: VolumeNodeResources;
  name: string;
  nodeID: string;
  topologyKeys?: string[];
};

export type CSINodeList = {
  apiVersion?: string;
  items: CSINode[];
  kind?: string;
  metadata?: ListMeta;
};

export type CSINodeSpec = {
  drivers: CSINodeDriver[];
};

export type CSINodeStatus = {
  storageHealth?: StorageHealth[];
};

export type CSIStorageCapacity = {
  apiVersion?: string;
  capacity?: string | number;
  kind?: string;
  maximumVolumeSize?: string | number;
  metadata?: ObjectMeta;
  nodeTopology?: LabelSelector;
  storageClassName: string;
};

export type CSIStorageCapacityList = {
  apiVersion?: string;
  items: CSIStorageCapacity[];
  kind?: string;
  metadata?: ListMeta;
};

export type StorageClass = {
  allowVolumeExpansion?: boolean;
  allowedTopologies?: TopologySelectorTerm[];
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  mountOptions?: string[];
  parameters?: Record<string, string>;
  provisioner: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
};

export type StorageClassList = {
  apiVersion?: string;
  items: StorageClass[];
  kind?: string;
  metadata?: ListMeta;
};

export type StorageHealth = {
  healthConditions?: StorageHealthCondition[];
  name: string;
};

export type StorageHealthCondition = {
  accessMode?: string;
  lastTransitionTime?: string;
  message?: string;
  reason: string;
  status: string;
  volumeMode?: string;
};

export type TokenRequest = {
  audience: string;
  expirationSeconds?: number;
};

export type VolumeAttachment = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: VolumeAttachmentSpec;
  status?: VolumeAttachmentStatus;
};

export type VolumeAttachmentList = {
  apiVersion?: string;
  items: VolumeAttachment[];
  kind?: string;
  metadata?: ListMeta;
};

export type VolumeAttachmentSource = {
  inlineVolumeSpec?: PersistentVolumeSpec;
  persistentVolumeName?: string;
};

export type VolumeAttachmentSpec = {
  attacher: string;
  nodeName: string;
  source: VolumeAttachmentSource;
};

export type VolumeAttachmentStatus = {
  attachError?: VolumeError;
  attached: boolean;
  attachmentMetadata?: Record<string, string>;
  detachError?: VolumeError;
};

export type VolumeAttributesClass = {
  apiVersion?: string;
  driverName: string;
  kind?: string;
  metadata?: ObjectMeta;
  parameters?: Record<string, string>;
};

export type VolumeAttributesClassList = {
  apiVersion?: string;
  items: VolumeAttributesClass[];
  kind?: string;
  metadata?: ListMeta;
};

export type VolumeError = {
  errorCode?: number;
  message?: string;
  time?: string;
};

export type VolumeNodeResources = {
  count?: number;
};
