import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { systemClock } from '../../base/clock.ts';
import type { CommandChannels, CommandOptions } from './remote-command.ts';
import { SpdyConnection, type SpdyStream } from './spdy.ts';
import { refuseUpgrade, switchProtocols } from './upgrade.ts';

const PROTOCOLS = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
/** More than a terminal's size takes as JSON. */
const LONGEST_SIZE = 1024;
const STREAMS_TIMEOUT_MILLISECONDS = 30_000;

/** exec and attach over SPDY: one stream each for error, stdin, stdout, stderr and terminal sizes, opened by the client. */
export async function spdyCommand(request: IncomingMessage, socket: Duplex, head: Buffer, options: CommandOptions): Promise<CommandChannels | undefined> {
  const offered = offeredProtocols(request);
  const protocol = offered.length === 0 ? '' : PROTOCOLS.find((candidate) => offered.includes(candidate));
  if (protocol === undefined) {
    refuseUpgrade(socket, 403, `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${PROTOCOLS.join(' ')}]`);
    return undefined;
  }
  switchProtocols(socket, 'SPDY/3.1', protocol ? { 'X-Stream-Protocol-Version': protocol } : {});
  const wanted = new Set(['error', ...(options.stdin ? ['stdin'] : []), ...(options.stdout ? ['stdout'] : []), ...(options.stderr ? ['stderr'] : [])]);
  if (options.tty && /^v[34]/.test(protocol)) wanted.add('resize');
  const streams = new Map<string, SpdyStream>();
  const complete = Promise.withResolvers<void>();
  const connection = new SpdyConnection(socket, head, (stream) => {
    streams.set(stream.headers.get('streamtype') ?? '', stream);
    if ([...wanted].every((name) => streams.has(name))) complete.resolve();
  });
  const timer = systemClock.after(STREAMS_TIMEOUT_MILLISECONDS, () => complete.reject(new Error('timed out waiting for client to create streams')));
  try {
    await Promise.race([complete.promise, connection.closed.then(() => { throw new Error('the client left'); })]);
  } catch {
    connection.close();
    return undefined;
  } finally {
    timer.cancel();
  }
  // Whatever of these the client opened without need must not fill up.
  streams.get('error')?.resume();
  return {
    stdin: options.stdin ? streams.get('stdin') : undefined, stdout: options.stdout ? streams.get('stdout') : undefined,
    stderr: options.stderr ? streams.get('stderr') : undefined,
    onResize: (listener) => readResizes(streams.get('resize'), listener),
    closed: connection.closed,
    async finish(status) {
      const error = streams.get('error');
      const text = protocol === 'v4.channel.k8s.io' ? JSON.stringify(status) : status.status === 'Success' ? '' : status.message ?? '';
      // The outcome is written before the ends of the output, so that no reader sees those and leaves without it.
      await new Promise<void>((resolve) => (error ? error.end(text, () => resolve()) : resolve()));
      for (const name of ['stdout', 'stderr']) await new Promise<void>((resolve) => (streams.get(name)?.end(() => resolve()) ?? resolve()));
      connection.close();
    },
  };
}

export function offeredProtocols(request: IncomingMessage): string[] {
  const header = request.headers['x-stream-protocol-version'];
  return (Array.isArray(header) ? header.join(',') : header ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
}

/** JSON objects `{"Width":80,"Height":24}`, one after another. */
export function readResizes(stream: NodeJS.ReadableStream | undefined, listener: (width: number, height: number) => void): void {
  let text = '';
  stream?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
      const size = parseSize(text.slice(0, end + 1));
      text = text.slice(end + 1);
      if (size) listener(size.Width, size.Height);
    }
    if (text.length > LONGEST_SIZE) text = '';
  });
}

export function parseSize(text: string): { Width: number; Height: number } | undefined {
  try {
    const size = JSON.parse(text) as { Width: number; Height: number };
    return Number.isInteger(size.Width) && Number.isInteger(size.Height) ? size : undefined;
  } catch {
    return undefined;
  }
}
