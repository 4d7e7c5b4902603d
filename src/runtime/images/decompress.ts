import { PassThrough, type Readable, type Transform, pipeline } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';

const CHUNK_BYTES = 256 * 1024;

/** What the first bytes say: gzip, zstd, or neither. */
export function compressionOf(start: Uint8Array): 'gzip' | 'zstd' | 'none' {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) return 'zstd';
  return 'none';
}

/** The plain bytes of a stream that may be compressed. Errors of the source show on the result. */
export async function decompressed(source: Readable): Promise<Readable> {
  const first = await firstChunk(source);
  const kind = compressionOf(first);
  const target: Transform = kind === 'gzip' ? createGunzip({ chunkSize: CHUNK_BYTES })
    : kind === 'zstd' ? createZstdDecompress({ chunkSize: CHUNK_BYTES }) : new PassThrough();
  pipeline(source, target, () => undefined);
  return target;
}

/** The first bytes, put back into the stream. */
async function firstChunk(source: Readable): Promise<Buffer> {
  for (;;) {
    const chunk = source.read() as Buffer | null;
    if (chunk !== null) {
      source.unshift(chunk);
      if (chunk.length >= 4) return chunk;
    }
    if (source.readableEnded || source.destroyed) return chunk ?? Buffer.alloc(0);
    await new Promise<void>((resolve, reject) => {
      const settle = (error?: Error): void => {
        source.off('readable', onReady).off('end', onReady).off('close', onReady).off('error', settle);
        if (error) reject(error);
        else resolve();
      };
      const onReady = (): void => settle();
      source.once('readable', onReady).once('end', onReady).once('close', onReady).once('error', settle);
    });
  }
}
