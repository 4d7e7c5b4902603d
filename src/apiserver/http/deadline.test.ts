import assert from 'node:assert/strict';
import { Agent, request as httpsRequest } from 'node:https';
import { test } from 'node:test';
import { parseRequestInfo } from '../request/request-info.ts';
import { send, watch } from '../testing/http-client.ts';
import { startTestServer, ADMIN, type TestServer } from '../testing/test-server.ts';
import { timeLimit } from './deadline.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const map = (name: string) => ({ body: { metadata: { name } } });

/** A server whose writes hang until `open`. */
async function gatedServer(flags: object = {}): Promise<{ server: TestServer; open(): void; entered: Promise<void> }> {
  const gate = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const server = await startTestServer({
    flags,
    security: {
      authenticator: { authenticate: async () => ADMIN }, authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) },
      admission: [{ name: 'Gate', handles: ({ info }) => info.resource === 'configmaps', validate: () => { entered.resolve(); return gate.promise; } }],
    },
  });
  return { server, open: gate.resolve, entered: entered.promise };
}

test('a request has the server\'s time, or less when it says so; watches and streams have no end', () => {
  const limit = (path: string) => timeLimit(parseRequestInfo('GET', path), 60_000);
  assert.deepEqual([limit('/api/v1/pods'), limit('/api/v1/pods?timeout=1m30s'), limit('/api/v1/pods?timeout=1.5s'), limit('/api/v1/pods?timeout=0')], [60_000, 60_000, 1500, 60_000]);
  assert.deepEqual([limit('/api/v1/pods?watch=1'), limit('/api/v1/namespaces/a/pods/b/log?follow=1'), limit('/api/v1/namespaces/a/pods/b/exec')], [undefined, undefined, undefined]);
});

test('what is not done in time is told as a timeout', async () => {
  const { server, open } = await gatedServer();
  try {
    const { code, body } = await send(server, 'POST', `${MAPS}?timeout=50ms`, map('slow'));
    assert.equal(code, 504);
    assert.deepEqual(body, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'Timeout: request did not complete within the allotted timeout', reason: 'Timeout', details: {}, code: 504 });
  } finally {
    open();
    await server.close();
  }
});

test('a server that stops is not ready for a while, ends its watches and what it has begun', async () => {
  const { server, open, entered } = await gatedServer({ shutdownDelaySeconds: 0.5 });
  const open2 = watch(server, `${MAPS}?watch=1`);
  const running = send(server, 'POST', MAPS, map('begun'));
  await entered;
  const closing = server.close();
  const { code, body } = await send(server, 'GET', '/readyz');
  assert.deepEqual([code, (body as string).includes('[-]shutdown failed')], [500, true]);
  assert.equal((await send(server, 'GET', '/livez')).code, 200);
  assert.equal(await open2.next(), undefined);
  open();
  assert.equal((await running).code, 201);
  await closing;
  await assert.rejects(new Promise((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: server.port, path: '/livez', ca: server.caPem, agent: new Agent() }, resolve).on('error', reject).end();
  }));
});
