import { PlainTextError } from '../http/plain-text-error.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';

/** The right of a request to run. */
export interface Ticket {
  /** Uids of the objects that decided, for the answer's headers. */
  flowSchemaUid: string;
  priorityLevelUid: string;
  /** The request is answered, or its watch has begun; more calls do nothing. */
  finish(): void;
  /** A watch is over. */
  forget(): void;
}

/** Decides when a request runs. Long-running ones do not ask. */
export interface RequestLimiter {
  /**
   * The ticket at once, or after a wait in a queue. Throws PlainTextError 429 for a request that may not run.
   * @param waitMilliseconds how long it may wait
   */
  start(info: RequestInfo, user: UserInfo, waitMilliseconds: number, signal: AbortSignal | undefined): Ticket | Promise<Ticket>;
  metricsText(): string;
  /** A page of /debug/api_priority_and_fairness/; undefined when there is none. */
  dump(page: string, withDetails: boolean): string | undefined;
  close(): void;
}

/** 429 as upstream words it. `uids`: who refused, for the headers. */
export class TooManyRequests extends PlainTextError {
  constructor(retryAfterSeconds: number, uids: { flowSchemaUid: string; priorityLevelUid: string } | undefined) {
    super(429, 'TooManyRequests', 'Too many requests, please try again later.\n', {
      'retry-after': String(retryAfterSeconds), 'x-content-type-options': 'nosniff', ...(uids ? limiterHeaders(uids) : {}),
    });
  }
}

export const FLOW_SCHEMA_HEADER = 'x-kubernetes-pf-flowschema-uid';
export const PRIORITY_LEVEL_HEADER = 'x-kubernetes-pf-prioritylevel-uid';

function limiterHeaders({ flowSchemaUid, priorityLevelUid }: { flowSchemaUid: string; priorityLevelUid: string }): Record<string, string> {
  return flowSchemaUid ? { [FLOW_SCHEMA_HEADER]: flowSchemaUid, [PRIORITY_LEVEL_HEADER]: priorityLevelUid } : {};
}
