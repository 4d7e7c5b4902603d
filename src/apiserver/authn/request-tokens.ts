import { isUtf8 } from 'node:buffer';
import type { Credentials } from '../contracts.ts';
import { headerValues } from './users.ts';

type Headers = Credentials['headers'];

const SUBPROTOCOLS = 'sec-websocket-protocol';
const TOKEN_PREFIX = 'base64url.bearer.authorization.k8s.io.';
const SPACE_WARNING = 'the provided Authorization header contains extra space before the bearer token, and is ignored';

/** The bearer token of the `Authorization` header. A second space before it makes it none, as upstream reads it; that is said. */
export function headerToken(headers: Headers, warn: (text: string) => void): string | undefined {
  const [scheme, token, more] = (headerValues(headers, 'authorization')[0] ?? '').trim().split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined) return undefined;
  if (token === '' && more !== undefined) warn(SPACE_WARNING);
  return token || undefined;
}

/** What the subprotocols of a browser's WebSocket say: its token, and the others, of which one is the server's answer. */
export interface SubprotocolToken { token: string; others: string[] }

/** undefined: no upgrade to a WebSocket, or one without a token. Throws Error for what cannot be one. */
export function subprotocolToken(headers: Headers): SubprotocolToken | undefined {
  if (!asksForWebSocket(headers)) return undefined;
  const protocols = headerValues(headers, SUBPROTOCOLS).flatMap((value) => value.split(',')).map((protocol) => protocol.trim());
  const [encoded, second] = protocols.filter((protocol) => protocol.startsWith(TOKEN_PREFIX)).map((protocol) => protocol.slice(TOKEN_PREFIX.length));
  if (!encoded) return undefined;
  if (second !== undefined) throw new Error('more than one bearer token among the subprotocols');
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded || !isUtf8(bytes)) throw new Error('the bearer token among the subprotocols is badly encoded');
  const others = protocols.filter((protocol) => !protocol.startsWith(TOKEN_PREFIX));
  if (others.length === 0) throw new Error('a subprotocol besides the bearer token is needed');
  return { token: bytes.toString(), others };
}

/** Whoever the request goes to next (a pod's proxy, an extension server) must not see the token. */
export function withoutToken(headers: Headers, { others }: SubprotocolToken): void {
  headers[SUBPROTOCOLS] = others.join(',');
}

function asksForWebSocket(headers: Headers): boolean {
  const has = (name: string, word: string): boolean => headerValues(headers, name).some((value) => value.toLowerCase().includes(word));
  return headerValues(headers, 'upgrade')[0]?.toLowerCase() === 'websocket' && has('connection', 'upgrade');
}
