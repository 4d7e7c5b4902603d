import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { after, describe, test } from 'node:test';
import { WebSocket, type RawData } from 'ws';
import { refuseUpgrade } from './upgrade.ts';
import { parsePorts, servePortForward, type Dial } from './port-forward.ts';
import { sleep } from '../../base/clock.ts';

const CHUNK = Buffer.alloc(64 * 1024);

/** A server that forwards to what `dial` gives, and clients of it. */
async function forwarder(dial: Dial) {
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    servePortForward(request, socket, head, new URL(request.url ?? '', 'http://node').searchParams, dial).catch((error: Error) => refuseUpgrade(socket, 400, error.message));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => { server.closeAllConnections(); server.close(); });
  return (query: string): WebSocket => new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/?${query}`, 'v4.channel.k8s.io');
}

/** A target that takes nothing until told so. */
function stuckTarget(): { target: Duplex; open(): void } {
  let release: (() => void) | undefined;
  let isOpen = false;
  const target = new Duplex({ read() {}, write(_chunk, _encoding, done) { if (isOpen) done(); else release = done; } });
  return { target, open() { isOpen = true; release?.(); } };
}

describe('forwarded channels', { timeout: 30_000 }, () => {
  test('ports as clients give them; others are refused before anything begins', async () => {
    assert.deepEqual(parsePorts(new URLSearchParams('port=80,443&port=65535')), [80, 443, 65535]);
    for (const bad of ['', 'port=', 'port=a', 'port=-1', 'port=0', 'port=65536', 'port=80,']) assert.throws(() => parsePorts(new URLSearchParams(bad)), { code: 400 }, bad);
    const client = (await forwarder(() => assert.fail('dialled')))('port=70000');
    assert.equal((await once(client, 'unexpected-response'))[1].statusCode, 400);
    client.on('error', () => undefined).terminate();
  });
  test('each channel begins with its port; data goes both ways; the end of the targets is the end', async () => {
    const client = (await forwarder(async () => new PassThrough()))('port=8080');
    const messages: string[] = [];
    client.on('message', (data: RawData) => messages.push((data as Buffer).toString('latin1')));
    await once(client, 'open');
    client.send('\0hello');
    while (messages.length < 3) await once(client, 'message');
    assert.deepEqual(messages, ['\0\x90\x1f', '\x01\x90\x1f', '\0hello']);
    client.close();
    const ends = (await forwarder(async () => { const target = new PassThrough(); target.end('bye'); return target; }))('port=80');
    ends.on('message', () => undefined);
    assert.equal((await once(ends, 'close'))[0], 1000);
  });
  test('a target that reads nothing holds its client back, until it reads', async () => {
    const { target, open } = stuckTarget();
    const client = (await forwarder(async () => target))('port=80');
    await once(client, 'open');
    let taken = 0;
    for (let sent = 0; sent < 400; sent++) client.send(Buffer.concat([Buffer.from([0]), CHUNK]), () => { taken += CHUNK.length; });
    for (let before = -1; before !== taken;) {
      before = taken;
      await sleep(300);
    }
    assert.ok(target.writableLength < 2 ** 20, `${target.writableLength} bytes wait in memory`);
    open();
    while (client.bufferedAmount > 0) await sleep(20);
    client.terminate();
  });
  test('a client that reads nothing holds its target back', async () => {
    let given = 0;
    const target = new Duplex({ read() { given += CHUNK.length; this.push(CHUNK); }, write(_chunk, _encoding, done) { done(); } });
    const client = (await forwarder(async () => target))('port=80');
    await once(client, 'open');
    client.pause();
    for (let before = -1; before !== given;) {
      before = given;
      assert.ok(given < 2 ** 26, 'no end of what is read for a client that takes nothing');
      await sleep(300);
    }
    const closed = new Promise((resolve) => { target.once('close', resolve); });
    client.terminate();
    await closed;
  });
});
