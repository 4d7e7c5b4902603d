import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest, type Server } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { ensureClusterPki, issueServingCertificate } from '../../pki/cluster-pki.ts';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { isProxyable, splitProxyName } from './proxy-target.ts';
import { rewriteHtml, rewriteUrl } from './rewrite.ts';

const PODS = '/api/v1/namespaces/default/pods';
const merge = { 'content-type': 'application/merge-patch+json' };
let server: TestServer;
let kubelet: Server;
let web: ReturnType<typeof createHttpServer>;
let directory: string;
const asked: string[] = [];

/** A kubelet that answers logs, switches protocols for exec, and tunnels CONNECT to a web server. */
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-streams-'));
  const pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  const serving = issueServingCertificate(pki.ca, 'node1', ['127.0.0.1']);
  web = createHttpServer((request, response) => {
    if (request.url === '/page') return void response.setHeader('content-type', 'text/html').end('<a href="/other">x</a>');
    if (request.url === '/bomb') return void response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip', 'x-page': '1' }).end(gzipSync(Buffer.alloc(17 * 1024 * 1024)));
    if (request.url === '/moved') return void response.writeHead(302, { location: '/there' }).end();
    response.end(`${request.method} ${request.url}`);
  }).listen(0, '127.0.0.1');
  kubelet = createHttpsServer({ cert: serving.certificatePem, key: serving.privateKeyPem, ca: pki.ca.certificatePem, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.includes('waiting')) return void response.writeHead(400).end('container "main" in pod "waiting" is waiting to start: ContainerCreating');
    response.end('line one\n');
  });
  kubelet.on('upgrade', (request, socket) => {
    asked.push(request.url ?? '');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\nX-Stream-Protocol-Version: ${request.headers['x-stream-protocol-version']}\r\n\r\n`);
    socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
  });
  kubelet.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const other = connect((web.address() as AddressInfo).port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    socket.on('error', () => other.destroy());
    other.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => kubelet.listen(0, '127.0.0.1', resolve));
  server = await startTestServer({ pki });
  const port = (kubelet.address() as AddressInfo).port;
  await send(server, 'POST', '/api/v1/nodes', {
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' }, status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } } },
  });
  for (const name of ['web', 'waiting']) {
    await send(server, 'POST', PODS, {
      body: { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: { nodeName: 'node1', containers: [{ name: 'main', image: 'x', ports: [{ containerPort: 8080 }] }] } },
    });
    await send(server, 'PATCH', `${PODS}/${name}/status`, { headers: merge, body: { status: { phase: 'Running', podIP: '10.244.0.5', podIPs: [{ ip: '10.244.0.5' }] } } });
  }
});
after(async () => {
  await server.close();
  kubelet.close();
  kubelet.closeAllConnections();
  web.close();
  web.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
});

test('a log comes from the pod’s kubelet, its refusal too', async () => {
  const log = await send(server, 'GET', `${PODS}/web/log?tailLines=5&timestamps=true`);
  assert.equal(log.code, 200, log.bytes.toString());
  assert.equal(log.bytes.toString(), 'line one\n');
  assert.ok(asked.includes('/containerLogs/default/web/main?timestamps=true&tailLines=5'));
  const waiting = await send(server, 'GET', `${PODS}/waiting/log`);
  assert.equal(waiting.code, 400);
  assert.equal(waiting.body.message, 'container "main" in pod "waiting" is waiting to start: ContainerCreating');
  const unknown = await send(server, 'GET', `${PODS}/web/log?container=none`);
  assert.equal(unknown.body.message, 'container none is not valid for pod web');
  assert.equal((await send(server, 'GET', `${PODS}/web/log?tailLines=-1`)).code, 422);
});

function upgrade(path: string): Promise<{ protocol: string; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({
      host: '127.0.0.1', port: server.port, path, method: 'POST', ca: server.caPem, agent: false,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
    });
    outgoing.on('upgrade', (answer, socket) => {
      socket.write('hello');
      socket.once('data', (chunk: Buffer) => {
        socket.destroy();
        resolve({ protocol: String(answer.headers['x-stream-protocol-version']), text: chunk.toString() });
      });
    });
    outgoing.on('response', (answer) => reject(new Error(`answered ${answer.statusCode}`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

test('exec and port-forward are tunnelled to the kubelet byte for byte', async () => {
  const exec = await upgrade(`${PODS}/web/exec?command=ls&command=-l&stdin=true&stdout=true`);
  assert.deepEqual(exec, { protocol: 'v4.channel.k8s.io', text: 'echo hello' });
  assert.ok(asked.includes('/exec/default/web/main?input=1&output=1&command=ls&command=-l'));
  assert.equal((await upgrade(`${PODS}/web/portforward?ports=80`)).text, 'echo hello');
  assert.ok(asked.includes('/portForward/default/web?port=80'));
  assert.equal((await send(server, 'POST', `${PODS}/web/exec?command=ls`)).code, 400, 'without an upgrade');
});

test('a pod is proxied through its node, links and redirects made to fit', async () => {
  const plain = await send(server, 'PUT', `${PODS}/web:8080/proxy/some/path?x=1`, { body: {} });
  assert.equal(plain.bytes.toString(), 'PUT /some/path?x=1');
  assert.ok(asked.includes('CONNECT 10.244.0.5:8080'));
  const page = await send(server, 'GET', `${PODS}/web/proxy/page`);
  assert.equal(page.bytes.toString(), `<a href="${PODS}/web/proxy/other">x</a>`);
  const bomb = await send(server, 'GET', `${PODS}/web/proxy/bomb`);
  assert.deepEqual([bomb.code, bomb.body.reason, bomb.headers['x-page'], bomb.headers['content-encoding']], [503, 'ServiceUnavailable', undefined, undefined]);
  assert.equal((await send(server, 'GET', `${PODS}/web/proxy/moved`)).headers.location, `${PODS}/web/proxy/there`);
  const bare = await send(server, 'GET', `${PODS}/web/proxy`);
  assert.deepEqual([bare.code, bare.headers.location], [301, `${PODS}/web/proxy/`]);
  assert.equal((await send(server, 'HEAD', `${PODS}/web/proxy`)).code, 301);
  assert.equal((await send(server, 'HEAD', `${PODS}/web`)).code, 405);
});

test('a Service is proxied to a ready endpoint, by number or name of its port', async () => {
  const services = '/api/v1/namespaces/default/services';
  await send(server, 'POST', services, { body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }] } } });
  assert.equal((await send(server, 'GET', `${services}/web:80/proxy/a`)).code, 503, 'no endpoints yet');
  await send(server, 'POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    body: {
      apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } }, addressType: 'IPv4',
      endpoints: [{ addresses: ['10.244.0.5'], conditions: { ready: true }, nodeName: 'node1' }], ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    },
  });
  for (const name of ['web:80', 'web:http', 'http:web:http', 'web']) {
    assert.equal((await send(server, 'GET', `${services}/${name}/proxy/a`)).bytes.toString(), 'GET /a', name);
  }
});

test('a node’s kubelet is not proxied to at a loopback address', async () => {
  assert.equal((await send(server, 'GET', '/api/v1/nodes/node1/proxy/pods')).code, 400);
  assert.deepEqual(['127.0.0.1', '169.254.1.1', '10.0.0.1', '::1'].map(isProxyable), [false, false, true, false]);
});

test('names of proxied things are split into scheme, name and port', () => {
  assert.deepEqual(splitProxyName('https:web:443'), { secure: true, name: 'web', port: '443' });
  assert.deepEqual(splitProxyName('web:'), { secure: false, name: 'web', port: '' });
  assert.equal(splitProxyName('ftp:web:1'), undefined);
});

test('only links to the proxied server are rewritten', () => {
  const place = { prefix: '/p', targetHost: '10.0.0.1:80', clientHost: 'api:6443' };
  assert.deepEqual(['/a', 'b', 'http://10.0.0.1:80/c', 'http://else/d', '/p/e', '#f'].map((url) => rewriteUrl(url, place)), ['/p/a', 'b', '/p/c', 'http://else/d', '/p/e', '#f']);
  assert.equal(rewriteHtml(`<img alt="/x" src='/y'>/z`, place), `<img alt="/x" src="/p/y">/z`);
});
