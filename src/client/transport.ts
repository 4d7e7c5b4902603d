/**
 * How a client's request reaches the API server. Two implementations: HTTP/2 over TLS (`http-transport.ts`), and one that
 * calls the server in the same process without encoding (given by `src/apiserver`, wired in `src/compose`).
 * Objects that come out are shared and frozen in spirit: never change one in place, copy first.
 */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query: `/api/v1/namespaces/default/pods?limit=500`. */
  path: string;
  /** An object to send; PATCH bodies too. */
  body?: unknown;
  /** Of the body; `application/json` by default, for PATCH one of the patch types. */
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
export interface ApiResponse { code: number; body: unknown; headers?: Record<string, string> }

export interface WatchEvent { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'; object: unknown }

export interface Transport {
  /** Resolves for every HTTP answer; codes of 400 and above carry a Status as body. Rejects when no answer came. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** A watch: events until the server or `signal` ends it. Rejects with StatusError when the server refuses. */
  watch(request: ApiRequest, onEvent: (event: WatchEvent) => void): Promise<void>;
  close(): void;
}
