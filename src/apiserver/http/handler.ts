import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { StatusError } from '../../api/status.ts';
import type { Authenticator, Authorizer, Credentials, RequestInfo, UserInfo } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import type { Impersonator } from '../authn/impersonation.ts';
import { authorizationError } from '../authz/forbidden.ts';
import { attributesOf } from '../authz/authorizer.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
import { FLOW_SCHEMA_HEADER, PRIORITY_LEVEL_HEADER, type RequestLimiter, type Ticket } from '../flow-control/limiter.ts';
import { OverloadedError, StorageClosedError } from '../../storage/storage.ts';
import type { Answer, Call } from '../request/call.ts';
import { checkTimeout } from '../request/options.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { isStream, serveStream, serveStreamUpgrade } from '../streams/index.ts';
import { PageNotFound, dispatch, makeCall } from '../verbs/dispatch.ts';
import { auditAnswer, beginAudit } from './audited.ts';
import { bodyOf } from './body.ts';
import { timeLimit, withinTime } from './deadline.ts';
import { browserHeaders } from './browser-headers.ts';
import { PlainTextError } from './plain-text-error.ts';
import { encodeList, encodeObject, encodePlain } from './encode.ts';
import type { Metrics, RunningRequest } from './metrics.ts';
import { PLAIN_JSON, PROTOBUF_TYPE, YAML_TYPE, negotiate, notStreamable, type OutputForm, type Transform } from './negotiate.ts';
import { sendReply, statusOf } from './respond.ts';
import type { Request, Response } from './server.ts';
import { streamWatch } from './watch-stream.ts';

export interface PlainRequest { info: RequestInfo; request: Request; response: Response; user: UserInfo }

export interface HandlerOptions {
  context: ServerContext;
  authenticator: Authenticator;
  authorizer: Authorizer;
  impersonator: Impersonator;
  metrics: Metrics;
  certificateOf(request: Request): Credentials['clientCertificate'];
  /** Serves paths that are no resources (discovery, health, OpenAPI); false when there is nothing at the path. */
  plain(request: PlainRequest): Promise<boolean>;
  /** Told of every request once it is answered. */
  audit?: ((entry: AnsweredRequest) => void) | undefined;
  /** Keeps the audit log. */
  auditor?: Auditor | undefined;
  /** Says when a request may run; without it, at once. */
  limiter?: RequestLimiter | undefined;
  /** How many requests with an end are running. */
  running: { count: number; onIdle?: (() => void) | undefined };
  /** Serves groups that another server owns (APIService); false when none does. */
  aggregate?(request: PlainRequest & { upgrade?: { socket: Duplex; head: Buffer } }): Promise<boolean>;
}

/** A request with its answer's code, for those who look on. */
export interface AnsweredRequest {
  id: string;
  method: string; url: string; code: number; milliseconds: number; remoteAddress: string; userAgent: string;
  info: RequestInfo | undefined;
  /** Who asked, and as whom, if somebody else. */
  asker: UserInfo | undefined; user: UserInfo | undefined;
  annotations: Record<string, string>;
}

/** What one request gathers on its way. */
interface Trail {
  id: string; received: number; annotations: Record<string, string>;
  asker?: UserInfo; user?: UserInfo;
  audit?: AuditRecord | undefined;
  ticket?: Ticket;
  /** The call's, which an error's answer carries too. */
  warnings?: string[];
  /** Aborted when the client is gone or the request's time is over. */
  gone: AbortController;
  limit: number | undefined;
}

export interface Handler {
  request(request: Request, response: Response): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const OBJECT_TRANSFORMS: Transform[] = ['Table', 'PartialObjectMetadata'];
const METADATA_TRANSFORMS: Transform[] = ['PartialObjectMetadata', 'PartialObjectMetadataList'];
const TABLELESS_STATUS = new Set(['CustomResourceDefinition', 'APIService', 'ResourceClaim', 'DeviceTaintRule']);
const LIST_TRANSFORMS: Transform[] = ['Table', 'PartialObjectMetadataList'];
const WATCH_TRANSFORMS: Transform[] = ['Table', 'PartialObjectMetadata'];

/** One reason for all: making an error a request costs more than parsing its URL. */
const GONE = new Error('the client went away');
const LATE = new Error('the request took too long');

/** The whole way of a request: info -> authn -> impersonation -> authz -> verb -> answer. */
export function createHandler(options: HandlerOptions): Handler {
  const { context } = options;
  return {
    request(request, response) {
      response.on('error', () => undefined);
      const { browserAccess } = context.flags;
      if (browserAccess && browserHeaders(browserAccess, request, response as ServerResponse)) return;
      handle(options, request, response).catch((error: unknown) => {
        context.log.error('answering failed', { error });
        response.destroy();
      });
    },
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      handleUpgrade(options, request, socket, head).catch((error: unknown) => refuseUpgrade(socket, error, options));
    },
  };
}

