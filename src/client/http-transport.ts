import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { errorFromAnswer } from './api-client.ts';
import { splitLines } from './lines.ts';
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from './transport.ts';

export interface HttpTransportOptions {
  /** `https://127.0.0.1:6443` */
  server: string;
  certificateAuthority?: string | Uint8Array;
  clientCertificate?: string | Uint8Array;
  clientKey?: string | Uint8Array;
  /** A bearer token; a function is asked for every request, so that it can rotate. */
  token?: string | (() => string);
}

// A peer that vanished without a word is noticed after two of these.
const PING_INTERVAL_MILLISECONDS = 15_000;
const REQUEST_TIMEOUT_MILLISECONDS = 60_000;

/** One HTTP/2 session to the API server, opened when needed and opened anew after it broke. */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  let session: ClientHttp2Session | undefined;
  let closed = false;

  const open = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    const fresh = connect(options.server, {
      ca: options.certificateAuthority && Buffer.from(options.certificateAuthority),
      cert: options.clientCertificate && Buffer.from(options.clientCertificate),
      key: options.clientKey && Buffer.from(options.clientKey),
      settings: { initialWindowSize: 4 * 1024 * 1024 },
    } as Parameters<typeof connect>[1]);
    keepAlive(fresh);
    fresh.on('error', () => { /* every open stream gets it too */ });
    fresh.on('goaway', () => { if (session === fresh) session = undefined; });
    session = fresh;
    return fresh;
  };

  const start = (request: ApiRequest): ClientHttp2Stream => {
    if (closed) throw new Error('the client was closed');
    const headers: Record<string, string> = { ':method': request.method, ':path': request.path, accept: 'application/json', ...request.headers };
    const token = typeof options.token === 'function' ? options.token() : options.token;
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
    const stream = open().request(headers, { endStream: request.body === undefined });
    if (request.body !== undefined) stream.end(JSON.stringify(request.body));
    return stream;
  };

  const abortWith = (stream: ClientHttp2Stream, signal: AbortSignal | undefined): void => {
    if (!signal) return;
    const abort = (): void => stream.close(constants.NGHTTP2_CANCEL);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', abort));
  };

  return {
    request(request): Promise<ApiResponse> {
      return new Promise((resolve, reject) => {
        const stream = start(request);
        abortWith(stream, request.signal);
        stream.setTimeout(REQUEST_TIMEOUT_MILLISECONDS, () => stream.destroy(new Error('the API server did not answer in time')));
        let code = 0;
        let contentType = '';
        const chunks: Buffer[] = [];
        stream.on('response', (headers) => { code = Number(headers[':status']); contentType = String(headers['content-type'] ?? ''); });
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('close', () => {
          // A server that dies may have sent the headers already: only a stream that ended in order carries a whole answer.
          if (!code || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return reject(new Error('the connection ended before the whole answer came'));
          const text = Buffer.concat(chunks).toString('utf8');
          if (contentType.includes('json') && !text) return reject(new Error('the connection ended before the whole answer came'));
          try {
            resolve({ code, body: contentType.includes('json') ? JSON.parse(text) : text });
          } catch (error) {
            reject(error as Error);
          }
        });
      });
    },

    watch(request, onEvent): Promise<void> {
      return new Promise((resolve, reject) => {
        const stream = start(request);
        abortWith(stream, request.signal);
        let code = 0;
        const refusal: Buffer[] = [];
        const feed = splitLines((line) => onEvent(JSON.parse(line) as WatchEvent));
        /** The caller's own failure ends the watch: thrown from here it would end the process. */
        const take = (chunk: Buffer): void => {
          try {
            feed(chunk);
          } catch (error) {
            stream.off('data', take);
            stream.close(constants.NGHTTP2_CANCEL);
            reject(error as Error);
          }
        };
        stream.on('response', (headers) => {
          code = Number(headers[':status']);
          stream.on('data', code === 200 ? take : (chunk: Buffer) => refusal.push(chunk));
        });
        stream.on('error', (error) => request.signal?.aborted ? resolve() : reject(error));
        stream.on('close', () => {
          if (code === 200 || request.signal?.aborted) return resolve();
          if (!code) return reject(new Error('the connection ended before an answer came'));
          const text = Buffer.concat(refusal).toString('utf8');
          let body: unknown = text;
          try { body = JSON.parse(text); } catch { /* not a Status; the text will do */ }
          reject(errorFromAnswer(code, body));
        });
      });
    },

    close() {
      closed = true;
      session?.destroy();
    },
  };
}

function keepAlive(session: ClientHttp2Session): void {
  let answered = true;
  const timer = setInterval(() => {
    if (!answered) return session.destroy(new Error('the API server stopped answering'));
    answered = false;
    if (!session.destroyed) session.ping(() => { answered = true; });
  }, PING_INTERVAL_MILLISECONDS);
  timer.unref();
  session.on('close', () => clearInterval(timer));
}
