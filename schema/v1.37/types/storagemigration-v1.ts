// Made by schema/generate/types.ts; do not edit.
import type { Condition, GroupResource, ListMeta, ObjectMeta } from './meta-v1.ts';

export type StorageVersionMigration = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec?: StorageVersionMigrationSpec;
  status?: StorageVersionMigrationStatus;
};

export type StorageVersionMigrationList = {
  apiVersion?: string;
  items: StorageVersionMigration[];
  kind?: string;
  metadata?: ListMeta;
};

export type StorageVersionMigrationSpec = {
  resource: GroupResource;
};

export type StorageVersionMigrationStatus = {
  conditions?: Condition[];
  resourceVersion?: string;
};
