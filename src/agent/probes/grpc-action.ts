import type { ClientHttp2Session } from 'node:http2';
import { systemClock } from '../../base/clock.ts';

const SERVING = 1;
const LONGEST_ANSWER_BYTES = 64 * 1024;
const STATUS_NAMES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];

/**
 * Asks `grpc.health.v1.Health/Check`. The request is one string field and the answer one number, so this speaks the few bytes
 * itself instead of loading a gRPC library into every agent. Returns the reason when the service is not healthy.
 */
export async function grpcHealth(host: string, port: number, service: string, timeout: number): Promise<string | undefined> {
  const { connect } = await import('node:http2');
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve) => {
    const session: ClientHttp2Session = connect(`http://${address}`);
    const timer = systemClock.after(timeout, () => end(`timeout: failed to connect service "${address}" within ${timeout / 1000}s: context deadline exceeded`));
    let ended = false;
    const end = (problem?: string): void => {
      if (ended) return;
      ended = true;
      timer.cancel();
      session.destroy();
      resolve(problem);
    };
    session.on('error', (error) => end(`error: failed to connect service "${address}": ${error.message}`));
    const stream = session.request({
      ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'kube-probe/1.37',
    });
    const chunks: Buffer[] = [];
    let status = 0;
    const readStatus = (headers: Record<string, unknown>): void => { if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']); };
    stream.on('response', readStatus);
    stream.on('trailers', readStatus);
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LONGEST_ANSWER_BYTES) end('error: health rpc probe failed: the answer is too long');
      else chunks.push(chunk);
    });
    stream.on('error', (error) => end(`error: health rpc probe failed: ${error.message}`));
    stream.on('end', () => {
      if (status === 12) return end(`error: this server does not implement the grpc health protocol (grpc.health.v1.Health)`);
      if (status !== 0) return end(`error: health rpc probe failed: status ${status}`);
      const serving = servingStatus(Buffer.concat(chunks));
      end(serving === SERVING ? undefined : `service unhealthy (responded with "${STATUS_NAMES[serving] ?? serving}")`);
    });
    stream.end(checkRequest(service));
  });
}

/** Length-prefixed HealthCheckRequest { service = 1 }. */
export function checkRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** HealthCheckResponse { status = 1 }; an absent field is 0. */
export function servingStatus(frame: Buffer): number {
  const message = frame.subarray(5);
  return message[0] === 0x08 ? (message[1] ?? 0) : 0;
}
