import type { ServerContext } from '../context.ts';
import { createDiscovery } from '../discovery/discovery.ts';
import type { RequestLimiter } from '../flow-control/limiter.ts';
import { createOpenApi } from '../openapi/openapi.ts';
import type { PlainRequest } from './handler.ts';
import { healthReply, type Check } from './health.ts';
import type { Metrics } from './metrics.ts';
import { sendReply } from './respond.ts';
import { versionInfo } from './version.ts';

export interface PlainPathOptions {
  context: ServerContext;
  metrics: Metrics;
  documents: Map<string, () => { contentType: string; body: string }>;
  readyChecks: Map<string, Check>;
  isLoaded(): boolean;
  isStopping(): boolean;
  limiter: RequestLimiter;
  /** Metrics of other parts, in Prometheus' text form. */
  moreMetrics(): string;
}

const utf8 = new TextEncoder();
const HEALTH = ['/healthz', '/livez', '/readyz'];
const DEBUG_FLOW_CONTROL = '/debug/api_priority_and_fairness/';
const TEXT = 'text/plain; charset=utf-8';

/** Serves what is no resource: health, version, metrics, discovery, OpenAPI and further documents. */
export function createPlainPaths(options: PlainPathOptions): (request: PlainRequest) => Promise<boolean> {
  const { context, metrics } = options;
  const discovery = createDiscovery(context);
  const openApi = createOpenApi(context);
  const send = async (plain: PlainRequest, code: number, contentType: string, body: string): Promise<true> => {
    await sendReply(plain.request, plain.response, { code, contentType, bytes: utf8.encode(body) }, []);
    return true;
  };
  const checksOf = (endpoint: string): Map<string, Check> => {
    const checks = new Map<string, Check>([['ping', () => undefined], ['log', () => undefined], ['etcd', () => storeIsOpen(context)]]);
    if (endpoint === '/livez') return checks;
    checks.set('informer-sync', () => { if (!options.isLoaded()) throw new Error('not loaded'); });
    for (const [name, check] of options.readyChecks) checks.set(name, check);
    if (endpoint === '/readyz') checks.set('shutdown', () => { if (options.isStopping()) throw new Error('process is shutting down'); });
    return checks;
  };
  return async (plain) => {
    const { info } = plain;
    const { path } = info;
    if (!['GET', 'HEAD'].includes(info.method)) return false;
    const health = HEALTH.find((endpoint) => path === endpoint || path.startsWith(`${endpoint}/`));
    if (health) {
      const { code, body } = await healthReply(info, health, checksOf(health));
      return send(plain, code, TEXT, body);
    }
    if (path === '/version' || path === '/version/') return send(plain, 200, 'application/json', JSON.stringify(versionInfo(), undefined, 2));
    if (path === '/metrics') return send(plain, 200, 'text/plain; version=0.0.4; charset=utf-8', metrics.text() + options.moreMetrics());
    if (path === '/') return send(plain, 200, 'application/json', JSON.stringify({ paths: rootPaths(context, options) }, undefined, 2));
    if (path.startsWith(DEBUG_FLOW_CONTROL)) {
      const page = options.limiter.dump(path.slice(DEBUG_FLOW_CONTROL.length), plain.info.query.has('includeRequestDetails'));
      if (page !== undefined) return send(plain, 200, TEXT, page);
    }
    const document = options.documents.get(path);
    if (document) {
      const { contentType, body } = document();
      return send(plain, 200, contentType, body);
    }
    return await discovery(plain) || openApi(plain);
  };
}

/** The store answers now. */
async function storeIsOpen({ storage }: ServerContext): Promise<void> {
  storage.revision();
  await storage.check?.();
}

function rootPaths(context: ServerContext, options: PlainPathOptions): string[] {
  const groups = context.scheme.groups().filter(({ group }) => group !== '');
  return [
    '/api', '/api/v1', '/apis', '/apis/', ...groups.flatMap(({ group, versions }) => [`/apis/${group}`, ...versions.map((version) => `/apis/${group}/${version}`)]),
    ...HEALTH, '/metrics', '/openapi/v2', '/openapi/v3', '/openapi/v3/', '/version', ...options.documents.keys(),
  ].sort();
}

