import type { Duplex } from 'node:stream';
import { sleep, systemClock, type Clock } from '../base/clock.ts';
import { createLogger, type Logger } from '../base/log.ts';
import { systemRandom, type Random } from '../base/random.ts';
import type { KindRules } from '../api/kind-rules.ts';
import type { ResourceInfo, Scheme } from '../api/schema.ts';
import type { Transport } from '../client/transport.ts';
import type { Storage } from '../storage/storage.ts';
import type { AdmissionPlugin, Authenticator, Authorizer, ObjectReader, UserInfo } from './contracts.ts';
import type { ApiServerFlags, ReviewHandler, ServerContext } from './context.ts';
import { withExpressionRules } from './admission/expression-validation.ts';
import { Impersonator } from './authn/impersonation.ts';
import { createAggregator } from './aggregation/aggregator.ts';
import type { FrontProxyClient } from './aggregation/extension.ts';
import { createCustomResources } from './crd/create.ts';
import { type Component, createComponentServer } from './http/component-server.ts';
import { createPlainPaths } from './http/plain-paths.ts';
import { StartProgress } from './http/health-checks.ts';
import { storeCheck, validityCheck } from './http/health-sources.ts';
import { SecurityMetrics } from './http/security-metrics.ts';
import { StationMetrics } from './http/station-metrics.ts';
import { createHandler, type HandlerOptions } from './http/handler.ts';
import type { Auditor } from './audit/auditor.ts';
import { createLimiter } from './flow-control/create.ts';
import { createFlowControlKeeper } from './flow-control/keeper.ts';
import { Metrics, WatchMetrics, objectCountText } from './http/metrics.ts';
import { metricsResources } from './metrics-api/resources.ts';
import { createMetricsVerb } from './metrics-api/verb.ts';
import { createCertificateReader, createHttpsServer, type HttpsServer, type ServerTls } from './http/server.ts';
import { createObjectReader } from './registry/object-reader.ts';
import { ObjectStore } from './registry/object-store.ts';
import { JSON_FORM, type StoredForm } from './registry/stored-form.ts';
import { createServiceAllocators } from './services/create-allocators.ts';
import { portNote } from './services/port-note.ts';
import { connectEndpoint, serviceEndpoint } from './streams/cluster-connector.ts';
import { componentStatusVerb } from './verbs/component-status.ts';
import { createInProcessTransport } from './transport/in-process.ts';
import { keepExtensionTrust, type TrustKeeper } from './bootstrap/extension-trust.ts';
import { bootstrapObjects } from './bootstrap/bootstrap.ts';

/** Who may do what, and what is checked on the way in. Made when the reader of stored objects exists. */
export interface Security {
  authenticator: Authenticator;
  authorizer: Authorizer;
  admission: AdmissionPlugin[];
  /** By resource, `tokenreviews.authentication.k8s.io`, or `serviceaccounts/token`. */
  reviews?: Map<string, ReviewHandler>;
  /** Counts of both, in Prometheus' text form. */
  metricsText?(): string;
}

/** A raw connection to a ready endpoint of a Service's port, through its node where needed. Rejects when there is none. */
export type ServiceConnector = (namespace: string, name: string, port: number) => Promise<Duplex>;

export interface ApiServerOptions {
  /** Most of some thousand connections have ended. */
  onCrowdLeft?: () => void;
  storage: Storage;
  /** Default: naru's own. */
  storedForm?: StoredForm;
  scheme: Scheme;
  security: Security | ((parts: { objects: ObjectReader; connectService: ServiceConnector }) => Security);
  /** Of built-in kinds. */
  kindRules(group: string, kind: string): KindRules | undefined;
  tls: ServerTls;
  /** Client certificate towards the kubelets. */
  kubeletClient?: { certificatePem: string; privateKeyPem: string; caPem?: string };
  clock?: Clock;
  random?: Random;
  log?: Logger;
  flags?: Partial<ApiServerFlags>;
  /** Client certificate towards extension API servers; without it APIServices are only objects. */
  frontProxyClient?: FrontProxyClient;
  /** Told of every request once it is answered. */
  audit?: HandlerOptions['audit'];
  /** Keeps the audit log; closed with the server. */
  auditor?: Auditor;
  /** As upstream's flags of these names, for the page that tells them. */
  givenFlags?: Record<string, string>;
  /** Further documents at paths that are no resources: `/.well-known/openid-configuration`. */
  documents?: Map<string, () => { contentType: string; body: string }>;
  /** Named checks of /readyz; each throws when it is not met. */
  readyChecks?: Map<string, () => void | Promise<void>>;
}

