// Made by schema/generate/types.ts; do not edit.
import type { Condition, ListMeta, ObjectMeta } from './meta-v1.ts';

export type CertificateSigningRequest = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: CertificateSigningRequestSpec;
  status?: CertificateSigningRequestStatus;
};

export type CertificateSigningRequestCondition = {
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  message?: string;
  reason?: string;
  status: string;
  type: string;
};

export type CertificateSigningRequestList = {
  apiVersion?: string;
  items: CertificateSigningRequest[];
  kind?: string;
  metadata?: ListMeta;
};

export type CertificateSigningRequestSpec = {
  expirationSeconds?: number;
  extra?: Record<string, string[]>;
  groups?: string[];
  request: string;
  signerName: string;
  uid?: string;
  usages?: string[];
  username?: string;
};

export type CertificateSigningRequestStatus = {
  certificate?: string;
  conditions?: CertificateSigningRequestCondition[];
};

export type ClusterTrustBundle = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: ClusterTrustBundleSpec;
};

export type ClusterTrustBundleList = {
  apiVersion?: string;
  items: ClusterTrustBundle[];
  kind?: string;
  metadata?: ListMeta;
};

export type ClusterTrustBundleSpec = {
  signerName?: string;
  trustBundle: string;
};

export type PodCertificateRequest = {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
  spec: PodCertificateRequestSpec;
  status?: PodCertificateRequestStatus;
};

export type PodCertificateRequestList = {
  apiVersion?: string;
  items: PodCertificateRequest[];
  kind?: string;
  metadata?: ListMeta;
};

export type PodCertificateRequestSpec = {
  maxExpirationSeconds?: number;
  nodeName: string;
  nodeUID: string;
  podName: string;
  podUID: string;
  serviceAccountName: string;
  serviceAccountUID: string;
  signerName: string;
  stubPKCS10Request: string;
  unverifiedUserAnnotations?: Record<string, string>;
};

export type PodCertificateRequestStatus = {
  beginRefreshAt?: string;
  certificateChain?: string;
  conditions?: Condition[];
  notAfter?: string;
  notBefore?: string;
};
