/** The least of an HTTPS client, so that tests see what is on the wire. */
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestServer } from './test-server.ts';

export interface WireAnswer { code: number; headers: IncomingHttpHeaders; bytes: Buffer; body: any }
export interface WireRequest {
  headers?: Record<string, string>; body?: unknown; bytes?: Uint8Array;
  /** Where the connection comes from; another address than the server's looks like another machine. */
  from?: string;
}

export function send(server: TestServer, method: string, path: string, { headers = {}, body, bytes, from }: WireRequest = {}): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const content = bytes ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
    const outgoing = httpsRequest({
      host: '127.0.0.1', port: server.port, method, path, ca: server.caPem, agent: false, localAddress: from,
      headers: { ...(content ? { 'content-type': 'application/json', 'content-length': content.length } : {}), ...headers },
    }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const all = Buffer.concat(chunks);
        let parsed: unknown;
        try { parsed = JSON.parse(all.toString()); } catch { parsed = all.toString(); }
        resolve({ code: answer.statusCode ?? 0, headers: answer.headers, bytes: all, body: parsed });
      });
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

export interface WireEvent { type: string; object: any }

/** A watch over the wire: `next` waits for the next event, undefined once the server has ended it. */
export function watch(server: TestServer, path: string, headers: Record<string, string> = {}): { next(): Promise<WireEvent | undefined>; close(): void } {
  const events: WireEvent[] = [];
  const waiting: ((event: WireEvent | undefined) => void)[] = [];
  let over = false;
  const settle = (event: WireEvent | undefined): void => {
    const waiter = waiting.shift();
    if (waiter) waiter(event);
    else if (event) events.push(event);
  };
  const finish = (): void => { over = true; while (waiting.length) settle(undefined); };
  const outgoing = httpsRequest({ host: '127.0.0.1', port: server.port, path, ca: server.caPem, headers, agent: false }, (answer) => {
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) if (line) settle(JSON.parse(line) as WireEvent);
    });
    answer.on('end', finish);
    answer.on('error', finish);
  });
  outgoing.on('error', finish);
  outgoing.end();
  return {
    next: () => {
      const event = events.shift();
      if (event || over) return Promise.resolve(event);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => outgoing.destroy(),
  };
}
