import { formatMicroTime } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Status } from '../../api/status.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import { auditUser, objectReference, shortUserAgent, statusSummary, withoutManagedFields, type AuditEvent, type ObjectReference } from './event.ts';
import { atLeast, createPolicyEvaluator, type Decision, type Level, type Policy, type Stage } from './policy.ts';

/** Takes events, at once and without failing; what it cannot keep it counts as lost. */
export interface AuditBackend {
  name: string;
  write(event: AuditEvent): void;
  /** What was taken is where it belongs. */
  close(): Promise<void>;
  counts(): { written: number; lost: number };
}

export interface AuditedRequest {
  id: string; url: string; info: RequestInfo;
  /** undefined when authentication failed. */
  user: UserInfo | undefined;
  sourceIPs: string[]; userAgent: string;
  /** Milliseconds since the epoch. */
  received: number;
  annotations: Record<string, string>;
}

/** Decides what is kept of requests and hands it to the backends. */
export class Auditor {
  private readonly decide: (info: RequestInfo, user: UserInfo | undefined) => Decision;
  private readonly backends: AuditBackend[];
  private readonly clock: Clock;

  constructor(policy: Policy, backends: AuditBackend[], clock: Clock) {
    this.decide = createPolicyEvaluator(policy);
    this.backends = backends;
    this.clock = clock;
  }

  /** undefined: nothing is kept of this request. */
  begin(request: AuditedRequest): AuditRecord | undefined {
    const decision = this.decide(request.info, request.user);
    return decision.level === 'None' ? undefined : new AuditRecord(request, decision, this.backends, this.clock);
  }

  metricsText(): string {
    const lines = ['# TYPE apiserver_audit_event_total counter', `apiserver_audit_event_total ${Math.max(0, ...this.backends.map((backend) => backend.counts().written))}`];
    const lost = this.backends.filter((backend) => backend.counts().lost > 0);
    if (lost.length > 0) lines.push('# TYPE apiserver_audit_error_total counter', ...lost.map((backend) => `apiserver_audit_error_total{plugin="${backend.name}"} ${backend.counts().lost}`));
    return `${lines.join('\n')}\n`;
  }

  async close(): Promise<void> {
    await Promise.all(this.backends.map((backend) => backend.close()));
  }
}

/** What is kept of one request, stage by stage. */
export class AuditRecord {
  readonly level: Level;
  private readonly request: AuditedRequest;
  private readonly decision: Decision;
  private readonly backends: AuditBackend[];
  private readonly clock: Clock;
  private readonly reference: ObjectReference | undefined;
  private readonly received: string;
  private impersonated: { user: UserInfo; constraint: string | undefined } | undefined;
  private requestObject: unknown;
  private responseObject: unknown;
  private status: object | undefined;
  private over = false;

  constructor(request: AuditedRequest, decision: Decision, backends: AuditBackend[], clock: Clock) {
    this.request = request;
    this.decision = decision;
    this.level = decision.level;
    this.backends = backends;
    this.clock = clock;
    this.reference = objectReference(request.info);
    this.received = formatMicroTime(request.received);
  }

  impersonates(user: UserInfo, constraint?: string): void {
    this.impersonated = { user, constraint };
  }

  /** The object a request brings, as it was decoded; its name becomes the event's when the URL has none. */
  takeRequest(object: unknown): void {
    const name = (object as KubernetesObject | null)?.metadata?.name;
    if (this.reference && name && !this.reference.name) this.reference.name = name;
    if (atLeast(this.level, 'Request')) this.requestObject = this.shown(object);
  }

  get wantsRequest(): boolean {
    return atLeast(this.level, 'Request');
  }

  get wantsResponse(): boolean {
    return this.level === 'RequestResponse';
  }

  takeResponse(object: unknown): void {
    const status = object as Partial<Status> | null;
    if (status?.kind === 'Status') this.status = status;
    if (this.wantsResponse) this.responseObject = this.shown(object);
  }

  receivedStage(): void {
    this.emit('RequestReceived', undefined);
  }

  /** The answer of a request that runs long has begun. */
  startedStage(code: number): void {
    this.emit('ResponseStarted', statusSummary(this.status ?? {}, code));
  }

  /** The request is over; `stage` tells how it ended. */
  end(code: number, stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic' = 'ResponseComplete'): void {
    if (this.over) return;
    this.over = true;
    this.emit(stage, statusSummary(this.status ?? {}, code));
  }

  /** A copy: what comes after must not change what was. */
  private shown(object: unknown): unknown {
    return structuredClone(this.decision.omitManagedFields ? withoutManagedFields(object) : object);
  }

  private emit(stage: Stage, responseStatus: object | undefined): void {
    if (this.decision.omitStages.has(stage)) return;
    const { request, impersonated } = this;
    const first = stage === 'RequestReceived';
    const { annotations } = request;
    const event: AuditEvent = {
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: this.level, auditID: request.id, stage, requestURI: request.url, verb: request.info.verb, user: auditUser(request.user),
      ...(impersonated ? { impersonatedUser: auditUser(impersonated.user) } : {}),
      ...(impersonated?.constraint ? { authenticationMetadata: { impersonationConstraint: impersonated.constraint } } : {}),
      sourceIPs: request.sourceIPs, userAgent: shortUserAgent(request.userAgent), ...(this.reference ? { objectRef: { ...this.reference } } : {}),
      ...(responseStatus ? { responseStatus } : {}), ...(this.requestObject === undefined ? {} : { requestObject: this.requestObject }),
      ...(this.responseObject === undefined ? {} : { responseObject: this.responseObject }),
      requestReceivedTimestamp: this.received, stageTimestamp: first ? this.received : formatMicroTime(this.clock.now()),
      ...(first || Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
    };
    for (const backend of this.backends) backend.write(event);
  }
}
