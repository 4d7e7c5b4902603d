import assert from 'node:assert/strict';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { createHttpTransport } from './http-transport.ts';

/** Answers with `answer`; `cut` breaks every connection as a killed server does. */
async function withServer(answer: (stream: ServerHttp2Stream, cut: () => void) => void, use: (url: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('session', (session) => session.on('error', () => undefined));
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    answer(stream as ServerHttp2Stream, () => sockets.forEach((socket) => socket.destroy()));
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  }
}

test('a whole answer is read', async () => {
  await withServer((stream) => { stream.respond({ ':status': 200, 'content-type': 'application/json' }); stream.end('{"kind":"Pod"}'); }, async (server) => {
    const transport = createHttpTransport({ server });
    assert.deepEqual((await transport.request({ method: 'GET', path: '/' })).body, { kind: 'Pod' });
    transport.close();
  });
});

test('an answer of which the server sent no more than the headers before it died is no answer', async () => {
  await withServer((stream, cut) => { stream.respond({ ':status': 200, 'content-type': 'application/json' }); setTimeout(cut, 20); }, async (server) => {
    const transport = createHttpTransport({ server });
    await assert.rejects(transport.request({ method: 'GET', path: '/' }));
    transport.close();
  });
});

test('what the caller throws at an event ends its watch, and nothing else', async () => {
  const line = `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410 } })}\n`;
  await withServer((stream) => { stream.respond({ ':status': 200, 'content-type': 'application/json' }); stream.write(line); stream.write(line); }, async (server) => {
    const transport = createHttpTransport({ server });
    let told = 0;
    await assert.rejects(transport.watch({ method: 'GET', path: '/' }, () => { told++; throw new Error('gone'); }), /gone/);
    assert.equal(told, 1);
    transport.close();
  });
});
