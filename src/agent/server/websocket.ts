import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { systemClock, type Timer } from '../../base/clock.ts';
import { refuseUpgrade } from './upgrade.ts';

const PING_MILLISECONDS = 10_000;

/** Takes a WebSocket upgrade with the first of our protocols that the client offers. `''` stands for none offered. */
export async function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer, protocols: string[]): Promise<{ webSocket: WebSocket; protocol: string } | undefined> {
  const { WebSocketServer } = await import('ws');
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
  const protocol = offered.length === 0 ? (protocols.includes('') ? '' : undefined) : protocols.find((candidate) => candidate !== '' && offered.includes(candidate));
  if (protocol === undefined) {
    refuseUpgrade(socket, 400, `unable to negotiate a subprotocol: client offers [${offered.join(' ')}], server accepts [${protocols.filter(Boolean).join(' ')}]`);
    return undefined;
  }
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => protocol || false });
  const webSocket = await new Promise<WebSocket>((resolve) => server.handleUpgrade(request, socket, head, resolve));
  webSocket.on('error', () => webSocket.terminate());
  // Keeps the proxies between us and the client from closing a silent session.
  let timer: Timer;
  const plan = (): void => { timer = systemClock.after(PING_MILLISECONDS, () => { webSocket.ping(); plan(); }); };
  plan();
  webSocket.on('close', () => timer.cancel());
  return { webSocket, protocol };
}
