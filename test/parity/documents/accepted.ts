import type { DocumentDifference } from './differ.ts';
import type { DocumentCall } from './documents.ts';

/** Differences that stay, each with its reason. All given properties must match. */
interface Accepted { reason: string; kind?: string; name?: RegExp; path?: RegExp; upstream?: RegExp; naru?: RegExp }

const METRICS = 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on';
const PAGES = 'naru has none of the pages for debugging upstream’s process: flags, statusz, index.html';
const ACCEPTED: Accepted[] = [
  { reason: METRICS, naru: /metrics\.k8s\.io|io\.k8s\.metrics\./ }, { reason: METRICS, name: /metrics\.k8s\.io/ }, { reason: METRICS, path: /metrics\.k8s\.io|\/io\.k8s\.metrics\./ },
  { reason: 'the build is another', name: /^\/version/, path: /gitCommit|goVersion|buildDate/ },
  { reason: 'the keys are other ones', name: /jwks/, path: /\/keys\/\d+\/(?:n|x|y|kid)$/ },
  { reason: PAGES, name: /^\/(?:flagz|statusz|index\.html)$/ }, { reason: PAGES, name: /^\/$/, upstream: /^\/(?:flagz|statusz)$/ },
  { reason: 'no client asks for the protobuf form of OpenAPI v3; naru answers in JSON', name: /^v3 protobuf$/ },
  { reason: 'naru says in words that there is no such document', name: /^v3 unknown$/, path: /content-type|nosniff|x-content-type|body/ },
  { reason: 'upstream’s order of components is random, and its other servers are not started here', name: /componentstatuses/ },
  { reason: 'autoscaling/v1 keeps CPU and further metrics apart, which loses their order', name: /autoscaling\/v1\/horizontal/, path: /rows\/unknown/ },
  { reason: 'one API server has no lease and no legacy tokens to keep account of', kind: 'table', upstream: /"cells":\["(?:apiserver-|kube-apiserver-legacy-service-account-token-tracking)/ },
  { reason: 'upstream is started here without its address among the endpoints', kind: 'table', naru: /"cells":\["kubernetes",/ },
  { reason: 'naru’s role for what its nodes do', kind: 'table', naru: /"cells":\["naru:/ },
  { reason: 'upstream is started here without a header for the uid', name: /configmaps$/, path: /extension-apiserver-authentication/ },
];

export function acceptedReason(call: DocumentCall, { path, upstream, naru }: DocumentDifference): string | undefined {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
  return ACCEPTED.find((each) => (each.kind === undefined || each.kind === call.kind) && (each.name?.test(call.name) ?? true) && (each.path?.test(path) ?? true)
    && (each.upstream?.test(text(upstream)) ?? true) && (each.naru?.test(text(naru)) ?? true))?.reason;
}
