import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { badRequest } from '../../api/status.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';
import type { KubeletLocation } from './locations.ts';
import { openLog } from './log.ts';

const BASE64 = 'base64.binary.k8s.io';
const PROTOCOLS = ['binary.k8s.io', BASE64];

/** Passes a container's log on in WebSocket messages: bytes, or base64 text where the client asked for that. */
export async function sendLogMessages(context: ServerContext, call: Call, location: KubeletLocation | undefined, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()).filter(Boolean);
  const protocol = PROTOCOLS.find((name) => offered.includes(name));
  if (offered.length > 0 && protocol === undefined) throw badRequest(`unable to negotiate a subprotocol: client offers [${offered.join(' ')}], server accepts [${PROTOCOLS.join(' ')}]`);
  const answer = location && await openLog(context, call, location, socket);
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => protocol ?? false });
  const webSocket = await new Promise<WebSocket>((resolve) => server.handleUpgrade(request, socket, head, resolve));
  webSocket.on('error', () => webSocket.terminate());
  const send = (data: Buffer): Promise<void> => new Promise((resolve, reject) => {
    webSocket.send(protocol === BASE64 ? data.toString('base64') : data, (error) => error ? reject(error) : resolve());
  });
  try {
    // An empty message first tells the client that the stream is open.
    await send(Buffer.alloc(0));
    for await (const chunk of answer ?? []) await send(chunk as Buffer);
    webSocket.close();
  } catch {
    // The client left, or the node did in the middle of a log.
    webSocket.terminate();
  }
}
