import type { IncomingMessage, ServerResponse } from 'node:http';

/** What pages of other origins may do here, and that browsers must keep to TLS. */
export interface BrowserAccess {
  /** Absent: no page of another origin may read answers. */
  allowsOrigin?(origin: string): boolean;
  /** Value of the Strict-Transport-Security header. */
  transportSecurity?: string;
}

const METHODS = 'POST, GET, OPTIONS, PUT, DELETE, PATCH';
const HEADERS = 'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since';

/** Sets what browsers want to know. True: it was a browser's question beforehand, which is answered with it. */
export function browserHeaders({ allowsOrigin, transportSecurity }: BrowserAccess, request: Pick<IncomingMessage, 'method' | 'headers'>, response: Pick<ServerResponse, 'setHeader' | 'writeHead' | 'end'>): boolean {
  if (transportSecurity) response.setHeader('strict-transport-security', transportSecurity);
  const { origin } = request.headers;
  if (!origin || !allowsOrigin?.(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-allow-headers', HEADERS);
  response.setHeader('access-control-expose-headers', 'Date');
  response.setHeader('access-control-allow-credentials', 'true');
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(204);
  response.end();
  return true;
}
