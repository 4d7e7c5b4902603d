import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '../../client/transport.ts';
import { StatusError } from '../../api/status.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
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
export function createInProcessTransport(context: ServerContext, user: UserInfo, load: () => Promise<void>, auditor?: Auditor): Transport {
  const closed = new AbortController();

  /** Requests of this process are in the audit log as if they had come over the wire. */
  function beginAudit(request: ApiRequest): AuditRecord | undefined {
    if (!auditor) return undefined;
    const record = auditor.begin({
      id: context.random.uuid(), url: request.path, info: parseRequestInfo(request.method, request.path), user, sourceIPs: ['127.0.0.1'],
      userAgent: request.headers?.['user-agent'] ?? user.name, received: context.clock.now(), annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
    record?.receivedStage();
    return record;
  }

  async function call(request: ApiRequest, audit: AuditRecord | undefined): Promise<{ call: Call; answer: Answer }> {
    await load();
    const info = parseRequestInfo(request.method, request.path);
    if (!info.isResourceRequest) throw unknownResource();
    const signal = request.signal ? AbortSignal.any([request.signal, closed.signal]) : closed.signal;
    const made = makeCall(context, info, {
      user, userAgent: request.headers?.['user-agent'] ?? user.name, signal,
      body: { contentType: request.contentType ?? 'application/json', bytes: () => Promise.resolve(NOTHING), ...(request.body !== undefined ? { object: request.body } : {}) },
    });
    made.audit = audit;
    return { call: made, answer: await dispatch(context, made) };
  }

  return {
    async request(request): Promise<ApiResponse> {
      const audit = beginAudit(request);
      const tell = (code: number, body: object): ApiResponse => {
        audit?.takeResponse(body);
        audit?.end(code);
        return { code, body };
      };
      try {
        const document = await discoveryDocument(context, request, load);
        if (document) return tell(200, document);
        const { call: made, answer } = await call(request, audit);
        if (answer.type === 'object') return tell(answer.code, answer.object);
        if (answer.type === 'watch') throw new StatusError(400, 'BadRequest', 'a watch must be asked for as one');
        const items = await Promise.all(answer.items.map((item) => inVersion(context, made.resource, item.object)));
        return tell(200, listObject(made, items, answer.metadata));
      } catch (error) {
        const status = statusOf(error, context.log);
        return tell(status.code ?? 500, status);
      }
    },
    async watch(request, onEvent): Promise<void> {
      const audit = beginAudit(request);
      const { call: made, answer } = await call(request, audit);
      if (answer.type !== 'watch') throw new StatusError(400, 'BadRequest', 'not a watch');
      audit?.startedStage(200);
      await deliver(context, made, answer, onEvent).finally(() => audit?.end(200));
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
  return new Promise((resolve, reject) => {
    let control: WatchControl | undefined;
    let queue: Promise<void> | undefined;
    const stop = (): void => { control?.stop(); resolve(); };
    let broken = false;
    // What the caller throws ends its watch, and must not reach the hub, which others listen to.
    const emit = (type: WatchEvent['type'], object: KubernetesObject): void => {
      if (call.signal.aborted || broken) return;
      try {
        onEvent({ type, object });
      } catch (error) {
        broken = true;
        reject(error as Error);
        queueMicrotask(stop);
      }
    };
    // The watch ends, as it does on the wire: left alone the rejection would end the whole server, and what comes later may not be told first.
    const fail = (error: unknown): void => {
      broken = true;
      context.log.error('an object of a watch could not be converted', { error });
      stop();
    };
    control = answer.run({
      events(events) {
        for (const event of events) {
          const object = 'object' in event ? event.object : inVersion(context, call.resource, event.stored.object);
          if (!queue && !(object instanceof Promise)) { emit(event.type, object); continue; }
          const next = (queue ?? Promise.resolve()).then(async () => emit(event.type, await object)).catch(fail).finally(() => { if (queue === next) queue = undefined; });
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
