import { isIP } from 'node:net';
import type { KubernetesObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import type { Level, Stage } from './policy.ts';

export interface AuditUser { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> }

/** `audit.k8s.io/v1` Event, its fields in upstream's order. */
export interface AuditEvent {
  kind: 'Event'; apiVersion: 'audit.k8s.io/v1'; level: Level; auditID: string; stage: Stage; requestURI: string; verb: string;
  user: AuditUser; impersonatedUser?: AuditUser; authenticationMetadata?: { impersonationConstraint: string };
  sourceIPs: string[]; userAgent: string; objectRef?: ObjectReference; responseStatus?: object; requestObject?: unknown; responseObject?: unknown;
  requestReceivedTimestamp: string; stageTimestamp: string; annotations?: Record<string, string>;
}
export interface ObjectReference { resource?: string; namespace?: string; name?: string; uid?: string; apiGroup?: string; apiVersion?: string; resourceVersion?: string; subresource?: string }

export function auditUser(user: UserInfo | undefined): AuditUser {
  if (!user) return {};
  const { name, uid, groups, extra } = user;
  return { username: name, ...(uid ? { uid } : {}), ...(groups.length > 0 ? { groups } : {}), ...(extra && Object.keys(extra).length > 0 ? { extra } : {}) };
}

export function objectReference({ isResourceRequest, resource, namespace, name, group, version, subresource }: RequestInfo): ObjectReference | undefined {
  if (!isResourceRequest) return undefined;
  return {
    ...(resource ? { resource } : {}), ...(namespace ? { namespace } : {}), ...(name ? { name } : {}), ...(group ? { apiGroup: group } : {}), ...(version ? { apiVersion: version } : {}),
    ...(subresource ? { subresource } : {}),
  };
}

/** What an answer's Status keeps in the event, beside its code. */
export function statusSummary({ status, message, reason, details }: Partial<Status>, code: number): object {
  return { metadata: {}, ...(status ? { status } : {}), ...(message ? { message } : {}), ...(reason ? { reason } : {}), ...(details ? { details } : {}), code };
}

const LONGEST_USER_AGENT = 1024;

export function shortUserAgent(text: string): string {
  return text.length > LONGEST_USER_AGENT ? `${text.slice(0, LONGEST_USER_AGENT)}...TRUNCATED` : text;
}

type Headers = Record<string, string | string[] | undefined>;

/** Who says he passed the request on, the sender first, then who stands at the other end of the connection. */
export function sourceIps(headers: Headers, remoteAddress: string): string[] {
  const forwarded = headers['x-forwarded-for'];
  const remote = remoteAddress.replace(/^::ffff:/, '');
  if (forwarded === undefined && headers['x-real-ip'] === undefined) return remote ? [remote] : [];
  const addresses = [forwarded ?? []].flat().flatMap((value) => value.split(',')).map((value) => value.trim()).filter((value) => isIP(value) !== 0);
  const real = String(headers['x-real-ip'] ?? '').trim();
  if (isIP(real) !== 0 && addresses[0] !== real) addresses.push(real);
  if (remote && addresses.at(-1) !== remote) addresses.push(remote);
  return addresses;
}

/** A copy of an object or list that does not tell who owns which field. */
export function withoutManagedFields(object: unknown): unknown {
  if (object === null || typeof object !== 'object') return object;
  const { items, metadata, ...rest } = object as KubernetesObject & { items?: unknown[] };
  const { managedFields: _fields, ...others } = (metadata ?? {}) as { managedFields?: unknown };
  return { ...rest, ...(metadata ? { metadata: others } : {}), ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : {}) };
}
