import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureClusterPki, issueServingCertificate } from '../../pki/cluster-pki.ts';
import { send, watch } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
let server: TestServer;
let extension: Server;
let kubelet: Server;
let directory: string;
let lastHeaders: IncomingMessage['headers'] = {};

/** An extension server behind a Service, reached through a node. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-aggregation-'));
  const pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  const certificate = issueServingCertificate(pki.ca, 'wardle', ['api.default.svc']);
  extension = createServer({ cert: certificate.certificatePem, key: certificate.privateKeyPem, ca: pki.frontProxyCa.certificatePem, requestCert: true }, (request, response) => {
    lastHeaders = request.headers;
    response.setHeader('content-type', 'application/json');
    if (request.url === '/apis/wardle.example.com/v1') {
      return void response.end(JSON.stringify({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'wardle.example.com/v1', resources: [{ name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['get', 'list'] }] }));
    }
    response.end(JSON.stringify({ kind: 'Flunder', asked: request.url }));
  });
  await new Promise<void>((resolve) => extension.listen(0, '127.0.0.1', resolve));
  const node = issueServingCertificate(pki.ca, 'node1', ['127.0.0.1']);
  kubelet = createServer({ cert: node.certificatePem, key: node.privateKeyPem });
  kubelet.on('connect', (_request, socket: Socket) => {
    const other = connect((extension.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    for (const end of [socket, other]) end.on('error', () => { socket.destroy(); other.destroy(); });
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  server = await startTestServer({ pki });
  await send(server, 'POST', '/api/v1/nodes', {
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' }, status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: (kubelet.address() as AddressInfo).port } } } },
  });
  await send(server, 'POST', '/api/v1/namespaces/default/services', { body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: { ports: [{ port: 443 }] } } });
  await send(server, 'POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    body: {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'api-1', labels: { 'kubernetes.io/service-name': 'api' } }, addressType: 'IPv4',
      endpoints: [{ addresses: ['10.244.0.9'], conditions: { ready: true }, nodeName: 'node1' }], ports: [{ name: '', port: 8443, protocol: 'TCP' }],
    },
  });
  // Asked for once, it is remembered.
  assert.equal((await send(server, 'GET', '/openapi/v3')).body.paths['apis/wardle.example.com/v1'], undefined);
  const caBundle = Buffer.from(pki.ca.certificatePem).toString('base64');
  const watching = watch(server, `${SERVICES}?watch=1&fieldSelector=metadata.name%3Dv1.wardle.example.com`);
  const { code, body } = await send(server, 'POST', SERVICES, {
    body: {
      apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1.wardle.example.com' },
      spec: { group: 'wardle.example.com', version: 'v1', groupPriorityMinimum: 2000, versionPriority: 200, caBundle, service: { name: 'api', namespace: 'default' } },
    },
  });
  assert.equal(code, 201, JSON.stringify(body));
  for (let event = await watching.next(); event; event = await watching.next()) {
    if (event.object.status?.conditions?.some((condition: any) => condition.type === 'Available' && condition.status === 'True')) break;
  }
  watching.close();
});
after(async () => {
  await server.close();
  for (const one of [kubelet, extension]) { one.close(); one.closeAllConnections(); }
  rmSync(directory, { recursive: true, force: true });
});

test('every group and version of our own has an APIService that is always available', async () => {
  const { body } = await send(server, 'GET', `${SERVICES}/v1.apps`);
  assert.equal(body.metadata.labels['kube-aggregator.kubernetes.io/automanaged'], 'onstart');
  assert.equal(body.status.conditions[0].reason, 'Local');
  assert.deepEqual(body.metadata.managedFields.map(({ manager, subresource }: Record<string, string>) => [manager, subresource]), [['kube-apiserver', undefined]], 'it is made with its status, which nobody owns');
});

test('requests of an extension group go to its server, with the user in headers, of which the client may forge none', async () => {
  const { code, body } = await send(server, 'GET', '/apis/wardle.example.com/v1/namespaces/default/flunders?limit=5', { headers: { authorization: 'Bearer secret', 'x-remote-extra-scopes': 'all' } });
  assert.equal(code, 200, JSON.stringify(body));
  assert.equal(body.asked, '/apis/wardle.example.com/v1/namespaces/default/flunders?limit=5');
  assert.equal(lastHeaders['x-remote-user'], 'admin');
  assert.equal(lastHeaders['authorization'], undefined);
  assert.equal(lastHeaders['x-remote-extra-scopes'], undefined);
});

test('discovery shows an extension group in all its forms', async () => {
  const groups = (await send(server, 'GET', '/apis')).body.groups;
  assert.ok(groups.some((group: any) => group.name === 'wardle.example.com'));
  assert.equal((await send(server, 'GET', '/apis/wardle.example.com')).body.preferredVersion.version, 'v1');
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { items } = (await send(server, 'GET', '/apis', { headers: { accept } })).body;
  assert.equal(items.find((item: any) => item.metadata.name === 'wardle.example.com').versions[0].resources[0].resource, 'flunders');
});

test('the index of OpenAPI follows extension servers as they come', async () => {
  assert.equal((await send(server, 'GET', '/openapi/v3')).body.paths['apis/wardle.example.com/v1'].serverRelativeURL, '/openapi/v3/apis/wardle.example.com/v1');
});

test('without its APIService the group is gone', async () => {
  await send(server, 'DELETE', `${SERVICES}/v1.wardle.example.com`);
  assert.equal((await send(server, 'GET', '/apis/wardle.example.com/v1/flunders')).code, 404);
  assert.equal((await send(server, 'GET', '/openapi/v3')).body.paths['apis/wardle.example.com/v1'], undefined);
});

test('extension servers learn whom to trust from a ConfigMap', async () => {
  const { data } = (await send(server, 'GET', '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication')).body;
  assert.match(data['client-ca-file'], /BEGIN CERTIFICATE/);
  assert.match(data['requestheader-client-ca-file'], /BEGIN CERTIFICATE/);
  assert.equal(data['requestheader-username-headers'], '["X-Remote-User"]');
});
