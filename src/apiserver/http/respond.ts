import type { ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { StatusError, badRequest, internalError, type Status } from '../../api/status.ts';
import type { Logger } from '../../base/log.ts';
import { OverloadedError, StorageClosedError, StorageUnavailableError, UnreadableError } from '../../storage/storage.ts';
import type { Request, Response } from './server.ts';

const zip = promisify(gzip);
const GZIP_THRESHOLD = 128 * 1024;

export interface Reply { code: number; contentType: string; bytes: Uint8Array; headers?: Record<string, string> }

/** Sends a whole answer, compressed when it is large and the client takes that. */
export async function sendReply(request: Request, response: Response, reply: Reply, warnings: string[]): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  const { code, contentType, headers } = reply;
  let { bytes } = reply;
  const out = response as ServerResponse;
  setWarnings(out, warnings);
  if (contentType) out.setHeader('content-type', contentType);
  out.setHeader('cache-control', 'no-cache, private');
  for (const name in headers) out.setHeader(name, headers[name] as string);
  if (bytes.length > GZIP_THRESHOLD && !isLocal(request) && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    bytes = await zip(bytes, { level: 1 });
    out.setHeader('content-encoding', 'gzip');
    out.setHeader('vary', 'Accept-Encoding');
  }
  out.setHeader('content-length', bytes.length);
  out.writeHead(code);
  if (request.method === 'HEAD') out.end();
  else out.end(bytes);
}

/** Whether the client is on this machine, which gains nothing from compressed bytes. */
function isLocal(request: Request): boolean {
  const { remoteAddress, localAddress } = request.socket ?? {};
  return remoteAddress !== undefined && remoteAddress === localAddress;
}

/** Characters of all warnings of an answer; beyond them each is cut. */
const WARNINGS_LENGTH = 4096;
const CUT_LENGTH = 256;
const CONTROL = /\p{Cc}/u;

/** The texts that a client is told: each once, none that a header cannot hold, cut when they are too long together. */
export function shownWarnings(warnings: string[]): string[] {
  const texts = [...new Set(warnings)].filter((text) => text !== '' && !CONTROL.test(text)).map((text) => [...text]);
  let length = 0;
  for (const text of texts) length += text.length;
  if (length <= WARNINGS_LENGTH) return texts.map((text) => text.join(''));
  const shown: string[] = [];
  length = 0;
  for (const text of texts) {
    if (length >= WARNINGS_LENGTH) break;
    const cut = text.slice(0, CUT_LENGTH);
    length += cut.length;
    shown.push(cut.join(''));
  }
  return shown;
}

/** RFC 7234 `299 - "text"`, one header a warning, in the bytes of UTF-8. */
export function setWarnings(response: ServerResponse, warnings: string[]): void {
  if (!warnings.length) return;
  const values = shownWarnings(warnings).map((text) => `299 - "${Buffer.from(text).toString('latin1').replace(/["\\]/g, '\\$&')}"`);
  if (values.length) response.setHeader('warning', values);
}

/** The Status of any failure; what nobody expected is logged and told as 500. */
export function statusOf(error: unknown, log: Logger): Status {
  if (error instanceof StatusError) return error.toStatus();
  if (error instanceof OverloadedError) return new StatusError(429, 'TooManyRequests', error.message, { retryAfterSeconds: 1 }).toStatus();
  if (error instanceof StorageClosedError) return new StatusError(503, 'ServiceUnavailable', error.message, { retryAfterSeconds: 1 }).toStatus();
  if (error instanceof UnreadableError) return unreadable(error).toStatus();
  if (error instanceof StorageUnavailableError) return storeFailure(error).toStatus();
  // What a client sent is nested deeper than the stack.
  if (error instanceof RangeError && error.message.includes('call stack')) return badRequest('exceeded max depth').toStatus();
  log.error('request failed', { error });
  return internalError(error instanceof Error ? error.message : String(error)).toStatus();
}

/** As upstream's server passes on what etcd's client says. */
function storeFailure(error: Error): StatusError {
  if (error.message === 'context deadline exceeded') return new StatusError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout');
  return new StatusError(500, '', error.message);
}

function unreadable(error: UnreadableError): StatusError {
  const message = corruptObject(error, error.key.replace(/^\/registry(\/core)?/, ''));
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** Upstream's words for an object that cannot be decrypted. */
export function corruptObject(error: UnreadableError, key = error.key): string {
  return `StorageError: corrupt object, Code: 7, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${error.message}`;
}
