import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import { checkRequest, grpcHealth } from './grpc-action.ts';
import { httpRequest } from './http-action.ts';
import { portNumber, type ProbeResult } from './probe-action.ts';
import { ProbeWorker } from './probe-worker.ts';
import { tcpConnect } from './tcp-action.ts';

/** Time that passes when told to. */
class ManualClock implements Clock {
  private time = 0;
  private timers: { at: number; call: () => void }[] = [];
  now(): number { return this.time; }
  monotonic(): number { return this.time; }
  after(milliseconds: number, call: () => void): { cancel(): void } {
    const timer = { at: this.time + milliseconds, call };
    this.timers.push(timer);
    return { cancel: () => { this.timers = this.timers.filter((other) => other !== timer); } };
  }
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((left, right) => left.at - right.at)[0];
      if (!next) break;
      this.timers = this.timers.filter((other) => other !== next);
      this.time = next.at;
      next.call();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    this.time = end;
  }
}

function watchProbe(kind: 'startup' | 'liveness' | 'readiness', probe: object, outcomes: ProbeResult['outcome'][]) {
  const clock = new ManualClock();
  const settled: string[] = [];
  let runs = 0;
  const worker = new ProbeWorker({
    kind, probe, clock, startedAt: 0, delay: 0, run: async () => ({ outcome: outcomes[runs++] ?? outcomes.at(-1) ?? 'success', output: '' }),
    settled: (outcome) => settled.push(`${outcome}@${clock.now()}`), observed: () => undefined,
  });
  return { clock, settled, worker, runs: () => runs };
}

describe('probe worker', () => {
  test('asks at once, and soon again until the first success', async () => {
    const probe = watchProbe('readiness', { httpGet: {}, periodSeconds: 10 }, ['failure', 'failure', 'success']);
    await probe.clock.advance(200);
    assert.deepEqual(probe.settled, ['success@150']);
  });
  test('waits for the initial delay', async () => {
    const probe = watchProbe('readiness', { httpGet: {}, initialDelaySeconds: 5 }, ['success']);
    await probe.clock.advance(4999);
    assert.equal(probe.runs(), 0);
    await probe.clock.advance(1);
    assert.deepEqual(probe.settled, ['success@5000']);
  });
  test('liveness fails after its threshold and then rests', async () => {
    const probe = watchProbe('liveness', { exec: {}, periodSeconds: 1, failureThreshold: 3 }, ['failure']);
    await probe.clock.advance(10_000);
    assert.deepEqual(probe.settled, ['failure@2000']);
    assert.equal(probe.runs(), 3);
  });
  test('results that do not count leave the streak alone', async () => {
    const probe = watchProbe('liveness', { exec: {}, periodSeconds: 1, failureThreshold: 2 }, ['failure', 'unknown', 'failure']);
    await probe.clock.advance(5000);
    assert.deepEqual(probe.settled, ['failure@2000']);
  });
});

async function withServer(status: number, headers: Record<string, string>, action: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => { response.writeHead(status, headers); response.end('body'); });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await action((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}
const target = (port: number) => ({ host: '127.0.0.1', port, timeout: 1000, userAgent: 'test' });

test('HTTP answers are read, redirects to other hosts are not followed', async () => {
  await withServer(503, {}, async (port) => assert.deepEqual(await httpRequest({ port }, target(port)), { kind: 'answer', status: 503, body: 'body' }));
  await withServer(204, {}, async (port) => assert.equal((await httpRequest({ port }, { ...target(port), timeout: 999.5 })).kind, 'answer'));
  await withServer(302, { location: 'http://elsewhere.invalid/' }, async (port) => assert.equal((await httpRequest({ port }, target(port))).kind, 'redirected'));
});

test('a closed port is refused, in known words', async () => {
  let closed = 0;
  await withServer(200, {}, async (port) => { closed = port; });
  const answer = await httpRequest({ port: closed, path: '/x' }, target(closed));
  assert.deepEqual(answer, { kind: 'error', message: `Get "http://127.0.0.1:${closed}/x": dial tcp 127.0.0.1:${closed}: connect: connection refused` });
  assert.match(await tcpConnect('127.0.0.1', closed, 1000) ?? '', /connection refused/);
});

test('gRPC health is asked and understood', async () => {
  const server = createHttp2Server();
  let answer = 1;
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, answer]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    assert.equal(await grpcHealth('127.0.0.1', port, 'x', 1000), undefined);
    answer = 2;
    assert.equal(await grpcHealth('127.0.0.1', port, '', 1000), 'service unhealthy (responded with "NOT_SERVING")');
  } finally {
    server.close();
  }
});

test('ports by name', () => {
  assert.equal(portNumber('web', { name: 'a', ports: [{ name: 'web', containerPort: 80 }] }), 80);
  assert.equal(portNumber('81', { name: 'a' }), 81);
  assert.throws(() => portNumber('no', { name: 'a' }), /couldn't find port: no/);
});

test('an HTTP answer that never ends is none', async () => {
  const server = createServer((_request, response) => { response.writeHead(200, { 'content-length': '100' }); response.write('part'); });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    assert.equal((await httpRequest({ port }, { ...target(port), timeout: 200 })).kind, 'error');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('a gRPC service name may be long', () => {
  assert.deepEqual([...checkRequest('a'.repeat(3))], [0, 0, 0, 0, 5, 0x0a, 3, 97, 97, 97]);
  assert.deepEqual([...checkRequest('a'.repeat(200)).subarray(0, 8)], [0, 0, 0, 0, 203, 0x0a, 0xc8, 1]);
});
