import type { IncomingMessage } from 'node:http';
import { PassThrough, Writable, type Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { systemClock } from '../../base/clock.ts';
import type { CommandChannels, CommandOptions } from './remote-command.ts';
import { parseSize } from './remote-command-spdy.ts';
import { acceptWebSocket } from './websocket.ts';

const PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v4.base64.channel.k8s.io', 'channel.k8s.io', 'base64.channel.k8s.io', 'v1.channel.k8s.io', ''];
const CLOSE_MILLISECONDS = 2000;
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** exec and attach over a WebSocket: every message begins with the number of its channel. */
export async function webSocketCommand(request: IncomingMessage, socket: Duplex, head: Buffer, options: CommandOptions): Promise<CommandChannels | undefined> {
  const accepted = await acceptWebSocket(request, socket, head, PROTOCOLS);
  if (!accepted) return undefined;
  const { webSocket, protocol } = accepted;
  const base64 = protocol.includes('base64');
  const stdin = options.stdin ? new PassThrough() : undefined;
  let resize: ((width: number, height: number) => void) | undefined;
  webSocket.on('message', (data: Buffer) => {
    const message = decodeMessage(Buffer.from(data), base64);
    if (!message) return;
    if (message.channel === CHANNEL.stdin && stdin && !stdin.writableEnded) {
      if (!stdin.write(message.data)) {
        webSocket.pause();
        stdin.once('drain', () => webSocket.resume());
      }
    } else if (message.channel === CHANNEL.resize) {
      const size = parseSize(message.data.toString('utf8'));
      if (size) resize?.(size.Width, size.Height);
    } else if (message.channel === CHANNEL.close && message.data[0] === CHANNEL.stdin) stdin?.end();
  });
  const closed = new Promise<void>((resolve) => webSocket.on('close', () => { stdin?.end(); resolve(); }));
  const send = (channel: number, data: Buffer, done?: () => void): void => sendMessage(webSocket, channel, data, base64, done);
  // An empty message on the lowest output channel, which some clients wait for.
  send(options.stdout ? CHANNEL.stdout : options.stderr ? CHANNEL.stderr : CHANNEL.error, Buffer.alloc(0));
  return {
    stdin, stdout: options.stdout ? output(CHANNEL.stdout, send) : undefined, stderr: options.stderr ? output(CHANNEL.stderr, send) : undefined,
    onResize: (listener) => { resize = listener; },
    closed,
    async finish(status) {
      const structured = /^v[45]/.test(protocol);
      const text = structured ? JSON.stringify(status) : status.status === 'Success' ? '' : status.message ?? '';
      if (text !== '') await new Promise<void>((resolve) => send(CHANNEL.error, Buffer.from(text), resolve));
      webSocket.close(1000);
      await Promise.race([closed, new Promise<void>((resolve) => { systemClock.after(CLOSE_MILLISECONDS, resolve); })]);
      webSocket.terminate();
    },
  };
}

export function decodeMessage(data: Buffer, base64: boolean): { channel: number; data: Buffer } | undefined {
  if (data.length === 0) return undefined;
  if (!base64) return { channel: data[0] as number, data: data.subarray(1) };
  return { channel: (data[0] as number) - 48, data: Buffer.from(data.toString('latin1', 1), 'base64') };
}

export function sendMessage(webSocket: WebSocket, channel: number, data: Buffer, base64: boolean, done?: () => void): void {
  if (webSocket.readyState !== webSocket.OPEN) return done?.();
  if (base64) webSocket.send(String(channel) + data.toString('base64'), () => done?.());
  else webSocket.send(Buffer.concat([Buffer.from([channel]), data]), { binary: true }, () => done?.());
}

function output(channel: number, send: (channel: number, data: Buffer, done?: () => void) => void): Writable {
  return new Writable({ write: (chunk: Buffer, _encoding, done) => { send(channel, chunk, () => done()); } });
}
