import { parse } from 'yaml';
import type { Answer } from '../client.ts';
import { normalValue } from '../normalize.ts';
import { withoutDescriptions } from './differ.ts';

/** Headers that say what a client may do with a document. */
const HEADERS = ['content-type', 'cache-control', 'etag', 'vary', 'last-modified', 'expires', 'location', 'x-content-type-options'];
/** Of these only whether they are there is compared. */
const OWN_VALUES = new Set(['etag', 'last-modified', 'expires']);

/** What is compared of a document: its status code, headers and content. */
export function normalDocument({ code, headers, bytes }: Answer, kind: string): Record<string, unknown> {
  const shown = HEADERS.filter((name) => headers[name] !== undefined).map((name) => [name, OWN_VALUES.has(name) ? 'SOME' : withoutOwnValues(headers[name] as string)]);
  return { code, headers: Object.fromEntries(shown), body: normalBody(headers['content-type'] ?? '', bytes, kind) };
}

function withoutOwnValues(text: string): string {
  return text.replace(/hash=[0-9A-F]{128}/g, 'hash=HASH').replace(/(127\.0\.0\.1|192\.0\.2\.1):\d+/g, 'ADDRESS').replace(/\b[0-9a-f]{40}\b/g, 'COMMIT');
}

function normalBody(type: string, bytes: Buffer, kind: string): unknown {
  const text = withoutOwnValues(bytes.toString());
  if (text.startsWith('{')) {
    const body = JSON.parse(text) as unknown;
    if (kind === 'table') return withoutDescriptions(normalValue(body));
    return kind === 'openapi' ? withoutDescriptions(body) : body;
  }
  if (type.includes('yaml')) {
    const body = normalValue(parse(text)) as unknown;
    return kind === 'table' ? withoutDescriptions(body) : body;
  }
  // The protobuf of OpenAPI is read in main.ts, that of discovery has the content of the JSON that is compared.
  if (type.includes('protobuf')) return bytes.subarray(0, 4).toString('latin1');
  return text.split('\n');
}
