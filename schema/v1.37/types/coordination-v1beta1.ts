// Made by schema/generate/types.ts; do not edit.
import type { ListMeta, ObjectMeta } from './meta-v1.ts';

export type LeaseCandidate = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: LeaseCandidateSpec;
};

export type LeaseCandidateList = {
  apiVersion?: string;
  items: LeaseCandidate[];
  kind?: string;
  metadata?: ListMeta;
};

export type LeaseCandidateSpec = {
  binaryVersion: string;
  emulationVersion?: string;
  leaseName: string;
  pingTime?: string;
  renewTime?: string;
  strategy: string;
};
