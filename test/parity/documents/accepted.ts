import type { DocumentDifference } from './differ.ts';
import type { DocumentCall } from './documents.ts';

/** Differences that stay, each with its reason. All given properties must match. */
interface Accepted { reason: string; kind?: string; name?: RegExp; path?: RegExp; upstream?: RegExp; naru?: RegExp }

const ACCEPTED: Accepted[] = [
  { reason: 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on', naru: /metrics\.k8s\.io|"?io\.k8s\.metrics\./ },
  { reason: 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on', name: /metrics\.k8s\.io/ },
  { reason: 'naru serves metrics.k8s.io itself, upstream leaves it to an add-on', path: /metrics\.k8s\.io|\/io\.k8s\.metrics\./ },
  { reason: 'the build is another', name: /^\/version/, path: /gitCommit|goVersion|buildDate/ },
];

export function acceptedReason(call: DocumentCall, { path, upstream, naru }: DocumentDifference): string | undefined {
  const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value) ?? '');
  return ACCEPTED.find((each) => (each.kind === undefined || each.kind === call.kind) && (each.name?.test(call.name) ?? true) && (each.path?.test(path) ?? true)
    && (each.upstream?.test(text(upstream)) ?? true) && (each.naru?.test(text(naru)) ?? true))?.reason;
}
