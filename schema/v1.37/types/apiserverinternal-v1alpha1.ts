// Made by schema/generate/types.ts; do not edit.
import type { ListMeta, ObjectMeta } from './meta-v1.ts';

export type ServerStorageVersion = {
  apiServerID: string;
  decodableVersions: string[];
  encodingVersion: string;
  servedVersions?: string[];
};

export type StorageVersion = {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec?: StorageVersionSpec;
  status?: StorageVersionStatus;
};

export type StorageVersionCondition = {
  lastTransitionTime?: string;
  message: string;
  observedGeneration?: number;
  reason: string;
  status: string;
  type: string;
};

export type StorageVersionList = {
  apiVersion?: string;
  items: StorageVersion[];
  kind?: string;
  metadata?: ListMeta;
};

export type StorageVersionSpec = Record<string, unknown>;

export type StorageVersionStatus = {
  commonEncodingVersion?: string;
  conditions?: StorageVersionCondition[];
  storageVersions?: ServerStorageVersion[];
};
