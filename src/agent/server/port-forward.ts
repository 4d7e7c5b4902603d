import type { IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { offeredProtocols } from './remote-command-spdy.ts';
import { SpdyConnection, type SpdyStream } from './spdy.ts';
import { refuseUpgrade, switchProtocols } from './upgrade.ts';
import { acceptWebSocket } from './websocket.ts';

const SPDY_PROTOCOL = 'portforward.k8s.io';
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
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
  const accepted = await acceptWebSocket(request, socket, head, [TUNNEL_PROTOCOL, ...CHANNEL_PROTOCOLS, '']);
  if (!accepted) return;
  if (accepted.protocol === TUNNEL_PROTOCOL) return forwardSpdy(messagesAsBytes(accepted.webSocket), Buffer.alloc(0), dial);
  const ports = query.getAll('port').flatMap((value) => value.split(',')).map(Number);
  return forwardChannels(accepted.webSocket, accepted.protocol.includes('base64'), ports, dial);
}

/** Each forwarded connection is a pair of streams, data and error, with one request id. */
async function forwardSpdy(socket: Duplex, head: Buffer, dial: Dial): Promise<void> {
  const pairs = new Map<string, { data?: SpdyStream; error?: SpdyStream }>();
  const connection = new SpdyConnection(socket, head, (stream) => {
    const kind = stream.headers.get('streamtype');
    const key = stream.headers.get('requestid') ?? stream.headers.get('port') ?? '';
    if (kind !== 'data' && kind !== 'error') return connection.refuse(stream.streamId);
    const pair = pairs.get(key) ?? {};
    pair[kind] = stream;
    pairs.set(key, pair);
    if (!pair.data || !pair.error) return;
    pairs.delete(key);
    void forwardPair(pair.data, pair.error, Number(stream.headers.get('port')), dial);
  });
  await connection.closed;
}

async function forwardPair(data: SpdyStream, error: SpdyStream, port: number, dial: Dial): Promise<void> {
  error.resume();
  try {
    const target = await dial(port);
    await join(data, target);
    error.end();
  } catch (failure) {
    error.end(`error forwarding port ${port} to pod: ${(failure as Error).message}`);
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

function forwardChannels(webSocket: WebSocket, base64: boolean, ports: number[], dial: Dial): void {
  const send = (channel: number, data: Buffer): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    if (base64) webSocket.send(String(channel) + data.toString('base64'));
    else webSocket.send(Buffer.concat([Buffer.from([channel]), data]), { binary: true });
  };
  const targets = ports.map(async (port, index) => {
    // Each channel begins with the port it is for.
    const number = Buffer.alloc(2);
    number.writeUInt16LE(port);
    send(index * 2, number);
    send(index * 2 + 1, number);
    try {
      const target = await dial(port);
      target.on('data', (chunk: Buffer) => {
        send(index * 2, chunk);
        if (webSocket.bufferedAmount < 2 ** 20) return;
        target.pause();
        setTimeout(() => target.resume(), 5);
      });
      target.on('error', (error) => send(index * 2 + 1, Buffer.from(`error forwarding port ${port} to pod: ${error.message}`)));
      return target;
    } catch (error) {
      send(index * 2 + 1, Buffer.from(`error forwarding port ${port} to pod: ${(error as Error).message}`));
      return undefined;
    }
  });
  webSocket.on('message', (raw: Buffer) => {
    const data = Buffer.from(raw);
    const channel = base64 ? (data[0] ?? 48) - 48 : data[0] ?? 0;
    const bytes = base64 ? Buffer.from(data.toString('latin1', 1), 'base64') : data.subarray(1);
    if (channel % 2 === 0) void targets[channel / 2]?.then((target) => target?.write(bytes));
  });
  webSocket.on('close', () => { for (const target of targets) void target.then((open) => open?.destroy()); });
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
