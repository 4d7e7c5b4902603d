import type { ServerContext } from '../context.ts';
import { createDiscovery } from '../discovery/discovery.ts';
import type { RequestLimiter } from '../flow-control/limiter.ts';
import { createOpenApi } from '../openapi/openapi.ts';
import type { PlainRequest } from './handler.ts';
import type { Program } from './debug-pages.ts';
import { HealthRecord, healthReply } from './health.ts';
import { type HealthEndpoint, type HealthSources, healthChecks } from './health-checks.ts';
import { methodNotAllowed } from '../verbs/dispatch.ts';
import type { Metrics } from './metrics.ts';
import { checkAccepts } from './negotiate.ts';
import { sendReply } from './respond.ts';
import { versionInfo } from './version.ts';

export interface PlainPathOptions {
  context: ServerContext;
  metrics: Metrics;
  documents: Map<string, () => { contentType: string; body: string }>;
  health: HealthSources;
  limiter: RequestLimiter;
  program: Program;
  /** Metrics of other parts, in Prometheus' text form. */
  moreMetrics(): string;
}

const utf8 = new TextEncoder();
const HEALTH: HealthEndpoint[] = ['/healthz', '/livez', '/readyz'];
const NO_SNIFFING = { 'x-content-type-options': 'nosniff' };
const DEBUG_FLOW_CONTROL = '/debug/api_priority_and_fairness/';
const METRICS = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
const TEXT = 'text/plain; charset=utf-8';

/** Serves what is no resource: health, version, metrics, discovery, OpenAPI and further documents. */
export function createPlainPaths(options: PlainPathOptions): (request: PlainRequest) => Promise<boolean> {
  const { context, metrics } = options;
  const discovery = createDiscovery(context);
  const openApi = createOpenApi(context, [...options.documents.keys()]);
  const record = new HealthRecord();
  const send = async (plain: PlainRequest, code: number, contentType: string, body: string, headers: Record<string, string> = {}): Promise<true> => {
    await sendReply(plain.request, plain.response, { code, contentType, bytes: utf8.encode(body), headers }, []);
    return true;
  };
  return async (plain) => {
    const { info } = plain;
    const { path } = info;
    const health = HEALTH.find((endpoint) => path === endpoint || path.startsWith(`${endpoint}/`));
    if (health) {
      const { code, body } = await healthReply(info, health, healthChecks(health, options.health), record);
      return send(plain, code, TEXT, body, path === health || code !== 200 ? NO_SNIFFING : {});
    }
    if (path === '/version' || path === '/version/') {
      checkRead(plain, 'application/json');
      return send(plain, 200, 'application/json', JSON.stringify(versionInfo(), undefined, 2));
    }
    if (path === '/statusz' || path === '/flagz') {
      const { flagsPage, statusPage } = await import('./debug-pages.ts');
      const accept = plain.request.headers.accept as string | undefined;
      const page = path === '/statusz' ? await statusPage(options.program, context.clock.now(), accept) : await flagsPage(options.program, accept);
      await sendReply(plain.request, plain.response, { code: 200, contentType: page.contentType, bytes: utf8.encode(page.body) }, page.warnings);
      return true;
    }
    if (path === '/metrics') return send(plain, 200, METRICS, metrics.text() + options.moreMetrics());
    if (path === '/metrics/slis') return send(plain, 200, METRICS, record.text());
    if (path === '/') return send(plain, 200, 'application/json', JSON.stringify({ paths: rootPaths(context, options) }, undefined, 2));
    if (path.startsWith(DEBUG_FLOW_CONTROL)) {
      const page = options.limiter.dump(path.slice(DEBUG_FLOW_CONTROL.length), plain.info.query.has('includeRequestDetails'));
      if (page !== undefined) return send(plain, 200, TEXT, page);
    }
    const document = options.documents.get(path);
    if (document) {
      const { contentType, body } = document();
      checkRead(plain, contentType);
      return send(plain, 200, contentType, body, { 'cache-control': 'public, max-age=3600' });
    }
    return await discovery(plain) || openApi(plain);
  };
}

/** Documents are read by GET, in the one form that they have. Others of these paths do not look at the method. */
function checkRead({ info, request }: PlainRequest, contentType: string): void {
  if (info.method !== 'GET') throw methodNotAllowed();
  checkAccepts(request.headers.accept as string | undefined, contentType);
}

function rootPaths(context: ServerContext, options: PlainPathOptions): string[] {
  const groups = context.scheme.groups().filter(({ group }) => group !== '');
  return [
    '/api', '/api/v1', '/apis', '/apis/', ...groups.flatMap(({ group, versions }) => [`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`)]),
    ...HEALTH.flatMap((endpoint) => [endpoint, ...[...healthChecks(endpoint, options.health).keys()].map((name) => `${endpoint}/${name}`)]),
    '/flagz', '/metrics', '/metrics/slis', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/statusz', '/version', ...options.documents.keys(),
  ].sort();
}

