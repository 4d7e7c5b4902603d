import type { DocumentDifference } from './differ.ts';
import type { DocumentCall } from './documents.ts';

/** Differences that stay, each with its reason. All given properties must match. */
interface Accepted { reason: string; kind?: string; name?: RegExp; path?: RegExp; upstream?: RegExp; naru?: RegExp }

const METRICS = 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on';
const PAGES = 'the programs and their flags are others; naru has no index.html';
const ACCEPTED: Accepted[] = [
  { reason: METRICS, naru: /metrics\.k8s\.io|io\.k8s\.metrics\./ }, { reason: METRICS, name: /metrics\.k8s\.io/ }, { reason: METRICS, path: /metrics\.k8s\.io|\/io\.k8s\.metrics\./ },
  { reason: 'the build is another', name: /^\/version/, path: /gitCommit|goVersion|buildDate/ },
  { reason: 'the keys are other ones', name: /jwks/, path: /\/keys\/\d+\/(?:n|x|y|kid)$/ },
  { reason: PAGES, name: /^\/(?:flagz|statusz|index\.html)$/ },
  { reason: 'no client asks for the protobuf form of OpenAPI v3; naru answers in JSON', name: /^v3 protobuf$/ },
  { reason: 'upstream’s order of components is random, and its other servers are not started here', name: /componentstatuses/ },
  { reason: 'autoscaling/v1 keeps CPU and further metrics apart, which loses their order', name: /autoscaling\/v1\/horizontal/, path: /rows\/unknown/ },
  { reason: 'one API server has no lease and no legacy tokens to keep account of', kind: 'table', upstream: /"cells":\["(?:apiserver-|kube-apiserver-legacy-service-account-token-tracking)/ },
  { reason: 'upstream is started here without its address among the endpoints', kind: 'table', naru: /"cells":\["kubernetes",/ },
  { reason: 'naru’s role for what its nodes do', kind: 'table', naru: /"cells":\["naru:/ },
  { reason: 'upstream is started here without a header for the uid', name: /configmaps$/, path: /extension-apiserver-authentication/ },
];

const metrics = (reason: string, names: RegExp): Accepted => ({ reason: `metrics: ${reason}`, kind: 'metrics', path: new RegExp(`^/(?:${names.source})$`) });
/** As docs/metrics.md tells them. */
ACCEPTED.push(
  metrics('of Go’s runtime, its client library and etcd’s client, which naru has not', /go_\w+|grpc_client_\w+|rest_client_\w+|\w+_x509_\w+/),
  metrics('of the library that gathers upstream’s metrics', /(?:cardinality_enforcement_unexpected_categorizations|disabled_metrics|hidden_metrics|registered_metrics)_total/),
  metrics('of informers and work queues inside upstream’s API server; naru’s server reads its memory', /informer_\w+|workqueue_\w+|node_authorizer_\w+|aggregator_discovery_\w+|apiextensions_openapi_\w+/),
  metrics('of etcd and the cache before it, which are one thing in naru', /etcd_\w+|apiserver_storage_(?!objects)\w+|apiserver_watch_cache_\w+|watch_cache_capacity|apiserver_envelope_\w+|apiserver_resource_size_estimate_bytes|apiserver_watch_(?:events_dispatch|list)_\w+/),
  metrics('of ways that naru does not go: requests to itself, feature gates, declarative validation, tokens of old', /apiserver_selfrequest_total|kubernetes_feature_enabled|apiserver_validation_\w+|serviceaccount_(?:invalid_)?legacy_(?:auto|manual)_\w+|apiserver_request_timestamp_comparison_time|apiserver_nodeport_repair_\w+/),
  metrics('not counted yet', /apiextensions_apiserver_validation_ratcheting_seconds|apiserver_admission_step_\w+_summary|apiserver_admission_webhook_\w+|apiserver_validating_\w+|apiserver_audit_requests_rejected_total|apiserver_cel_\w+|apiserver_current_inqueue_requests|apiserver_flowcontrol_\w+/),
  metrics('naru tells the number of objects under the former name too', /apiserver_storage_objects/),
  metrics('only with an audit policy', /apiserver_audit_event_total/),
);

export function acceptedReason(call: DocumentCall, { path, upstream, naru }: DocumentDifference): string | undefined {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
  return ACCEPTED.find((each) => (each.kind === undefined || each.kind === call.kind) && (each.name?.test(call.name) ?? true) && (each.path?.test(path) ?? true)
    && (each.upstream?.test(text(upstream)) ?? true) && (each.naru?.test(text(naru)) ?? true))?.reason;
}
