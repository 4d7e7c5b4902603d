import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { StatusError, badRequest } from '../../api/status.ts';
import type { RequestBody } from '../request/call.ts';
import type { Request } from './server.ts';

const unzip = promisify(gunzip);

function tooLarge(limit: number): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}

/** The body of an HTTP request, read when first asked for. */
export function bodyOf(request: Request, limit: number): RequestBody {
  let reading: Promise<Uint8Array> | undefined;
  return {
    contentType: String(request.headers['content-type'] ?? ''),
    bytes: () => (reading ??= read(request, limit)),
  };
}

async function read(request: Request, limit: number): Promise<Uint8Array> {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const bytes = await collect(request, limit);
  const encoding = request.headers['content-encoding'];
  if (!encoding || encoding === 'identity' || bytes.length === 0) return bytes;
  if (encoding !== 'gzip') throw badRequest(`unsupported Content-Encoding: ${String(encoding)}`);
  try {
    return await unzip(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw badRequest(`cannot read gzip body: ${(error as Error).message}`);
  }
}

function collect(request: Request, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return reject(tooLarge(limit));
      chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(badRequest('the client went away')));
  });
}
