import type { KubernetesList, KubernetesObject } from '../api/object.ts';
import type { WatchEvent } from './transport.ts';

/** Names a resource and ties it to the type of its objects. Constants for those we use are in `resources.ts`. */
export interface ResourceType<T> {
  group: string; version: string; resource: string; kind: string; namespaced: boolean;
  /** Never set; carries the type. */
  readonly objectType?: T;
}

export interface ListOptions {
  namespace?: string; labelSelector?: string; fieldSelector?: string; limit?: number; continue?: string; resourceVersion?: string;
}
export interface WatchOptions extends ListOptions { allowBookmarks?: boolean; sendInitialEvents?: boolean; signal?: AbortSignal }
export interface PatchOptions {
  type: 'json' | 'merge' | 'strategic' | 'apply';
  subresource?: string;
  /** For apply. */
  fieldManager?: string; force?: boolean;
}
export interface DeleteOptions {
  gracePeriodSeconds?: number; propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * The typed client. Every failure is a StatusError (`src/api/status.ts`), also when the server could not be reached
 * (code 503, reason ServiceUnavailable). Results are shared: copy before changing.
 */
export interface Client {
  get<T>(type: ResourceType<T>, namespace: string | undefined, name: string): Promise<T>;
  list<T>(type: ResourceType<T>, options?: ListOptions): Promise<KubernetesList<T>>;
  create<T>(type: ResourceType<T>, object: T, options?: { namespace?: string; subresource?: string; name?: string }): Promise<T>;
  update<T>(type: ResourceType<T>, object: T, subresource?: string): Promise<T>;
  updateStatus<T>(type: ResourceType<T>, object: T): Promise<T>;
  patch<T>(type: ResourceType<T>, namespace: string | undefined, name: string, body: unknown, options: PatchOptions): Promise<T>;
  delete<T>(type: ResourceType<T>, namespace: string | undefined, name: string, options?: DeleteOptions): Promise<void>;
  watch<T>(type: ResourceType<T>, options: WatchOptions, onEvent: (event: WatchEvent) => void): Promise<void>;
  /** Anything else: discovery, raw subresources. */
  raw(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, contentType?: string): Promise<unknown>;
}
