/** What a user can send to hurt the server: each is answered as upstream answers, the server lives, and memory is free again afterwards. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { send, watch } from '../../src/apiserver/testing/http-client.ts';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { ATTACKS, definition } from './attack-support/attacks.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const MEGABYTE = 1024 * 1024;
const CONNECTIONS = 2000;

let child: ChildProcess;
let directory: string;
let server: TestServer;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-attacks-'));
  child = fork(new URL('attack-support/server.ts', import.meta.url), [join(directory, 'pki')], { execArgv: ['--expose-gc', '--max-old-space-size=1024'], serialization: 'advanced' });
  const [started] = await once(child, 'message') as [Pick<TestServer, 'port' | 'caPem'>];
  server = { ...started } as TestServer;
  assert.equal((await send(server, 'POST', MAPS, { body: { metadata: { name: 'have' } } })).code, 201);
});
after(() => {
  child.disconnect();
  rmSync(directory, { recursive: true, force: true });
});

/** Megabytes that the server holds after a collection. */
async function held(): Promise<number> {
  child.send('memory');
  const [bytes] = await once(child, 'message') as [number];
  return bytes / MEGABYTE;
}

/** What was let go may take a while to be gone. */
async function comesBackTo(megabytes: number): Promise<void> {
  let now = await held();
  for (let attempt = 0; attempt < 40 && now > megabytes; attempt++) {
    await wait(250);
    now = await held();
  }
  assert.ok(now <= megabytes, `${Math.round(now)} MB are held, ${Math.round(megabytes)} MB are allowed`);
}

async function attack(name: string): Promise<void> {
  const { method, path, type = 'application/json', headers = {}, bytes, code } = ATTACKS.find((each) => each.name === name) as (typeof ATTACKS)[number];
  const answer = await send(server, method, path, { headers: bytes ? { 'content-type': type, ...headers } : headers, ...(bytes ? { bytes: bytes() } : {}) });
  assert.equal(answer.code, code, answer.bytes.subarray(0, 500).toString());
}

for (const { name } of ATTACKS) {
  test(name, { timeout: 120_000 }, async () => {
    await attack(name);
    assert.equal((await send(server, 'GET', `${MAPS}/have`)).code, 200);
  });
}

test('the same again and again leaves nothing behind', { timeout: 240_000 }, async () => {
  const rounds = ['one key over and over', 'lists in lists, JSON', 'aliases of aliases', 'groups in groups', 'many requirements', 'a pattern that backtracks', 'an enum of many', 'rules too dear'];
  for (const name of rounds) await attack(name);
  const before = await held();
  for (let round = 0; round < 3; round++) for (const name of rounds) await attack(name);
  await comesBackTo(before + 15);
});

test('a pattern of a definition that would backtrack holds nobody up', { timeout: 60_000 }, async () => {
  assert.equal((await send(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { bytes: definition({ type: 'string', pattern: '^(a+)+$' }) })).code, 201);
  const at = '/apis/attack.io/v1/namespaces/default/hurts';
  while ((await send(server, 'GET', at)).code !== 200) await wait(50);
  const answer = await send(server, 'POST', at, { body: { apiVersion: 'attack.io/v1', kind: 'Hurt', metadata: { name: 'a' }, spec: `${'a'.repeat(500_000)}!` } });
  assert.equal(answer.code, 422, answer.bytes.subarray(0, 300).toString());
});

const closed = (sockets: Socket[]): void => sockets.forEach((socket) => socket.destroy());

test(`${CONNECTIONS} connections that say nothing keep nobody out, and are forgotten when they end`, { timeout: 120_000 }, async () => {
  const before = await held();
  const silent = await Promise.all(Array.from({ length: CONNECTIONS }, () => new Promise<Socket>((resolve, reject) => {
    const socket = connectTcp({ host: '127.0.0.1', port: server.port }, () => resolve(socket));
    socket.on('error', reject);
  })));
  assert.equal((await send(server, 'GET', `${MAPS}/have`)).code, 200);
  // Half a greeting.
  for (const socket of silent) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]));
  assert.equal((await send(server, 'GET', `${MAPS}/have`)).code, 200);
  closed(silent);
  await comesBackTo(before + 10);
});

test('TLS connections without requests, in the hundreds, are forgotten when they end', { timeout: 120_000 }, async () => {
  const before = await held();
  const idle: Socket[] = [];
  for (let round = 0; round < 10; round++) {
    idle.push(...await Promise.all(Array.from({ length: 40 }, () => new Promise<Socket>((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port: server.port, ca: server.caPem, ALPNProtocols: ['h2'] }, () => resolve(socket));
      socket.on('error', reject);
    }))));
  }
  assert.equal((await send(server, 'GET', `${MAPS}/have`)).code, 200);
  closed(idle);
  await comesBackTo(before + 10);
});

test('a thousand events reach a watcher, and idle watches cost nothing once they end', { timeout: 180_000 }, async () => {
  const before = await held();
  const idle = Array.from({ length: 100 }, () => watch(server, `${MAPS}?watch=1&fieldSelector=metadata.name%3Dnobody`));
  const awake = watch(server, `${MAPS}?watch=1&fieldSelector=metadata.name%3Dhave&resourceVersion=0`);
  assert.equal((await awake.next())?.type, 'ADDED');
  const EVENTS = 1000;
  for (let index = 0; index < EVENTS; index += 50) {
    await Promise.all(Array.from({ length: 50 }, () => send(server, 'PATCH', `${MAPS}/have`, {
      bytes: Buffer.from(`{"data":{"n":"${Math.random()}"}}`), headers: { 'content-type': 'application/merge-patch+json' } })));
  }
  for (let index = 0; index < EVENTS; index++) assert.equal((await awake.next())?.type, 'MODIFIED');
  for (const each of [...idle, awake]) each.close();
  await comesBackTo(before + 30);
});