async function handle(options: HandlerOptions, request: Request, response: Response): Promise<void> {
  const { clock, random } = options.context;
  const started = clock.monotonic();
  let info: RequestInfo | undefined;
  let code = 200;
  let unexpected = false;
  let counted: RunningRequest | undefined;
  const id = String(request.headers['audit-id'] ?? random.uuid());
  const trail: Trail = { id, received: options.auditor ? clock.now() : 0, annotations: {}, gone: new AbortController(), limit: undefined };
  (response as ServerResponse).setHeader('audit-id', id);
  response.on('close', () => trail.gone.abort(GONE));
  try {
    info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
    counted = options.metrics.begin(info, request.method ?? '');
    checkTimeout(info);
    trail.limit = timeLimit(info, options.context.flags.requestTimeoutSeconds * 1000);
    await withinTime(clock, trail.limit, serve(options, info, request, response, trail), () => trail.gone.abort(LATE));
    code = response.statusCode;
  } catch (error) {
    unexpected = !isExpected(error);
    // Who could not be told apart is in the log all the same.
    if (!trail.asker && info && options.auditor) trail.audit = beginAudit(options.auditor, request, info, undefined, trail);
    code = await sendError(options, request, response, error, info, trail);
  } finally {
    const milliseconds = clock.monotonic() - started;
    counted ??= options.metrics.begin(info, request.method ?? '');
    options.metrics.end(counted, code, milliseconds, Number((response as ServerResponse).getHeader('content-length') ?? 0), Number(request.headers['content-length'] ?? 0));
    options.audit?.({
      id, method: request.method ?? '', url: request.url ?? '', code, milliseconds, info, asker: trail.asker, user: trail.user, annotations: trail.annotations,
      remoteAddress: request.socket?.remoteAddress ?? '', userAgent: String(request.headers['user-agent'] ?? ''),
    });
    trail.audit?.end(code, unexpected ? 'Panic' : trail.asker ? 'ResponseComplete' : 'ResponseStarted');
  }
}

async function serve(options: HandlerOptions, info: RequestInfo, request: Request, response: Response, trail: Trail): Promise<void> {
  const { running } = options;
  const ends = trail.limit !== undefined;
  if (ends) running.count++;
  try {
    const user = await admitted(options, info, request, response, trail);
    await serveAdmitted(options, info, request, response, trail, user);
  } finally {
    trail.ticket?.finish();
    trail.ticket?.forget();
    if (ends && --running.count === 0) running.onIdle?.();
  }
}

async function serveAdmitted(options: HandlerOptions, info: RequestInfo, request: Request, response: Response, trail: Trail, user: UserInfo): Promise<void> {
  const { context } = options;
  if (options.aggregate && await options.aggregate({ info, request, response, user })) return;
  if (!info.isResourceRequest) {
    if (await options.plain({ info, request, response, user })) return;
    throw new PageNotFound();
  }
  const call = makeCall(context, info, {
    user, userAgent: String(request.headers['user-agent'] ?? ''), body: bodyOf(request, context.flags.maxBodyBytes), signal: trail.gone.signal,
  });
  call.annotations = trail.annotations;
  call.warnings.push(...trail.warnings ?? []);
  trail.warnings = call.warnings;
  call.audit = trail.audit;
  if (isStream(call)) {
    trail.audit?.startedStage(200);
    return serveStream(context, call, request, response);
  }
  if (info.verb === 'watch') call.onWatchStarted = () => trail.ticket?.finish();
  const form = outputForm(call, request);
  await respond(context, call, await dispatch(context, call), form, request, response);
}

