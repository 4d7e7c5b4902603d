import { isDeepStrictEqual } from 'node:util';
import type { Normal } from './normalize.ts';

/** One place where two answers differ; `path` is `code`, `content-type`, `warnings` or a path into the body, with `*` for indexes. */
export interface Difference { path: string; upstream: unknown; naru: unknown }

export function differences(upstream: Normal, naru: Normal): Difference[] {
  if (upstream.code !== naru.code) return [{ path: 'code', upstream: shortAnswer(upstream), naru: shortAnswer(naru) }];
  const found: Difference[] = [];
  if (upstream.contentType !== naru.contentType) found.push({ path: 'content-type', upstream: upstream.contentType, naru: naru.contentType });
  if (!isDeepStrictEqual(upstream.warnings, naru.warnings)) found.push({ path: 'warnings', upstream: upstream.warnings, naru: naru.warnings });
  compareValues('', upstream.body, naru.body, found);
  return found;
}

/** Enough of an answer to see why the codes differ. */
function shortAnswer({ code, body }: Normal): string {
  const status = body as { kind?: string; message?: string };
  return `${code} ${status?.kind === 'Status' ? status.message : status?.kind ?? String(body).slice(0, 200)}`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function compareValues(path: string, upstream: unknown, naru: unknown, found: Difference[]): void {
  if (isDeepStrictEqual(upstream, naru)) return;
  if (Array.isArray(upstream) && Array.isArray(naru)) return compareLists(path, upstream, naru, found);
  if (!isObject(upstream) || !isObject(naru)) {
    found.push({ path: path || 'body', upstream, naru });
    return;
  }
  for (const key of new Set([...Object.keys(upstream), ...Object.keys(naru)])) {
    compareValues(path ? `${path}.${key}` : key, upstream[key], naru[key], found);
  }
}

/** Lists of one length are compared item by item, others by what only one side has. */
function compareLists(path: string, upstream: unknown[], naru: unknown[], found: Difference[]): void {
  const lacks = (list: unknown[], item: unknown): boolean => !list.some((other) => isDeepStrictEqual(other, item));
  const missing = upstream.filter((item) => lacks(naru, item));
  const extra = naru.filter((item) => lacks(upstream, item));
  if (missing.length === 0 && extra.length === 0) found.push({ path: `${path}.order`, upstream, naru });
  else if (upstream.length === naru.length) upstream.forEach((item, index) => compareValues(`${path}.*`, item, naru[index], found));
  else found.push({ path: `${path}.*`, upstream: missing, naru: extra });
}
