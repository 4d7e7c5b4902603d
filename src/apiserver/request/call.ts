import type { ResourceInfo, SubresourceInfo } from '../../api/schema.ts';
import type { KubernetesObject, ListMeta } from '../../api/object.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import type { RequestInfo, UserInfo } from '../contracts.ts';
import type { CachedObject } from '../../storage/watch-hub/watch-hub.ts';

/** The body of a request: bytes that came over the wire, or an object from a caller in the same process. */
export interface RequestBody {
  contentType: string;
  /** Throws StatusError 413 beyond the limit. Empty when there is no body. */
  bytes(): Promise<Uint8Array>;
  /** Set by callers in the same process; stands instead of the bytes. The verbs copy it before they change it. */
  object?: unknown;
}

/** One request on its way through the verbs. */
export interface Call {
  info: RequestInfo;
  user: UserInfo;
  userAgent: string;
  resource: ResourceInfo;
  subresource: SubresourceInfo | undefined;
  body: RequestBody;
  /** Ends when the client goes away. */
  signal: AbortSignal;
  /** Texts for the Warning header. */
  warnings: string[];
  /** For the audit log. */
  annotations: Record<string, string>;
  /** What the audit log keeps of it; absent when nothing. */
  audit?: AuditRecord | undefined;
  /** Told once a watch has sent what there was at its start. */
  onWatchStarted?: (() => void) | undefined;
}

/** What a verb answers with. Objects are shared: nobody behind a verb may change them. */
export type Answer =
  | { type: 'object'; code: number; object: KubernetesObject; stored?: CachedObject }
  | ListAnswer
  | { type: 'watch'; run(output: WatchOutput): WatchControl };

export interface ListAnswer { type: 'list'; items: CachedObject[]; metadata: ListMeta }

/** One event of a watch on its way out: an object of the store, or one that stands alone (a bookmark, a Status). */
export type OutgoingEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; stored: CachedObject } | { type: 'BOOKMARK' | 'ERROR'; object: KubernetesObject };

export interface WatchOutput {
  /** Must not block. False: taken, but no more until `resume` is called. */
  events(events: OutgoingEvent[]): boolean;
  /** The watch is over; nothing follows. */
  end(): void;
}

export interface WatchControl {
  resume(): void;
  /** Ends the watch from the consumer's side; `end` is not called. */
  stop(): void;
}