/** Who may go on: authenticated, impersonating, with seats to run on, authorized. */
async function admitted(options: HandlerOptions, info: RequestInfo, request: Request, response: Response | undefined, trail: Trail): Promise<UserInfo> {
  const leave = options.context.stations.request();
  const certificate = options.certificateOf(request);
  const asker = await options.authenticator.authenticate({
    headers: request.headers, path: info.path, remoteAddress: request.socket?.remoteAddress ?? '', ...(certificate ? { clientCertificate: certificate } : {}),
    warn: (text) => (trail.warnings ??= []).push(text),
  });
  if (!asker) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  trail.asker = asker;
  leave('authentication');
  if (options.auditor) {
    trail.audit = beginAudit(options.auditor, request, info, asker, trail);
    trail.audit?.receivedStage();
  }
  leave('audit');
  const impersonation = await options.impersonator.impersonate(request.headers, () => attributesOf(asker, info));
  const user = impersonation?.user ?? asker;
  trail.user = user;
  if (impersonation) trail.audit?.impersonates(user, impersonation.constraint);
  leave('constrainedimpersonation');
  if (options.limiter && response && (trail.limit !== undefined || info.verb === 'watch')) await takeSeat(options.limiter, info, user, response, trail);
  leave('priorityandfairness');
  const attributes = attributesOf(user, info);
  const { decision, reason, error } = await options.authorizer.authorize(attributes);
  leave('authorization');
  if (error && decision !== 'allow') {
    trail.annotations['authorization.k8s.io/reason'] = 'internal error';
    throw new PlainTextError(500, 'InternalError', `Internal Server Error: ${JSON.stringify(request.url)}: ${error}\n`, { 'x-content-type-options': 'nosniff' });
  }
  trail.annotations['authorization.k8s.io/decision'] = decision === 'allow' ? 'allow' : 'forbid';
  trail.annotations['authorization.k8s.io/reason'] = reason;
  if (decision !== 'allow') throw authorizationError(attributes, reason);
  return user;
}

const LONGEST_WAIT_MILLISECONDS = 60_000;
const WATCH_WAIT_MILLISECONDS = 15_000;

/** Waits for a quarter of its time at most. */
async function takeSeat(limiter: RequestLimiter, info: RequestInfo, user: UserInfo, response: Response, trail: Trail): Promise<void> {
  const wait = trail.limit === undefined ? WATCH_WAIT_MILLISECONDS : Math.min(trail.limit / 4, LONGEST_WAIT_MILLISECONDS);
  const taken = limiter.start(info, user, wait, trail.gone.signal);
  const ticket = taken instanceof Promise ? await taken : taken;
  trail.ticket = ticket;
  if (!ticket.flowSchemaUid || response.headersSent) return;
  (response as ServerResponse).setHeader(FLOW_SCHEMA_HEADER, ticket.flowSchemaUid);
  (response as ServerResponse).setHeader(PRIORITY_LEVEL_HEADER, ticket.priorityLevelUid);
}

/** Failures that are answers; all others are faults of ours. */
function isExpected(error: unknown): boolean {
  return error instanceof StatusError || error instanceof OverloadedError || error instanceof StorageClosedError;
}

function outputForm(call: Call, request: Request): OutputForm {
  const { verb, query } = call.info;
  // What is no stored object (reviews) has no table; neither have a few kinds' statuses.
  const tableless = !call.resource.verbs.includes('get') || (call.info.subresource === 'status' && TABLELESS_STATUS.has(call.resource.kind) && call.resource.builtIn);
  const transforms = tableless ? METADATA_TRANSFORMS : verb === 'watch' ? WATCH_TRANSFORMS : verb === 'list' || verb === 'deletecollection' ? LIST_TRANSFORMS : OBJECT_TRANSFORMS;
  const wanted = query.get('pretty');
  const pretty = wanted === null ? /^(curl|Wget|Mozilla)\//.test(call.userAgent) : wanted !== 'false' && wanted !== '0';
  let accept = request.headers.accept as string | undefined;
  if (!call.resource.builtIn && accept?.includes(PROTOBUF_TYPE)) accept = withoutProtobuf(accept);
  const form = negotiate(accept, transforms, pretty && verb !== 'watch', verb === 'watch' || verb === 'list' || verb === 'deletecollection' ? 'list' : 'object');
  if (verb === 'watch' && form.mediaType === YAML_TYPE) throw notStreamable();
  return form;
}

/** Custom resources have no protobuf form of their own; metadata alone has one. */
function withoutProtobuf(accept: string): string {
  const kept = accept.split(',').filter((part) => !part.includes(PROTOBUF_TYPE) || part.includes('as=PartialObjectMetadata'));
  return kept.join(',') || PROTOBUF_TYPE.replace('protobuf', 'unserved');
}

async function respond(context: ServerContext, call: Call, answer: Answer, form: OutputForm, request: Request, response: Response): Promise<void> {
  if (answer.type === 'watch') {
    call.audit?.startedStage(200);
    return streamWatch(context, call, answer, form, response);
  }
  checkShape(call, answer.type === 'list', form);
  const bytes = answer.type === 'list' ? await encodeList(context, call, answer, form) : await encodeObject(context, call, answer.object, answer.stored, form);
  if (call.audit) await auditAnswer(call.audit, context, call, answer, form, bytes);
  await sendReply(request, response, { code: answer.type === 'list' ? 200 : answer.code, contentType: form.mediaType, bytes }, call.warnings);
}

