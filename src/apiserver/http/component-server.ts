import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { authorizationError } from '../authz/forbidden.ts';
import { attributesOf } from '../authz/authorizer.ts';
import type { Authenticator, Authorizer } from '../contracts.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { flagsPage, statusPage, type Program } from './debug-pages.ts';
import { type Check, healthReply, HealthRecord } from './health.ts';
import { sendReply } from './respond.ts';
import { createCertificateReader, createHttpsServer, type HttpsServer, type Request, type Response, type ServerTls } from './server.ts';

/** A part of the control plane that upstream has as a program of its own, with a port of its own. */
export interface Component extends Pick<Program, 'name' | 'flags'> {
  metricsText(): string;
  /** What it was configured with, as `/configz` tells it. */
  configuration(): object;
  /** Of /readyz, by name; each throws when it is not met. */
  readyChecks: Map<string, Check>;
}

export interface ComponentServerParts { tls: ServerTls; authenticator: Authenticator; authorizer: Authorizer; clock: Clock }

interface Reply { code: number; contentType: string; body: string; warnings?: string[] }

const OPEN = ['/healthz', '/livez', '/readyz'];
const ALIVE = new Map<string, Check>([['ping', () => undefined]]);
const PATHS = ['/configz', '/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz'];
const TEXT = 'text/plain; charset=utf-8', JSON_TYPE = 'application/json';
const METRICS = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
const utf8 = new TextEncoder();

/** Its pages for health, metrics and debugging; who may see them is told as for the API server's own. */
export function createComponentServer(component: Component, { tls, authenticator, authorizer, clock }: ComponentServerParts): HttpsServer {
  const certificateOf = createCertificateReader(tls);
  const record = new HealthRecord();
  const program: Program = { ...component, startedAt: clock.now(), paths: PATHS };

  async function checkAccess(request: Request): Promise<void> {
    const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/'), { path } = info;
    if (OPEN.includes(path)) return;
    const certificate = certificateOf(request);
    const user = await authenticator.authenticate({ headers: request.headers, path, remoteAddress: request.socket?.remoteAddress ?? '', ...(certificate ? { clientCertificate: certificate } : {}) });
    if (!user) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    const attributes = attributesOf(user, { ...info, isResourceRequest: false, verb: info.method.toLowerCase() });
    const { decision, reason } = await authorizer.authorize(attributes);
    if (decision !== 'allow') throw authorizationError(attributes, reason);
  }

  async function reply(request: Request): Promise<Reply> {
    const accept = request.headers.accept as string | undefined;
    const info = parseRequestInfo(request.method ?? 'GET', request.url ?? '/'), { path } = info;
    const endpoint = OPEN.find((one) => path === one || path.startsWith(`${one}/`));
    if (endpoint) return { contentType: TEXT, ...await healthReply(info, endpoint, endpoint === '/readyz' ? component.readyChecks : ALIVE, record) };
    switch (path) {
      case '/metrics': return { code: 200, contentType: METRICS, body: component.metricsText() };
      case '/configz': return { code: 200, contentType: JSON_TYPE, body: JSON.stringify({ componentconfig: component.configuration() }) };
      case '/statusz': return { code: 200, ...await statusPage(program, clock.now(), accept) };
      case '/flagz': return { code: 200, ...await flagsPage(program, accept) };
      default: return { code: 404, contentType: TEXT, body: '404 page not found\n' };
    }
  }

  async function serve(request: Request, response: Response): Promise<void> {
    const { code, contentType, body, warnings = [] } = await checkAccess(request).then(() => reply(request)).catch((error: unknown): Reply => {
      if (!(error instanceof StatusError)) throw error;
      return { code: error.code, contentType: JSON_TYPE, body: JSON.stringify(error.toStatus(), undefined, 2) };
    });
    await sendReply(request, response, { code, contentType, bytes: utf8.encode(body) }, warnings);
  }

  return createHttpsServer({
    tls,
    onRequest: (request, response) => void serve(request, response).catch(() => response.destroy()),
    onUpgrade: (_request, socket) => void socket.destroy(),
  });
}
