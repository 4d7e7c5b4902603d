import type { IncomingMessage } from 'node:http';
import { Duplex, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { WebSocket } from 'ws';
import { systemClock, type Timer } from '../../base/clock.ts';
import { RequestError } from './log-instance.ts';
import { offeredProtocols } from './remote-command-spdy.ts';
import { decodeMessage, sendMessage } from './remote-command-websocket.ts';
import { SpdyConnection, type SpdyStream } from './spdy.ts';
import { refuseUpgrade, switchProtocols } from './upgrade.ts';
import { acceptWebSocket } from './websocket.ts';

const SPDY_PROTOCOL = 'portforward.k8s.io';
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
/** For the other stream of a pair to come. */
const PAIR_MILLISECONDS = 30_000;
const CHANNEL_PROTOCOLS = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'];

export type Dial = (port: number) => Promise<Duplex>;

/** Forwards connections to ports of a pod: SPDY, SPDY inside a WebSocket, or a WebSocket with a pair of channels a port. */
export async function servePortForward(request: IncomingMessage, socket: Duplex, head: Buffer, query: URLSearchParams, dial: Dial): Promise<void> {
  if (!/websocket/i.test(request.headers.upgrade ?? '')) {
    const offered = offeredProtocols(request);
    if (offered.length > 0 && !offered.includes(SPDY_PROTOCOL)) return refuseUpgrade(socket, 403, `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${SPDY_PROTOCOL}]`);
    switchProtocols(socket, 'SPDY/3.1', { 'X-Stream-Protocol-Version': SPDY_PROTOCOL });
    return forwardSpdy(socket, head, dial);
  }
  const tunnelled = (request.headers['sec-websocket-protocol'] ?? '').split(',').some((name) => name.trim() === TUNNEL_PROTOCOL);
  const ports = tunnelled ? [] : parsePorts(query);
  const accepted = await acceptWebSocket(request, socket, head, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS, '']);
  if (!accepted) return;
  if (accepted.protocol === TUNNEL_PROTOCOL) return forwardSpdy(messagesAsBytes(accepted.webSocket), Buffer.alloc(0), dial);
  return forwardChannels(accepted.webSocket, accepted.protocol.includes('base64'), ports, dial);
}

/** Throws RequestError. */
export function parsePorts(query: URLSearchParams): number[] {
  const given = query.getAll('port');
  if (given.length === 0) throw new RequestError(400, 'query parameter "port" is required');
  return given.flatMap((value) => {
    if (value === '') throw new RequestError(400, 'query parameter "port" cannot be empty');
    return value.split(',').map((text) => {
      const port = /^\d+$/.test(text) ? Number(text) : NaN;
      if (!(port <= 65535)) throw new RequestError(400, `unable to parse "${value}" as a port: strconv.ParseUint: parsing "${text}": ${Number.isNaN(port) ? 'invalid syntax' : 'value out of range'}`);
      if (port < 1) throw new RequestError(400, `port "${value}" must be > 0`);
      return port;
    });
  });
}

/** Each forwarded connection is a pair of streams, data and error, with one request id. */
async function forwardSpdy(socket: Duplex, head: Buffer, dial: Dial): Promise<void> {
  const pairs = new Map<string, { data?: SpdyStream; error?: SpdyStream; giveUp: Timer }>();
  const connection = new SpdyConnection(socket, head, (stream) => {
    const kind = stream.headers.get('streamtype');
    const key = stream.headers.get('requestid') ?? stream.headers.get('port') ?? '';
    if (kind !== 'data' && kind !== 'error') return connection.refuse(stream.streamId);
    const pair = pairs.get(key) ?? { giveUp: systemClock.after(PAIR_MILLISECONDS, () => pairs.delete(key) && connection.refuse(stream.streamId)) };
    pair[kind] = stream;
    pairs.set(key, pair);
    if (!pair.data || !pair.error) return;
    pair.giveUp.cancel();
    pairs.delete(key);
    void forwardPair(pair.data, pair.error, Number(stream.headers.get('port')), dial);
  });
  await connection.closed;
  for (const { giveUp } of pairs.values()) giveUp.cancel();
}

