import type { KubernetesList, KubernetesObject } from '../api/object.ts';
import { StatusError, type Status } from '../api/status.ts';
import type { Client, DeleteOptions, PatchOptions, ResourceType } from './client.ts';
import { listQuery, resourcePath, withQuery } from './path.ts';
import type { ApiRequest, Transport } from './transport.ts';

const PATCH_TYPES: Record<PatchOptions['type'], string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

/** Turns an answer that is a failure into the exception. */
export function errorFromAnswer(code: number, body: unknown): StatusError {
  const status = (typeof body === 'object' && body ? body : {}) as Partial<Status>;
  if (status.kind !== 'Status') return new StatusError(code, '', typeof body === 'string' && body ? body : `the server answered with code ${code}`);
  return new StatusError(status.code ?? code, status.reason ?? '', status.message ?? '', status.details);
}

function unavailable(error: unknown): StatusError {
  return error instanceof StatusError ? error : new StatusError(503, 'ServiceUnavailable', `the API server could not be reached: ${(error as Error).message}`);
}

export function createClient(transport: Transport, userAgent = 'naru'): Client {
  const send = async (request: ApiRequest): Promise<unknown> => {
    request.headers = { 'user-agent': userAgent, ...request.headers };
    let answer;
    try {
      answer = await transport.request(request);
    } catch (error) {
      throw unavailable(error);
    }
    if (answer.code >= 400) throw errorFromAnswer(answer.code, answer.body);
    return answer.body;
  };
  const withKind = <T>(type: ResourceType<T>, object: T): T => {
    const { apiVersion, kind } = object as KubernetesObject;
    if (apiVersion && kind) return object;
    return { ...object, apiVersion: type.group ? `${type.group}/${type.version}` : type.version, kind: type.kind };
  };
  const put = <T>(type: ResourceType<T>, object: T, subresource?: string): Promise<T> => {
    const metadata = (object as KubernetesObject).metadata;
    return send({ method: 'PUT', path: resourcePath(type, metadata?.namespace, metadata?.name, subresource), body: withKind(type, object) }) as Promise<T>;
  };

  return {
    get: <T>(type: ResourceType<T>, namespace: string | undefined, name: string) =>
      send({ method: 'GET', path: resourcePath(type, namespace, name) }) as Promise<T>,
    list: <T>(type: ResourceType<T>, options = {}) =>
      send({ method: 'GET', path: withQuery(resourcePath(type, (options as { namespace?: string }).namespace), listQuery(options)) }) as Promise<KubernetesList<T>>,
    create: <T>(type: ResourceType<T>, object: T, options: { namespace?: string; subresource?: string; name?: string } = {}) => {
      const namespace = options.namespace ?? (object as KubernetesObject).metadata?.namespace;
      const body = options.subresource ? object : withKind(type, object);
      return send({ method: 'POST', path: resourcePath(type, namespace, options.name, options.subresource), body }) as Promise<T>;
    },
    update: put,
    updateStatus: (type, object) => put(type, object, 'status'),
    patch: <T>(type: ResourceType<T>, namespace: string | undefined, name: string, body: unknown, options: PatchOptions) => {
      const query = new URLSearchParams();
      if (options.fieldManager) query.set('fieldManager', options.fieldManager);
      if (options.force) query.set('force', 'true');
      const path = withQuery(resourcePath(type, namespace, name, options.subresource), query);
      return send({ method: 'PATCH', path, body, contentType: PATCH_TYPES[options.type] }) as Promise<T>;
    },
    delete: async (type, namespace, name, options?: DeleteOptions) => {
      const body = options ? { apiVersion: 'v1', kind: 'DeleteOptions', ...options } : undefined;
      await send({ method: 'DELETE', path: resourcePath(type, namespace, name), body });
    },
    watch: async (type, options, onEvent) => {
      const query = listQuery(options);
      query.set('watch', 'true');
      if (options.allowBookmarks) query.set('allowWatchBookmarks', 'true');
      if (options.sendInitialEvents) {
        query.set('sendInitialEvents', 'true');
        query.set('resourceVersionMatch', 'NotOlderThan');
      }
      const path = withQuery(resourcePath(type, options.namespace), query);
      try {
        await transport.watch({ method: 'GET', path, headers: { 'user-agent': userAgent }, signal: options.signal }, onEvent);
      } catch (error) {
        throw unavailable(error);
      }
    },
    raw: (method, path, body, contentType) => send({ method, path, body, contentType }),
  };
}