/** Metadata of one object is asked of one object, a list of metadata of a list. */
function checkShape({ resource: { builtIn, group, kind, listKind } }: Call, isList: boolean, { transform }: OutputForm): void {
  if (transform === 'none' || transform === 'Table' || (transform === 'PartialObjectMetadataList') === isList) return;
  const type = builtIn ? `*${(kind === 'Event' ? '' : group.split('.', 1)[0]) || 'core'}.${isList ? listKind : kind}` : `*unstructured.Unstructured${isList ? 'List' : ''}`;
  throw new StatusError(406, 'NotAcceptable', `you requested ${transform}, but the requested object is ${isList ? 'a' : 'not a'} list (${type})`);
}

async function sendError(options: HandlerOptions, request: Request, response: Response, error: unknown, info: RequestInfo | undefined, { audit, warnings = [] }: Partial<Trail>): Promise<number> {
  const { context } = options;
  const status = statusOf(error, context.log);
  const code = status.code ?? 500;
  if (response.headersSent) {
    response.destroy();
    return code;
  }
  if (error instanceof PlainTextError) {
    await sendReply(request, response, { code, contentType: 'text/plain; charset=utf-8', bytes: Buffer.from(error.text), headers: error.headers }, []);
    return code;
  }
  audit?.takeResponse(status);
  let form: OutputForm = PLAIN_JSON;
  try {
    if (info) form = { ...negotiate(request.headers.accept as string | undefined, LIST_TRANSFORMS.concat(OBJECT_TRANSFORMS), false), transform: 'none' };
  } catch {
    // What the client accepts is unknown to us; the error is told in JSON.
  }
  const retryAfter = status.details?.retryAfterSeconds;
  // Upstream's router refuses other forms, methods and kinds of patches before it is known what is asked for.
  if ((code === 406 && status.message?.startsWith('406')) || code === 405 || (code === 415 && request.method === 'PATCH')) warnings = [];
  const headers = { ...(retryAfter ? { 'retry-after': String(retryAfter) } : {}), ...(code === 401 ? { 'www-authenticate': 'Basic realm="kubernetes-master"' } : {}) };
  const bytes = await encodePlain(context, status as never, form);
  // A short rest of a body that was not read is dropped, so that the connection can be used again; a long one is not waited for.
  if (!request.readableEnded && request.httpVersionMajor === 1 && !isShort(request)) Object.assign(headers, { connection: 'close' });
  await sendReply(request, response, { code, contentType: form.mediaType, bytes, headers }, warnings);
  return code;
}

const LONGEST_DROPPED_BODY = 256 * 1024;

function isShort({ headers }: Request): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] === undefined : Number(length) <= LONGEST_DROPPED_BODY;
}

const SWITCHING_PROTOCOLS = 101;

async function handleUpgrade(options: HandlerOptions, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const { context } = options;
  const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/');
  const { clock, random } = options.context;
  const trail: Trail = { id: String(request.headers['audit-id'] ?? random.uuid()), received: clock.now(), annotations: {}, gone: new AbortController(), limit: undefined };
  try {
    const user = await admitted(options, info, request, undefined, trail);
    trail.audit?.startedStage(SWITCHING_PROTOCOLS);
    socket.once('close', () => trail.audit?.end(SWITCHING_PROTOCOLS));
    await serveUpgrade(options, info, request, socket, head, user);
  } catch (error) {
    const status = statusOf(error, context.log);
    trail.audit?.takeResponse(status);
    trail.audit?.end(status.code ?? 500);
    throw error;
  }
}

async function serveUpgrade(options: HandlerOptions, info: RequestInfo, request: IncomingMessage, socket: Duplex, head: Buffer, user: UserInfo): Promise<void> {
  const { context } = options;
  if (options.aggregate && await options.aggregate({ info, request, response: undefined as never, user, upgrade: { socket, head } })) return;
  if (!info.isResourceRequest) throw new StatusError(400, 'BadRequest', 'Upgrade is not served here');
  const call = makeCall(context, info, {
    user, userAgent: String(request.headers['user-agent'] ?? ''), signal: new AbortController().signal,
    body: { contentType: '', bytes: () => Promise.resolve(new Uint8Array()) },
  });
  if (!isStream(call)) throw new StatusError(400, 'BadRequest', 'Upgrade is not served here');
  await serveStreamUpgrade(context, call, request, socket, head);
}

/** Answers an upgrade that goes nowhere with a plain HTTP/1.1 response. */
function refuseUpgrade(socket: Duplex, error: unknown, options: HandlerOptions): void {
  const status = statusOf(error, options.context.log);
  const text = JSON.stringify(status);
  socket.end(`HTTP/1.1 ${status.code ?? 500} ${status.reason ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
}
