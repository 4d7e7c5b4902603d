import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '../../client/transport.ts';
import { StatusError } from '../../api/status.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { UserInfo } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import { apiGroups, apiResourceList } from '../discovery/documents.ts';
import { listObject } from '../http/encode.ts';
import { statusOf } from '../http/respond.ts';
import { inVersion } from '../registry/versions.ts';
import type { Answer, Call, WatchControl } from '../request/call.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { dispatch, makeCall, unknownResource } from '../verbs/dispatch.ts';

const NOTHING = new Uint8Array();

/** Reaches the verbs without a socket: objects go in and come out as they are, shared with the server's memory. */
export function createInProcessTransport(context: ServerContext, user: UserInfo, load: () => Promise<void>): Transport {
  const closed = new AbortController();

  async function call(request: ApiRequest): Promise<{ call: Call; answer: Answer }> {
    await load();
    const info = parseRequestInfo(request.method, request.path);
    if (!info.isResourceRequest) throw unknownResource();
    const signal = request.signal ? AbortSignal.any([request.signal, closed.signal]) : closed.signal;
    const made = makeCall(context, info, {
      user, userAgent: request.headers?.['user-agent'] ?? user.name, signal,
      body: { contentType: request.contentType ?? 'application/json', bytes: () => Promise.resolve(NOTHING), ...(request.body !== undefined ? { object: request.body } : {}) },
    });
    return { call: made, answer: await dispatch(context, made) };
  }

  return {
    async request(request): Promise<ApiResponse> {
      try {
        const document = await discoveryDocument(context, request, load);
        if (document) return { code: 200, body: document };
        const { call: made, answer } = await call(request);
        if (answer.type === 'object') return { code: answer.code, body: answer.object };
        if (answer.type === 'watch') throw new StatusError(400, 'BadRequest', 'a watch must be asked for as one');
        const items = await Promise.all(answer.items.map((item) => inVersion(context, made.resource, item.object)));
        return { code: 200, body: listObject(made, items, answer.metadata) };
      } catch (error) {
        const status = statusOf(error, context.log);
        return { code: status.code ?? 500, body: status };
      }
    },
    async watch(request, onEvent): Promise<void> {
      const { call: made, answer } = await call(request);
      if (answer.type !== 'watch') throw new StatusError(400, 'BadRequest', 'not a watch');
      await deliver(context, made, answer, onEvent);
    },
    close: () => closed.abort(new Error('the transport was closed')),
  };
}

/** Which groups and resources there are, for those who work on all of them; undefined for other paths. */
async function discoveryDocument({ scheme }: ServerContext, request: ApiRequest, load: () => Promise<void>): Promise<object | undefined> {
  const [, prefix, ...rest] = request.path.split('/');
  if (request.method !== 'GET' || (prefix !== 'api' && prefix !== 'apis')) return undefined;
  if (prefix === 'apis' && rest.length === 0) { await load(); return { groups: apiGroups(scheme) }; }
  const [group, version] = prefix === 'api' ? ['', rest[0]] : [rest[0] ?? '', rest[1]];
  if (rest.length !== (prefix === 'api' ? 1 : 2) || !version) return undefined;
  await load();
  return apiResourceList(scheme, group, version);
}

/** Hands events over until the server or the caller's signal ends the watch. */
function deliver(context: ServerContext, call: Call, answer: Answer & { type: 'watch' }, onEvent: (event: WatchEvent) => void): Promise<void> {
  return new Promise((resolve) => {
    let control: WatchControl | undefined;
    let queue: Promise<void> | undefined;
    const stop = (): void => { control?.stop(); resolve(); };
    const emit = (type: WatchEvent['type'], object: KubernetesObject): void => { if (!call.signal.aborted) onEvent({ type, object }); };
    control = answer.run({
      events(events) {
        for (const event of events) {
          const object = 'object' in event ? event.object : inVersion(context, call.resource, event.stored.object);
          if (!queue && !(object instanceof Promise)) { emit(event.type, object); continue; }
          const next = (queue ?? Promise.resolve()).then(async () => emit(event.type, await object)).finally(() => { if (queue === next) queue = undefined; });
          queue = next;
        }
        return true;
      },
      end: () => { void (queue ?? Promise.resolve()).then(resolve); },
    });
    if (call.signal.aborted) stop();
    else call.signal.addEventListener('abort', stop, { once: true });
  });
}
