import { request as httpRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import type { Request, Response } from '../http/server.ts';
import { unavailable } from './cluster-connector.ts';
import { rewriteHtml, rewriteUrl, type ProxyPlace } from './rewrite.ts';

export interface ProxyTarget {
  secure: boolean;
  host: string;
  port: number;
  /** With query. */
  path: string;
  /** For kubelets. */
  agent?: Agent;
  /** Over `connect`: what the other side must prove. Without it nothing is checked. */
  tls?: ConnectionOptions;
  /** For what only a tunnel reaches. */
  connect?(): Promise<Duplex>;
  /** Set: links in the answer are rewritten. */
  place?: ProxyPlace;
  /** Further request headers: who asks, for extension servers. */
  headers?: Record<string, string | string[]>;
}

/** Headers that belong to one connection, or prove who the client is to us. */
const NOT_PASSED = new Set([
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings',
  'authorization', 'host',
]);
const MAX_HTML_BYTES = 16 * 1024 * 1024;

export function passedHeaders(request: Request): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith(':') || NOT_PASSED.has(name) || /^(impersonate|x-remote)-/.test(name) || value === undefined) continue;
    headers[name] = value;
  }
  const address = request.socket?.remoteAddress;
  if (address) headers['x-forwarded-for'] = [headers['x-forwarded-for'], address].flat().filter((part) => part !== undefined).join(', ');
  return headers;
}

/** The socket a target wants, when it is not an ordinary one. */
export async function specialSocket(target: ProxyTarget): Promise<Duplex | undefined> {
  if (!target.connect) return undefined;
  const socket = await target.connect();
  if (!target.secure) return socket;
  // Certificates of pods are nobody's business; upstream does not look at them either.
  return tlsConnect({ servername: '', rejectUnauthorized: false, ...target.tls, socket, ALPNProtocols: ['http/1.1'] });
}

/** Sends the request on and gives the answer as it comes. Throws StatusError 503 when there is none. */
export async function proxyRequest(request: Request, anyResponse: Response, target: ProxyTarget): Promise<void> {
  const response = anyResponse as ServerResponse;
  let answer: IncomingMessage;
  try {
    answer = await send(request, target);
  } catch (error) {
    throw unavailable(`error trying to reach service: ${(error as Error).message}`);
  }
  response.on('close', () => answer.destroy());
  const place = target.place;
  if (place && /^text\/html\b/.test(answer.headers['content-type'] ?? '') && ['', 'gzip'].includes(answer.headers['content-encoding'] ?? '') && request.method !== 'HEAD') {
    return sendHtml(answer, response, place);
  }
  copyHeaders(answer, response, place);
  response.writeHead(answer.statusCode ?? 502);
  await passOn(answer, response);
}

/** The head at once, then the body as it comes; resolves when the client has it all or is gone. */
export async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  response.flushHeaders();
  await new Promise<void>((resolve) => {
    answer.pipe(response);
    answer.on('error', () => response.destroy());
    response.on('close', resolve);
    response.on('finish', resolve);
  });
}

async function send(request: Request, target: ProxyTarget): Promise<IncomingMessage> {
  const socket = await specialSocket(target);
  const headers = { ...passedHeaders(request), host: `${target.host}:${target.port}`, ...target.headers };
  const options = {
    method: request.method, host: target.host, port: target.port, path: target.path, headers,
    ...(socket ? { createConnection: () => socket } : target.agent ? { agent: target.agent } : {}),
  };
  const outgoing = target.secure && !socket ? httpsRequest({ ...options, ...(target.agent ? {} : { rejectUnauthorized: false }) }) : httpRequest(options as RequestOptions);
  request.pipe(outgoing);
  request.on('aborted', () => outgoing.destroy());
  return new Promise((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
}

function copyHeaders(answer: IncomingMessage, response: ServerResponse, place: ProxyPlace | undefined): void {
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value === undefined || NOT_PASSED.has(name)) continue;
    response.setHeader(name, name === 'location' && place ? rewriteUrl(String(value), place) : value);
  }
}

async function sendHtml(answer: IncomingMessage, response: ServerResponse, place: ProxyPlace): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_HTML_BYTES) throw unavailable('the page is too large to be rewritten');
    chunks.push(chunk);
  }
  const raw = Buffer.concat(chunks);
  const html = (answer.headers['content-encoding'] === 'gzip' ? unzipped(raw) : raw).toString('utf8');
  const bytes = Buffer.from(rewriteHtml(html, place));
  // Not earlier: a refusal must not carry the page's headers.
  copyHeaders(answer, response, place);
  response.removeHeader('content-encoding');
  response.setHeader('content-length', bytes.length);
  response.writeHead(answer.statusCode ?? 502);
  response.end(bytes);
}

/** A pod chooses the bytes: a few of them may stand for gigabytes. */
export function unzipped(raw: Uint8Array): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_HTML_BYTES });
  } catch (error) {
    throw unavailable(`the page cannot be rewritten: ${(error as Error).message}`);
  }
}
