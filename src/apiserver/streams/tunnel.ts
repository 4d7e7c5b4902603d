import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { unavailable } from './cluster-connector.ts';
import { passedHeaders, specialSocket, type ProxyTarget } from './reverse-proxy.ts';

/** Passes an upgrade on; when the other side switches too, bytes flow both ways untouched until one side ends. */
export async function tunnelUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: ProxyTarget): Promise<void> {
  const special = await specialSocket(target).catch((error: Error) => { throw unavailable(`error dialing backend: ${error.message}`); });
  const options = {
    method: request.method, host: target.host, port: target.port, path: target.path,
    headers: { ...passedHeaders(request), host: `${target.host}:${target.port}`, connection: 'Upgrade', upgrade: request.headers.upgrade ?? '', ...target.headers },
    ...(special ? { createConnection: () => special } : {}),
    ...(target.agent ? { ...tlsOptionsOf(target.agent), agent: false as const } : {}),
  };
  const outgoing = target.secure && !special ? httpsRequest({ rejectUnauthorized: false, ...options }) : httpRequest(options as RequestOptions);
  outgoing.end();
  socket.once('close', () => outgoing.destroy());
  await new Promise<void>((resolve, reject) => {
    outgoing.on('error', (error) => reject(unavailable(`error dialing backend: ${error.message}`)));
    outgoing.on('response', (answer) => { sendRefusal(answer, socket); resolve(); });
    outgoing.on('upgrade', (answer, other, otherHead) => {
      socket.write(headOf(answer));
      if (otherHead.length) socket.write(otherHead);
      if (head.length) other.write(head);
      join(socket, other);
      resolve();
    });
  });
}

function tlsOptionsOf(agent: NonNullable<ProxyTarget['agent']>): object {
  const { cert, key, ca, rejectUnauthorized } = agent.options;
  return { cert, key, ca, rejectUnauthorized };
}

function headOf(answer: IncomingMessage): string {
  let head = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  for (let index = 0; index < answer.rawHeaders.length; index += 2) head += `${answer.rawHeaders[index]}: ${answer.rawHeaders[index + 1]}\r\n`;
  return `${head}\r\n`;
}

/** The other side answered instead of switching: its answer is ours, and the connection ends with it. */
function sendRefusal(answer: IncomingMessage, socket: Duplex): void {
  const headers = Object.entries(answer.headers).filter(([name]) => !['connection', 'transfer-encoding', 'keep-alive'].includes(name));
  socket.write(`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n${headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')}connection: close\r\n\r\n`);
  answer.pipe(socket);
}

function join(a: Duplex, b: Duplex): void {
  for (const socket of [a, b]) {
    (socket as { setNoDelay?(on: boolean): void }).setNoDelay?.(true);
    (socket as { setTimeout?(milliseconds: number): void }).setTimeout?.(0);
  }
  a.pipe(b);
  b.pipe(a);
  const end = (): void => { a.destroy(); b.destroy(); };
  a.on('error', end);
  b.on('error', end);
  a.on('close', () => b.destroy());
  b.on('close', () => a.destroy());
}
