import { request as plainRequest, type IncomingMessage } from 'node:http';
import type { HTTPGetAction } from '../../../schema/v1.37/types/core-v1.ts';

export interface HttpTarget { host: string; port: number; timeout: number; userAgent: string; method?: string }
export type HttpAnswer =
  | { kind: 'answer'; status: number; body: string }
  /** Sent elsewhere; not followed to another host. */
  | { kind: 'redirected'; body: string }
  | { kind: 'error'; message: string };

const BODY_LIMIT = 10 * 1024;
const REDIRECT_LIMIT = 10;

/** One GET of a probe or hook. Certificates are not verified: the kubelet's contract. */
export async function httpRequest(action: HTTPGetAction, target: HttpTarget): Promise<HttpAnswer> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || target.host;
  const path = action.path ? (action.path.startsWith('/') ? action.path : `/${action.path}`) : '/';
  let url = new URL(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${target.port}${path}`);
  const headers: Record<string, string | string[]> = { 'User-Agent': target.userAgent, Accept: '*/*', Connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
    if (value === '' && (key === 'Accept' || key === 'User-Agent')) delete headers[key];
    else headers[key] = value;
  }
  for (let hops = 0; hops <= REDIRECT_LIMIT; hops++) {
    const answer = await once(url, headers, target.timeout);
    if ('message' in answer) return { kind: 'error', message: describe(url, answer, target.timeout) };
    const location = answer.headers.location;
    if (!location || answer.statusCode === undefined || answer.statusCode < 300 || answer.statusCode >= 400 || answer.statusCode === 304) {
      return { kind: 'answer', status: answer.statusCode ?? 0, body: answer.body };
    }
    const next = new URL(location, url);
    if (next.hostname !== url.hostname) return { kind: 'redirected', body: answer.body };
    url = next;
  }
  return { kind: 'error', message: `Get "${url.href}": stopped after ${REDIRECT_LIMIT} redirects` };
}

async function once(url: URL, headers: Record<string, string | string[]>, timeout: number): Promise<(IncomingMessage & { body: string }) | NodeJS.ErrnoException> {
  const request = url.protocol === 'https:' ? (await import('node:https')).request : plainRequest;
  return new Promise((resolve) => {
    const options = { agent: false as const, headers, signal: AbortSignal.timeout(Math.max(1, Math.ceil(timeout))), ...(url.protocol === 'https:' ? { rejectUnauthorized: false } : {}) };
    const sent = request(url, options, (response) => {
      let body = '';
      const finish = (): void => resolve(Object.assign(response, { body }));
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
        if (body.length < BODY_LIMIT) return;
        body = body.slice(0, BODY_LIMIT);
        finish();
        response.destroy();
      });
      response.on('end', finish);
      // Cut off by the server or the timeout before its end: no answer.
      response.on('error', resolve);
    });
    sent.on('error', (error) => resolve(error));
    sent.end();
  });
}

function describe(url: URL, error: NodeJS.ErrnoException, timeout: number): string {
  const head = `Get "${url.href}": `;
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return `${head}context deadline exceeded (Client.Timeout exceeded while awaiting headers after ${timeout / 1000}s)`;
  return head + dialError(error, url.hostname, Number(url.port) || (url.protocol === 'https:' ? 443 : 80));
}

/** A failed connection, in the words people search for. */
export function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const words: Record<string, string> = {
    ECONNREFUSED: 'connect: connection refused', EHOSTUNREACH: 'connect: no route to host', ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
  };
  if (error.code === 'ECONNRESET') return 'EOF';
  return words[error.code ?? ''] ? `dial tcp ${host}:${port}: ${words[error.code ?? '']}` : error.message;
}
