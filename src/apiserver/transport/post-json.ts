import type { RequestOptions } from 'node:https';
import { request } from 'node:https';

export interface JsonAnswer { code: number; text: string; /** Empty when the answer has none. */ contentType: string; location?: string | undefined }

/** An answer that began and did not come to its end. */
export class BrokenAnswer extends Error {
  override name = 'BrokenAnswer';
}

const MAXIMUM_ANSWER_BYTES = 3 * 1024 * 1024;

const UNTRUSTED = new Set(['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_GET_ISSUER_CERT']);

/** Why there is no answer, as Go's client says it. */
function goMessage(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  const { code = '', message, address, port } = error;
  if (code === 'ECONNRESET' && message === 'socket hang up') return 'EOF';
  if (code === 'ECONNREFUSED' && address !== undefined) return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: connect: connection refused`;
  return UNTRUSTED.has(code) ? 'tls: failed to verify certificate: x509: certificate signed by unknown authority' : message;
}

/**
 * POSTs JSON to a server that extends this one, and reads its answer whole. Rejects with an Error whose message is what upstream says behind
 * `Post "URL": ` when there is none within the time.
 */
export function postJson(url: string | undefined, options: RequestOptions, body: object, timeoutMilliseconds: number): Promise<JsonAnswer> {
  return new Promise((resolve, reject) => {
    const content = Buffer.from(JSON.stringify(body));
    const deadline = AbortSignal.timeout(timeoutMilliseconds);
    const fail = (error: Error): void => reject(new Error(deadline.aborted ? 'context deadline exceeded' : goMessage(error)));
    const breakOff = (error: Error): void => reject(new BrokenAnswer(deadline.aborted ? 'context deadline exceeded' : error.message === 'aborted' ? 'unexpected EOF' : error.message));
    const headers = { 'content-type': 'application/json', accept: 'application/json, */*', 'content-length': content.length, ...options.headers };
    const whole = { ...options, method: 'POST', signal: deadline, headers };
    let began = false;
    const outgoing = url === undefined ? request(whole) : request(url, whole);
    outgoing.on('response', (incoming) => {
      began = true;
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAXIMUM_ANSWER_BYTES) outgoing.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      incoming.on('error', breakOff);
      incoming.on('end', () => resolve({ code: incoming.statusCode ?? 500, text: Buffer.concat(chunks).toString(), contentType: incoming.headers['content-type'] ?? '', location: incoming.headers.location }));
    });
    outgoing.on('error', (error) => (began ? breakOff(error) : fail(error)));
    outgoing.end(content);
  });
}