async function forwardPair(data: SpdyStream, error: SpdyStream, port: number, dial: Dial): Promise<void> {
  error.resume();
  try {
    const target = await dial(port);
    await join(data, target);
    error.end();
  } catch (failure) {
    error.end(forwardError(port, failure as Error));
    data.end();
  }
}

/** Copies both ways; resolves when both directions ended, rejects when the target broke. */
function join(client: Duplex, target: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    client.pipe(target);
    target.pipe(client);
    target.on('error', (error) => { client.end(); reject(error); });
    client.on('error', () => target.destroy());
    client.on('close', () => { target.destroy(); resolve(); });
    target.on('close', () => { client.end(); resolve(); });
  });
}

/** A pair of channels a port, data and error. Ends when all the connections have. */
async function forwardChannels(webSocket: WebSocket, base64: boolean, ports: number[], dial: Dial): Promise<void> {
  const send = (channel: number, data: Buffer, done?: () => void): void => sendMessage(webSocket, channel, data, base64, done);
  const targets = ports.map(async (port, index) => {
    // Each channel begins with the port it is for.
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    send(index * 2, number);
    send(index * 2 + 1, number);
    try {
      const target = await dial(port);
      target.on('error', (error) => send(index * 2 + 1, Buffer.from(forwardError(port, error))));
      return target;
    } catch (error) {
      send(index * 2 + 1, Buffer.from(forwardError(port, error as Error)));
      return undefined;
    }
  });
  let untaken = 0;
  webSocket.on('message', (raw: Buffer) => {
    const message = decodeMessage(Buffer.from(raw), base64);
    const target = message && targets[message.channel / 2];
    if (!target) return;
    // The client waits until its targets have taken what it sent.
    untaken++;
    webSocket.pause();
    void target.then((open) => written(open, message.data)).then(() => { if (--untaken === 0) webSocket.resume(); });
  });
  webSocket.on('close', () => { for (const target of targets) void target.then((open) => open?.destroy()); });
  await Promise.all(targets.map(async (target, index) => {
    const open = await target;
    if (open) await pipeline(open, dataChannel(webSocket, (chunk, done) => send(index * 2, chunk, done))).catch(() => undefined);
  }));
  webSocket.close(1000);
}

function dataChannel(webSocket: WebSocket, send: (chunk: Buffer, done: () => void) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (webSocket.readyState === webSocket.OPEN) send(chunk, done);
      else done(new Error('the client left'));
    },
  });
}

function forwardError(port: number, error: Error): string {
  return `error forwarding port ${port} to pod: ${error.message}`;
}

/** Resolves when the target wants more, or is gone. */
function written(target: Duplex | undefined, data: Buffer): Promise<void> | undefined {
  if (!target || target.destroyed || target.write(data)) return undefined;
  return new Promise((resolve) => {
    target.once('drain', resolve);
    target.once('close', resolve);
  });
}

/** A WebSocket whose messages are pieces of one stream of bytes. */
function messagesAsBytes(webSocket: WebSocket): Duplex {
  const stream = new Duplex({
    read() { webSocket.resume(); },
    write(chunk: Buffer, _encoding, done) {
      if (webSocket.readyState === webSocket.OPEN) webSocket.send(chunk, { binary: true }, (error) => done(error));
      else done();
    },
    final(done) { webSocket.close(1000); done(); },
    destroy(error, done) { webSocket.terminate(); done(error); },
  });
  webSocket.on('message', (data: Buffer) => { if (!stream.push(Buffer.from(data))) webSocket.pause(); });
  webSocket.on('close', () => { stream.push(null); stream.destroy(); });
  return stream;
}