export interface ApiServer {
  /** Loads what is stored, makes what every cluster has, then serves on each address. */
  listen(addresses: { host: string; port: number }[]): Promise<{ host: string; port: number }[]>;
  /** Serves health, metrics and pages for debugging of another part of the control plane, to whom the API server's own are open. */
  listenFor(component: Component, address: { host: string; port: number }): Promise<{ host: string; port: number }>;
  /** Other authorities of client certificates from now on; connections that stand are judged anew. */
  trustClients(caPem: string): void;
  /** Requests from the same process on behalf of `user`: no TLS, no encoding, no authorization. */
  transport(user: UserInfo): Transport;
  readonly objects: ObjectReader;
  readonly connectService: ServiceConnector;
  readonly context: ServerContext;
  close(): Promise<void>;
}

export const DEFAULT_FLAGS: ApiServerFlags = {
  allowDuplicatePorts: false, serviceCidr: '10.96.0.0/16', nodePortRange: [30000, 32767], advertiseAddress: '127.0.0.1', advertisePort: 6443,
  eventTtlSeconds: 3600, minRequestTimeoutSeconds: 1800, maxBodyBytes: 3 * 1024 * 1024, kubeletPort: 10250,
  requestTimeoutSeconds: 60, shutdownDelaySeconds: 0, maxRequestsInFlight: 400, maxMutatingRequestsInFlight: 200, priorityAndFairness: true,
};
const CLOSE_GRACE_MILLISECONDS = 3000;
/** Without an audit log. */
const NOTHING_AUDITED = ['event', 'requests_rejected'].map((what) => `# TYPE apiserver_audit_${what}_total counter\napiserver_audit_${what}_total 0\n`).join('');
const DEBUG_PATHS = ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version'];

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { storage, scheme, clock = systemClock, random = systemRandom, log = createLogger('apiserver') } = options;
  for (const resource of metricsResources()) scheme.register(resource);
  const flags: ApiServerFlags = { ...DEFAULT_FLAGS, ...options.flags };
  const store = new ObjectStore(storage, options.storedForm);
  const objects = createObjectReader(store);
  const connectService: ServiceConnector = async (namespace, name, port) => connectEndpoint(context, await serviceEndpoint(context, namespace, name, String(port)));
  const security = typeof options.security === 'function' ? options.security({ objects, connectService }) : options.security;
  const aggregator = options.frontProxyClient ? createAggregator(() => context, options.frontProxyClient) : undefined;
  const custom = createCustomResources(() => context, options.kindRules, connectService);
  const securityMetrics = new SecurityMetrics(clock);
  const context: ServerContext = {
    scheme, storage, store, objects, flags, watchMetrics: new WatchMetrics(), stations: new StationMetrics(clock), clock, random, log, admission: securityMetrics.admission([...custom.admission, ...security.admission]), reviews: security.reviews ?? new Map(),
    kindRules: withExpressionRules(custom.kindRules), computed: computedResources(), allocators: createServiceAllocators(flags, store, objects, random, clock, storage.latestRevision && portNote(storage, options.storedForm ?? JSON_FORM, flags.nodePortRange)),
    convertCustom: custom.shown, persistCustom: custom.persisted,
    ...(aggregator ? { externalGroups: aggregator } : {}),
    ...(options.kubeletClient ? { kubeletClient: options.kubeletClient } : {}),
  };
  const tls = { ...options.tls }, { frontProxyCaPem } = tls;
  const keepsTrust = aggregator !== undefined && tls.clientCaPem !== undefined && frontProxyCaPem !== undefined;
  let trustKeeper: TrustKeeper | undefined;
  const metrics = new Metrics(clock.now());
  const progress = new StartProgress();
  let loading: Promise<void> | undefined;
  const load = (): Promise<void> => (loading ??= Promise.all(storedPlaces(scheme).map((place) => store.loaded(place)))
    .then(() => { progress.finish('stores'); })
    .then(() => custom.start()).then(() => { progress.finish('custom-resources'); })
    .then(() => bootstrapObjects(context))
    .then(async () => { if (keepsTrust) trustKeeper = await keepExtensionTrust(context, () => ({ clientCaPem: tls.clientCaPem ?? '', frontProxyCaPem, frontProxyNames: [] })); }).then(() => { progress.finish('system-objects'); })
    .then(() => aggregator?.start()).then(() => { progress.finish('aggregation'); })
    .then(() => {
      keeper?.start();
      progress.finish('flow-control');
    }));
  const authenticator = securityMetrics.authenticator(security.authenticator), authorizer = securityMetrics.authorizer(security.authorizer);
  const impersonator = new Impersonator(authorizer, clock);
  const componentServers: HttpsServer[] = [];
  const limiter = createLimiter(context);
  const keeper = flags.priorityAndFairness ? createFlowControlKeeper(context) : undefined;
  const running: HandlerOptions['running'] = { count: 0 };
  let stopping = false;
  const plain = createPlainPaths({
    context, metrics, documents: options.documents ?? new Map(), limiter,
    program: { name: 'apiserver', startedAt: clock.now(), paths: DEBUG_PATHS, flags: () => ({ ...upstreamFlags(flags), ...options.givenFlags }) },
    health: {
      progress, hasFlowControl: flags.priorityAndFairness, hasAggregation: aggregator !== undefined, more: options.readyChecks ?? new Map(), isStopping: () => stopping,
      storeAnswers: storeCheck(storage), certificateIsValid: validityCheck(options.tls, clock),
    },
    moreMetrics: () => context.watchMetrics.text() + objectCountText(store.counts()) + limiter.metricsText() + (options.auditor?.metricsText() ?? NOTHING_AUDITED) + (security.metricsText?.() ?? '') + securityMetrics.text() + context.stations.text() + impersonator.metricsText() + context.allocators.metricsText() + (aggregator?.metricsText() ?? ''),
  });
  const handler = createHandler({
    context, metrics, plain, authenticator, authorizer, impersonator, certificateOf: createCertificateReader(tls),
    running, limiter, audit: options.audit, auditor: options.auditor, ...(aggregator ? { aggregate: aggregator.serve } : {}),
  });
  const server = createHttpsServer({ tls, onRequest: handler.request, onUpgrade: handler.upgrade, onTlsError: () => metrics.tlsError(), ...(options.onCrowdLeft ? { onCrowdLeft: options.onCrowdLeft } : {}) });
  const stopDropping = scheme.onChange(() => dropUnserved(scheme, store));
  return {
    objects, connectService, context,
    async listen(addresses) {
      await load();
      return Promise.all(addresses.map(({ host, port }) => server.listen(host, port)));
    },
    listenFor(component, { host, port }) {
      const one = createComponentServer(component, { tls, authenticator, authorizer, clock });
      componentServers.push(one);
      return one.listen(host, port);
    },
    trustClients(caPem) {
      tls.clientCaPem = caPem;
      for (const each of [server, ...componentServers]) each.renewTls();
      trustKeeper?.look();
    },
    transport: (user) => createInProcessTransport(context, user, load, options.auditor),
    async close() {
      stopping = true;
      if (flags.shutdownDelaySeconds > 0) await sleep(flags.shutdownDelaySeconds * 1000);
      stopDropping();
      custom.stop();
      aggregator?.stop();
      limiter.close();
      keeper?.stop();
      trustKeeper?.stop();
      for (const each of componentServers) void each.close(0);
      const closing = server.close(CLOSE_GRACE_MILLISECONDS, drained(running));
      store.close();
      await closing;
      await options.auditor?.close();
    },
  };
}

