/** Makes what may differ between two servers equal: identities, times, revisions, generated names, allocated addresses. */
import { parse } from 'yaml';
import type { Answer } from './client.ts';

export interface Normal { code: number; contentType: string; warnings: string[]; body: unknown }

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIME = /\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;
/** Times nearer than this to now are the server's, others were in the request. */
const NEAR_MILLISECONDS = 36 * 3600 * 1000;
const AGE = /^(?:\d+[smhdy])+$|^<unknown>$|^<invalid>$/;
const CLUSTER_ADDRESS = /\b10\.(?:9[6-9]|10\d|11[01])\.\d{1,3}\.\d{1,3}\b/g;
const TEXTS: [RegExp, string][] = [
  [UUID, 'UUID'], [CLUSTER_ADDRESS, 'CLUSTER-IP'], [/\bgen-[a-z0-9]{5}\b/g, 'gen-NAME'], [/\bkube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-NAME'],
  [/(ResourceVersion in (?:precondition|object meta): )\d+/g, '$1RV'], [/(too old resource version: \d+) \(\d+\)/g, '$1 (RV)'], [/(current: )\d+/g, '$1RV'],
  [/(ResourceVersion in record \()\d+/g, '$1RV'], [/(\b(?:Bad_|gen-|x{58}))[a-z0-9]{5}(?![\w-])/g, '$1NAME'],
  [/X509SHA256=[0-9a-f]{64}/g, 'X509SHA256=HASH'],
  // Ports of both servers' own addresses.
  [/127\.0\.0\.1:\d+/g, 'HOST'],
];

/** JSON that is quoted inside a message, with its keys in order: Go's order of fields tells nothing. */
const QUOTED_JSON = /"(?:\{|\[)(?:[^"\\]|\\.)*"/g;

function sortedDump(quoted: string): string {
  try {
    return JSON.stringify(JSON.stringify(inKeyOrder(normalValue(JSON.parse(JSON.parse(quoted) as string)))));
  } catch {
    return quoted;
  }
}

function inKeyOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inKeyOrder);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, inner]) => [key, inKeyOrder(inner)]));
}

export function normalText(text: string): string {
  const plain = text.replace(QUOTED_JSON, sortedDump).replace(TIME, (time, fraction: string | undefined) => (Math.abs(Date.parse(time) - Date.now()) < NEAR_MILLISECONDS ? (fraction ? 'MICRO-TIME' : 'TIME') : time));
  return TEXTS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), plain);
}

/** A signed token as its claims, with times relative to its issue. */
function normalToken(token: string): unknown {
  const [header, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>);
  if (!header || !claims) return token;
  const issued = Number(claims['iat']);
  const relative = Object.fromEntries(['exp', 'nbf', 'iat'].map((name) => [name, Number(claims[name]) - issued]));
  return { header: { ...header, kid: 'KEY' }, claims: normalValue({ ...claims, ...relative, 'kubernetes.io': dropWarnAfter(claims['kubernetes.io']) }) };
}

function dropWarnAfter(value: unknown): unknown {
  return value && typeof value === 'object' && 'warnafter' in value ? { ...value, warnafter: 'TIME' } : value;
}

/** Entries stand by the time of their writes, which may be in another second on the other side. */
function sortedEntries(value: unknown): unknown {
  if (!Array.isArray(value)) return normalValue(value);
  const entries = value.filter((entry: { manager?: unknown; operation?: unknown } | null) => entry?.manager !== DANGLING_MANAGER);
  const text = new Map(entries.map((entry) => [entry as unknown, JSON.stringify([entry?.manager, entry?.operation, inKeyOrder(normalValue(entry))])]));
  return entries.sort((left, right) => ((text.get(left) ?? '') < (text.get(right) ?? '') ? -1 : 1)).map(normalValue);
}

/** Upstream writes a FlowSchema's condition Dangling at once, but after six times in a minute only half a minute later. */
export const DANGLING_MANAGER = 'api-priority-and-fairness-config-consumer-v1';

function withoutDangling(value: unknown): unknown {
  if (!Array.isArray(value)) return normalValue(value);
  const others = value.filter((condition: { type?: unknown } | null) => condition?.type !== 'Dangling');
  return others.length === 0 && value.length > 0 ? undefined : others.map(normalValue);
}

const KEYS: Record<string, (value: unknown) => unknown> = {
  managedFields: sortedEntries, conditions: withoutDangling, resourceRules: sortedEntries, nonResourceRules: sortedEntries,
  resourceVersion: (value) => (typeof value === 'string' && /^[1-9]\d*$/.test(value) ? 'RV' : value),
  nodePort: (value) => (typeof value === 'number' && value >= 30000 && value <= 32767 ? 'NODE-PORT' : value),
  healthCheckNodePort: (value) => (typeof value === 'number' && value >= 30000 && value <= 32767 ? 'NODE-PORT' : value),
  continue: (value) => (typeof value === 'string' && value.length > 20 ? 'CONTINUE' : value),
  token: (value) => (typeof value === 'string' && /^eyJ[\w-]+\.eyJ/.test(value) ? normalToken(value) : normalValue(value)),
  time: (value) => (typeof value === 'string' && Math.abs(Date.parse(value) - Date.now()) < NEAR_MILLISECONDS ? 'TIME' : normalValue(value)),
  cells: (value) => (Array.isArray(value) ? value.map((cell) => (typeof cell === 'string' && AGE.test(cell) ? 'AGE' : normalValue(cell))) : value),
};

export function normalValue(value: unknown): unknown {
  if (typeof value === 'string') return normalText(value);
  if (Array.isArray(value)) return value.map(normalValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [normalText(key), (KEYS[key] ?? normalValue)(inner)]));
}

/** What is compared of an answer. Bodies that are not JSON are texts, several JSON documents (a watch) an array. */
export function normalAnswer({ code, headers, warnings, bytes }: Answer): Normal {
  const contentType = headers['content-type'] ?? '';
  return { code, contentType, warnings: warnings.map(normalText), body: normalBody(contentType, bytes) };
}

interface Refusal { kind?: string; message?: string; details?: { causes?: { field?: string; message?: string }[] } }

/** Go walks maps in any order, and what it finds comes in that order: findings are compared sorted. */
function withoutOrder(body: unknown): unknown {
  const status = body as Refusal | null;
  const causes = status?.kind === 'Status' ? status.details?.causes : undefined;
  if (!status || !causes || causes.length < 2) return body;
  const sorted = causes.map((cause) => JSON.stringify(cause)).sort().map((text) => JSON.parse(text) as unknown);
  const list = causes.map(({ field, message }) => `${field}: ${message}`);
  const message = list.every((text) => status.message?.includes(text)) ? status.message?.replace(/ is invalid: \[.*$/s, ' is invalid: [FINDINGS]') : status.message;
  return { ...status, message, details: { ...status.details, causes: sorted } };
}

function normalBody(contentType: string, bytes: Buffer): unknown {
  // The bytes of protobuf hold lengths and revisions; JSON has shown the content.
  if (contentType.includes('protobuf') || contentType.includes('cbor')) return `${bytes.subarray(0, 4).toString('latin1')}...`;
  const text = bytes.toString();
  // Writers of YAML differ in what they quote.
  if (contentType.includes('yaml')) return normalValue(parse(text));
  if (!contentType.includes('json')) return normalText(text);
  try {
    return withoutOrder(normalValue(JSON.parse(text)));
  } catch {
    return text.split('\n').filter(Boolean).map((line) => {
      try {
        return normalValue(JSON.parse(line));
      } catch {
        return normalText(line);
      }
    });
  }
}
