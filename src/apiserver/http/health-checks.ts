import type { Check } from './health.ts';

/** What the server does before it serves, each once. */
export type StartStep = 'stores' | 'custom-resources' | 'system-objects' | 'aggregation' | 'flow-control';

/** Which steps are done. */
export class StartProgress {
  private readonly done = new Set<StartStep>();

  finish(step: StartStep): void {
    this.done.add(step);
  }
  check(step: StartStep): void {
    if (!this.done.has(step)) throw new Error('not finished');
  }
}

export interface HealthSources {
  progress: StartProgress;
  /** Rejects when the store does not answer. */
  storeAnswers(): Promise<void>;
  /** Throws when the server's certificate has run out. */
  certificateIsValid(): void;
  isStopping(): boolean;
  hasFlowControl: boolean;
  hasAggregation: boolean;
  /** Further checks, behind the server's own. */
  more: Map<string, Check>;
}

/** Upstream's names of what is done at the start, in its order, and the step of ours that does it. */
const HOOKS: [name: string, step: StartStep][] = [
  ['start-apiserver-admission-initializer', 'stores'], ['generic-apiserver-start-informers', 'stores'],
  ['priority-and-fairness-config-consumer', 'flow-control'], ['priority-and-fairness-filter', 'flow-control'],
  ['storage-object-count-tracker-hook', 'stores'], ['start-apiextensions-informers', 'custom-resources'], ['start-apiextensions-controllers', 'custom-resources'],
  ['crd-informer-synced', 'custom-resources'], ['start-system-namespaces-controller', 'system-objects'], ['peer-endpoint-reconciler-controller', 'system-objects'],
  ['start-cluster-authentication-info-controller', 'system-objects'], ['start-kube-apiserver-identity-lease-controller', 'system-objects'],
  ['start-kube-apiserver-identity-lease-garbage-collector', 'system-objects'], ['storage-readiness', 'stores'], ['start-legacy-token-tracking-controller', 'system-objects'],
  ['start-service-ip-repair-controllers', 'system-objects'], ['rbac/bootstrap-roles', 'system-objects'], ['scheduling/bootstrap-system-priority-classes', 'system-objects'],
  ['priority-and-fairness-config-producer', 'flow-control'], ['bootstrap-controller', 'system-objects'], ['start-kubernetes-service-cidr-controller', 'system-objects'],
  ['aggregator-reload-proxy-client-cert', 'aggregation'], ['start-kube-aggregator-informers', 'aggregation'], ['apiservice-status-local-available-controller', 'aggregation'],
  ['apiservice-status-remote-available-controller', 'aggregation'], ['apiservice-registration-controller', 'aggregation'], ['apiservice-discovery-controller', 'aggregation'],
  ['kube-apiserver-autoregistration', 'aggregation'], ['apiservice-openapi-controller', 'aggregation'], ['apiservice-openapiv3-controller', 'aggregation'],
];
const AUTOREGISTRATION = 'poststarthook/kube-apiserver-autoregistration';

export type HealthEndpoint = '/healthz' | '/livez' | '/readyz';

/** The named checks of an endpoint in the order in which they are told. */
export function healthChecks(endpoint: HealthEndpoint, sources: HealthSources): Map<string, Check> {
  const { progress } = sources;
  const checks = new Map<string, Check>([['ping', () => undefined], ['log', logIsOpen]]);
  if (endpoint !== '/readyz') checks.set('loopback-serving-certificate', () => sources.certificateIsValid());
  checks.set('etcd', () => sources.storeAnswers());
  if (endpoint === '/readyz') {
    checks.set('etcd-readiness', () => sources.storeAnswers());
    checks.set('informer-sync', () => progress.check('stores'));
  }
  for (const [name, step] of HOOKS) {
    if ((step === 'flow-control' && !sources.hasFlowControl) || (step === 'aggregation' && !sources.hasAggregation)) continue;
    const path = `poststarthook/${name}`;
    checks.set(path, () => progress.check(step));
    if (path === AUTOREGISTRATION) checks.set('autoregister-completion', () => progress.check('aggregation'));
  }
  for (const [name, check] of sources.more) checks.set(name, check);
  if (endpoint === '/readyz') checks.set('shutdown', () => { if (sources.isStopping()) throw new Error('process is shutting down'); });
  return checks;
}

function logIsOpen(): void {
  if (!process.stderr.writable) throw new Error('the log is closed');
}