/** The settings under the names of upstream's flags. */
function upstreamFlags(flags: ApiServerFlags): Record<string, string> {
  const [firstPort, lastPort] = flags.nodePortRange;
  return {
    'advertise-address': flags.advertiseAddress, 'secure-port': String(flags.advertisePort), 'service-cluster-ip-range': flags.serviceCidr, 'service-node-port-range': `${firstPort}-${lastPort}`,
    'event-ttl': `${flags.eventTtlSeconds}s`, 'min-request-timeout': String(flags.minRequestTimeoutSeconds), 'request-timeout': `${flags.requestTimeoutSeconds}s`, 'shutdown-delay-duration': `${flags.shutdownDelaySeconds}s`,
    'max-requests-inflight': String(flags.maxRequestsInFlight), 'max-mutating-requests-inflight': String(flags.maxMutatingRequestsInFlight), 'enable-priority-and-fairness': String(flags.priorityAndFairness),
  };
}

/** Resolves when no request with an end is running; each has its own time limit. */
function drained(running: HandlerOptions['running']): Promise<void> {
  if (running.count === 0) return Promise.resolve();
  return new Promise((resolve) => { running.onIdle = resolve; });
}

function computedResources(): ServerContext['computed'] {
  const metrics = createMetricsVerb();
  return new Map([['componentstatuses', componentStatusVerb], ['nodes.metrics.k8s.io', metrics], ['pods.metrics.k8s.io', metrics]]);
}

/** One entry a place in the store; several versions share it. What cannot be watched is not stored but computed. */
function storedPlaces(scheme: Scheme): ResourceInfo[] {
  const places = new Map<string, ResourceInfo>();
  for (const info of scheme.resources()) if (info.verbs.includes('watch')) places.set(`${info.group}/${info.resource}`, info);
  return [...places.values()];
}

/** Ends the watches of custom resources that are gone, so that their clients notice. */
function dropUnserved(scheme: Scheme, store: ObjectStore): void {
  const served = new Set(scheme.resources().map((info) => `${info.group}/${info.resource}`));
  store.dropExcept((group, resource) => served.has(`${group}/${resource}`));
}
