import type { Reinvocation } from './admission/reinvocation.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { ResourceInfo } from '../api/schema.ts';

/** What passes between the stations of a request: authn -> authz -> admission -> verb. */
export interface UserInfo { name: string; uid?: string; groups: string[]; extra?: Record<string, string[]> }

export interface RequestInfo {
  method: string;
  /** Path without query. */
  path: string;
  query: URLSearchParams;
  isResourceRequest: boolean;
  /** get list watch create update patch delete deletecollection; for other paths the method in lower case. */
  verb: string;
  apiPrefix: string; group: string; version: string; resource: string; subresource: string; namespace: string; name: string;
  /** What follows the subresource: the path behind `proxy/`. */
  subpath: string;
}

export interface Credentials {
  headers: Record<string, string | string[] | undefined>;
  /** Subject of a verified client certificate. */
  clientCertificate?: { commonName: string; organizations: string[]; uid?: string; der: Uint8Array; notAfter: number; issuerIsClientCa: boolean; issuerIsFrontProxyCa: boolean };
  remoteAddress: string;
  /** Of the request. */
  path?: string;
  /** Told what the answer should warn of. */
  warn?(text: string): void;
}

export interface Authenticator {
  /** undefined: no credentials this one knows. Throws StatusError 401 for bad ones. */
  authenticate(credentials: Credentials, audiences?: string[]): Promise<UserInfo | undefined>;
}

export interface AuthorizationAttributes {
  user: UserInfo; verb: string; isResourceRequest: boolean; path: string;
  group: string; version: string; resource: string; subresource: string; namespace: string; name: string;
  fieldSelector?: string; labelSelector?: string;
}
/** `error`: an authorizer could not be asked. Unless another one allowed, the request fails. */
export interface AuthorizationDecision { decision: 'allow' | 'deny' | 'none'; reason: string; error?: string }
export interface Authorizer { authorize(attributes: AuthorizationAttributes): AuthorizationDecision | Promise<AuthorizationDecision> }

export interface AdmissionAttributes {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  info: ResourceInfo;
  subresource: string; namespace: string; name: string;
  /** Mutating plugins change it in place or set another. Absent for DELETE. */
  object: KubernetesObject | undefined;
  oldObject: KubernetesObject | undefined;
  /** The CreateOptions, DeleteOptions, ... of the request. */
  options: KubernetesObject;
  user: UserInfo;
  dryRun: boolean;
  /** Texts for the Warning header; plugins push. */
  warnings: string[];
  /** For the audit log. */
  annotations: Record<string, string>;
  /** The audit log keeps what came with this request; so it may know what was made of it. */
  keepsPatches?: boolean;
  /** Of the mutating pass. */
  reinvocation: Reinvocation;
}
export interface AdmissionPlugin {
  name: string;
  /** Cheap test; the plugin is skipped when false. */
  handles(attributes: AdmissionAttributes): boolean;
  /** Mutating pass. Throws StatusError to refuse. */
  admit?(attributes: AdmissionAttributes): void | Promise<void>;
  /** Validating pass, after the kind's own validation. Throws StatusError to refuse. */
  validate?(attributes: AdmissionAttributes): void | Promise<void>;
}

/** Read access of server-side parts (authorizers, admission) to stored objects, from memory. Never changes them. */
export interface ObjectReader {
  get(group: string, resource: string, namespace: string, name: string): KubernetesObject | undefined;
  list(group: string, resource: string, namespace?: string): Iterable<KubernetesObject>;
  /** Grows whenever an object of the resource changes: lets a reader cache what it derived. */
  revision(group: string, resource: string): number;
}
