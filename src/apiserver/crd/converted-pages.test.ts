import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureClusterPki, issueServingCertificate } from '../../pki/cluster-pki.ts';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const PAINTS = '/apis/example.com/v2/namespaces/default/paints';
let directory: string;
let server: TestServer;
let webhook: Server;
let broken = false;

/** Objects are stored with `spec.shade`; version 2 calls that `spec.color`, and selects by it. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-converted-pages-'));
  const pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  const certificate = issueServingCertificate(pki.ca, 'webhook', ['127.0.0.1']);
  webhook = createServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem }, async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    if (broken) return void response.writeHead(500).end();
    const review = JSON.parse(text);
    const { uid, desiredAPIVersion, objects } = review.request;
    const convertedObjects = objects.map(({ spec, ...rest }: any) => {
      const color = spec.shade ?? spec.color;
      return { ...rest, apiVersion: desiredAPIVersion, spec: desiredAPIVersion === 'example.com/v2' ? { color } : { shade: color } };
    });
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...review, response: { uid, result: { status: 'Success' }, convertedObjects } }));
  }).listen(0, '127.0.0.1');
  await once(webhook, 'listening');
  server = await startTestServer({ pki });
  const version = (name: string, field: string, storage: boolean): object => ({
    name, served: true, storage, selectableFields: [{ jsonPath: `.spec.${field}` }],
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { [field]: { type: 'string' } } } } } },
  });
  const clientConfig = { url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/`, caBundle: Buffer.from(pki.ca.certificatePem).toString('base64') };
  const { code, body } = await send(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: {
      apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'paints.example.com' },
      spec: {
        group: 'example.com', scope: 'Namespaced', names: { plural: 'paints', kind: 'Paint' }, versions: [version('v1', 'shade', true), version('v2', 'color', false)],
        conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      },
    },
  });
  assert.equal(code, 201, JSON.stringify(body));
  for (let index = 0; index < 8; index++) {
    const made = await send(server, 'POST', '/apis/example.com/v1/namespaces/default/paints', {
      body: { apiVersion: 'example.com/v1', kind: 'Paint', metadata: { name: `p${index}` }, spec: { shade: index % 3 === 2 ? 'blue' : 'red' } },
    });
    assert.equal(made.code, 201, JSON.stringify(made.body));
  }
});
after(async () => {
  await server.close();
  webhook.close();
  webhook.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
});

test('pages of what a selector takes after conversion are as long as asked, and none is missing or told twice', async () => {
  const pages: string[][] = [];
  let revision: string | undefined;
  let token = '';
  do {
    const { code, body } = await send(server, 'GET', `${PAINTS}?fieldSelector=spec.color%3Dred&limit=2${token && `&continue=${token}`}`);
    assert.equal(code, 200, JSON.stringify(body));
    revision ??= body.metadata.resourceVersion;
    assert.equal(body.metadata.resourceVersion, revision);
    assert.equal(body.metadata.remainingItemCount, undefined);
    pages.push(body.items.map(({ metadata }: any) => metadata.name));
    token = body.metadata.continue ?? '';
  } while (token && pages.length < 8);
  assert.deepEqual(pages, [['p0', 'p1'], ['p3', 'p4'], ['p6', 'p7']]);
});

test('without a limit all come at once', async () => {
  const { body } = await send(server, 'GET', `${PAINTS}?fieldSelector=spec.color%3Dblue`);
  assert.deepEqual([body.items.map(({ metadata }: any) => metadata.name), body.metadata.continue], [['p2', 'p5'], '']);
});

test('a watch within the server ends when an object cannot be converted, and the server lives', async () => {
  const transport = server.server.transport({ name: 'system:kube-controller-manager', groups: ['system:masters'] });
  const { code, body } = await send(server, 'GET', '/apis/example.com/v1/namespaces/default/paints');
  assert.equal(code, 200);
  const told: string[] = [];
  const watching = transport.watch({ method: 'GET', path: `${PAINTS}?watch=true&resourceVersion=${body.metadata.resourceVersion}` }, ({ type }) => told.push(type));
  broken = true;
  const made = await send(server, 'POST', '/apis/example.com/v1/namespaces/default/paints', { body: { apiVersion: 'example.com/v1', kind: 'Paint', metadata: { name: 'unseen' }, spec: { shade: 'red' } } });
  assert.equal(made.code, 201, JSON.stringify(made.body));
  await watching;
  assert.deepEqual(told, []);
  broken = false;
  transport.close();
});
