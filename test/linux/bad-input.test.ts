/** Connections of clients that are slow, silent, or speak HTTP/2 to do harm: each is ended, and others are served meanwhile. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { createHttpsServer, type HttpsServer } from '../../src/apiserver/http/server.ts';
import { LONGEST_STALL_MILLISECONDS } from '../../src/apiserver/http/watch-stream.ts';
import { send, watch } from '../../src/apiserver/testing/http-client.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { ensureClusterPki } from '../../src/pki/cluster-pki.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const SETTINGS = 4, HEADERS = 1, PING = 6, CONTINUATION = 9;

let api: TestServer;
let plain: HttpsServer;
let plainPort: number;
let ca: string;
let directory: string;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-bad-input-'));
  const pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  ca = pki.ca.certificatePem;
  plain = createHttpsServer({
    tls: pki.apiServer, timeouts: { headersMilliseconds: 400, idleMilliseconds: 400 }, onUpgrade: (_request, socket) => socket.destroy(),
    onRequest: (request, response) => { if (request.url !== '/never') (response as { end(text: string): void }).end(String(Object.keys(request.headers).length)); },
  });
  plainPort = (await plain.listen('127.0.0.1', 0)).port;
  api = await startTestServer({ pki });
});
after(async () => {
  await plain.close(0);
  await api.close();
  rmSync(directory, { recursive: true, force: true });
});

/** A frame of HTTP/2. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function open(port: number, authority: string, protocols?: string[]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority, ...(protocols ? { ALPNProtocols: protocols } : {}) }, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

const ended = (socket: TLSSocket): Promise<void> => new Promise((resolve) => {
  if (socket.closed) resolve();
  socket.resume().once('close', () => resolve());
});

function http2Session(port: number, authority: string, settings: object = {}): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: authority, maxSendHeaderBlockLength: 1024 * 1024, settings } as Parameters<typeof connectHttp2>[1]);
  session.on('error', () => undefined);
  return session;
}

function status(session: ClientHttp2Session, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    stream.on('response', (answer) => { resolve(Number(answer[':status'])); stream.close(); });
    stream.on('error', reject);
  });
}

async function othersAreServed(): Promise<void> {
  assert.equal((await send(api, 'GET', MAPS)).code, 200);
}

test('who says nothing, or the headers slowly, is cut off; so is an idle HTTP/2 connection, but not one with a request', { timeout: 30_000 }, async () => {
  const silent = await open(plainPort, ca);
  const slow = await open(plainPort, ca);
  slow.write('GET / HTTP/1.1\r\nHost: x\r\nX');
  const idle = await open(plainPort, ca, ['h2']);
  idle.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]));
  const waiting = http2Session(plainPort, ca);
  const stream = waiting.request({ ':path': '/never' });
  stream.on('error', () => undefined);
  await Promise.all([ended(silent), ended(slow), ended(idle)]);
  await wait(1000);
  assert.equal(waiting.closed || waiting.destroyed, false);
  waiting.destroy();
});

test('a request may have as many header fields as a user has groups', { timeout: 30_000 }, async () => {
  const headers: Record<string, string> = { ':path': '/' };
  for (let index = 0; index < 1000; index++) headers[`x-${index}`] = 'v';
  const session = http2Session(plainPort, ca);
  assert.equal(await status(session, headers), 200);
  session.destroy();
  const socket = await open(plainPort, ca);
  const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 3000 }, (_, index) => `X-${index}: v\r\n`).join('')}\r\n`);
  assert.match(await answer, /^HTTP\/1\.1 200 /);
  socket.destroy();
});

test('floods of settings, pings, continuations and garbage end the connection that they come on', { timeout: 60_000 }, async () => {
  const header = Buffer.from([0x82, 0x87]);
  const floods: Record<string, Buffer[]> = {
    settings: Array<Buffer>(20_000).fill(frame(SETTINGS, 0, 0)),
    pings: Array<Buffer>(20_000).fill(frame(PING, 0, 0, Buffer.alloc(8))),
    continuations: [frame(HEADERS, 0, 1, header), ...Array<Buffer>(20_000).fill(frame(CONTINUATION, 0, 1, Buffer.alloc(100, 0x40)))],
    garbage: [Buffer.alloc(1000, 0xff)],
  };
  for (const [name, frames] of Object.entries(floods)) {
    const socket = await open(api.port, api.caPem, ['h2']);
    // Nothing is read: what the server must answer to every frame stays with it.
    socket.pause();
    socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0), ...frames]));
    await othersAreServed();
    if (name === 'continuations' || name === 'garbage') await ended(socket);
    socket.destroy();
  }
  await othersAreServed();
});

test('streams that are opened and reset at once do not keep others waiting', { timeout: 60_000 }, async () => {
  const session = http2Session(api.port, api.caPem);
  for (let round = 0; round < 50 && !session.destroyed; round++) {
    for (let index = 0; index < 100 && !session.destroyed; index++) {
      const stream = session.request({ ':path': MAPS });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await othersAreServed();
  }
  session.destroy();
});

test('a client that takes nothing does not keep its answers from others', { timeout: 60_000 }, async () => {
  for (let index = 0; index < 20; index++) await send(api, 'POST', MAPS, { body: { metadata: { name: `large-${index}` }, data: { a: 'x'.repeat(100_000) } } });
  const session = http2Session(api.port, api.caPem, { initialWindowSize: 0 });
  for (let index = 0; index < 50; index++) session.request({ ':path': MAPS }).on('error', () => undefined);
  for (let index = 0; index < 5; index++) await othersAreServed();
  session.destroy();
});

test('a watcher that never reads is left behind, and others get every event', { timeout: 60_000 }, async () => {
  const asleep = await open(api.port, api.caPem);
  asleep.pause();
  asleep.write(`GET ${MAPS}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
  const awake = watch(api, `${MAPS}?watch=1&fieldSelector=metadata.name%3Dbusy`);
  await send(api, 'POST', MAPS, { body: { metadata: { name: 'busy' }, data: { n: '0' } } });
  for (let index = 1; index <= 100; index++) {
    const patch = { data: { n: String(index), filler: 'x'.repeat(100_000) } };
    await send(api, 'PATCH', `${MAPS}/busy`, { body: patch, headers: { 'content-type': 'application/merge-patch+json' } });
  }
  for (let index = 0; index <= 100; index++) assert.equal((await awake.next())?.object.data.n, String(index));
  awake.close();
  asleep.destroy();
});

test('a watcher that takes nothing for long loses its connection', { timeout: 60_000 }, async () => {
  const impatient: Clock = { ...systemClock, after: (milliseconds, callback) => systemClock.after(milliseconds === LONGEST_STALL_MILLISECONDS ? 300 : milliseconds, callback) };
  const server = await startTestServer({ clock: impatient });
  try {
    const asleep = await open(server.port, server.caPem);
    asleep.pause();
    const cut = new Promise<void>((resolve) => asleep.once('close', () => resolve()));
    asleep.write(`GET ${MAPS}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
    for (let index = 0; index < 120; index++) await send(server, 'POST', MAPS, { body: { metadata: { name: `m-${index}` }, data: { a: 'x'.repeat(100_000) } } });
    await wait(1000);
    asleep.resume();
    await cut;
  } finally {
    await server.close();
  }
});

test('a body that ends early, and an upgrade to nothing, are refused or dropped', { timeout: 30_000 }, async () => {
  const half = await open(api.port, api.caPem);
  half.end(`POST ${MAPS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"a"`);
  await ended(half);
  for (const path of ['/api/v1/namespaces/default/pods/none/exec?command=ls', MAPS, '/version']) {
    const socket = await open(api.port, api.caPem);
    const answer = new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(bytes.toString())));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: !!\r\n\r\n`);
    socket.write(Buffer.alloc(1000, 0xff));
    assert.match(await answer, /^HTTP\/1\.1 4\d\d /, path);
    await ended(socket);
  }
  await othersAreServed();
});

test('nesting deeper than any stack is refused in every format', { timeout: 60_000 }, async () => {
  const depth = 200_000;
  const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const bodies: [method: string, path: string, type: string, body: string][] = [
    ['POST', MAPS, 'application/json', `{"metadata":{"name":"deep"},"data":{"a":${nested}}}`],
    ['POST', MAPS, 'application/yaml', `metadata: {name: deep}\ndata: {a: ${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['PATCH', `${MAPS}/busy`, 'application/merge-patch+json', `{"data":{"a":${nested}}}`],
    ['PATCH', `${MAPS}/busy`, 'application/strategic-merge-patch+json', `{"data":{"a":${nested}}}`],
    ['PATCH', `${MAPS}/busy`, 'application/json-patch+json', `[{"op":"add","path":"/data/a","value":${nested}}]`],
    ['PATCH', `${MAPS}/busy?fieldManager=m`, 'application/apply-patch+yaml', `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"busy"},"data":{"a":${nested}}}`],
  ];
  for (const [method, path, type, body] of bodies) {
    const { code } = await send(api, method, path, { bytes: Buffer.from(body), headers: { 'content-type': type } });
    assert.equal(code, 400, type);
  }
  await othersAreServed();
});
