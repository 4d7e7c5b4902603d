import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { Agent as KeepAliveAgent, request as httpsRequest } from 'node:https';
import { after, before, test } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { gunzipSync, gzipSync } from 'node:zlib';
import { decodeProtobuf, decodeWatchEvent, encodeProtobuf } from '../../api/codec/protobuf.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Schema } from '../../api/schema.ts';
import { ensureClusterPki, issueUserCertificate, type ClusterPki } from '../../pki/cluster-pki.ts';
import type { Credentials } from '../contracts.ts';
import { send, watch } from '../testing/http-client.ts';
import { ADMIN, startTestServer, type TestServer } from '../testing/test-server.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const map = (name: string, data: Record<string, string> = {}): KubernetesObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

let server: TestServer;
let pki: ClusterPki;
let directory: string;
let seen: Credentials[] = [];
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'naru-http-'));
  pki = await ensureClusterPki(directory, { apiServer: ['127.0.0.1'] });
  server = await startTestServer({
    pki,
    security: {
      authenticator: { authenticate: async (credentials) => { seen.push(credentials); return ADMIN; } },
      authorizer: { authorize: ({ verb, user }) => ({ decision: user.name === 'admin' || verb === 'get' ? 'allow' : 'none', reason: '' }) }, admission: [],
    },
  });
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

function schema(apiVersion: string, kind: string): Schema | undefined {
  return server.server.context.scheme.kindSchema('', apiVersion, kind);
}

test('a Table and PartialObjectMetadata are made of any object and list', async () => {
  await send(server, 'POST', MAPS, { body: map('shown') });
  const table = await send(server, 'GET', `${MAPS}/shown`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } });
  assert.equal(table.body.kind, 'Table');
  assert.equal(table.body.rows[0].cells[0], 'shown');
  assert.equal(table.body.rows[0].object.kind, 'PartialObjectMetadata');
  const whole = await send(server, 'GET', `${MAPS}?includeObject=Object`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
  assert.equal(whole.body.rows.find((row: any) => row.object.metadata.name === 'shown').object.kind, 'ConfigMap');
  const partial = await send(server, 'GET', MAPS, { headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' } });
  assert.equal(partial.body.kind, 'PartialObjectMetadataList');
  assert.equal(partial.body.items[0].data, undefined);
});

test('protobuf goes in and comes out, for objects, lists and watches', async () => {
  const body = encodeProtobuf(map('binary', { a: 'b' }), schema('v1', 'ConfigMap') as Schema);
  const created = await send(server, 'POST', MAPS, { headers: { 'content-type': PROTOBUF, accept: PROTOBUF }, bytes: body });
  assert.equal(created.code, 201);
  assert.equal(created.headers['content-type'], PROTOBUF);
  const object = decodeProtobuf(created.bytes, schema);
  assert.deepEqual([object.kind, object.metadata?.name, object['data']], ['ConfigMap', 'binary', { a: 'b' }]);
  const list = decodeProtobuf((await send(server, 'GET', MAPS, { headers: { accept: PROTOBUF } })).bytes, schema);
  assert.ok((list['items'] as KubernetesObject[]).some((item) => item.metadata?.name === 'binary'));
  const watched = await send(server, 'GET', `${MAPS}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dbinary`, { headers: { accept: `${PROTOBUF};stream=watch` } });
  assert.equal(watched.headers['content-type'], `${PROTOBUF};stream=watch`);
  const event = decodeWatchEvent(watched.bytes.subarray(4, 4 + watched.bytes.readUInt32BE(0)));
  assert.equal(event.type, 'ADDED');
});

test('YAML bodies are read, and YAML is written when asked for', async () => {
  const yaml = Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fromyaml\ndata:\n  a: "1"\n');
  const created = await send(server, 'POST', MAPS, { headers: { 'content-type': 'application/yaml', accept: 'application/yaml' }, bytes: yaml });
  assert.equal(created.code, 201);
  assert.match(created.bytes.toString(), /^kind: ConfigMap$/m);
});

test('what nobody can read or write is 415 and 406', async () => {
  assert.equal((await send(server, 'POST', MAPS, { headers: { 'content-type': 'text/csv' }, bytes: Buffer.from('a') })).code, 415);
  const refused = await send(server, 'GET', MAPS, { headers: { accept: 'text/csv' } });
  assert.equal(refused.code, 406);
  assert.match(refused.body.message, /^406: Not Acceptable/);
});

test('a body over the limit is 413, compressed bodies are read, large answers are compressed', async () => {
  assert.equal((await send(server, 'POST', MAPS, { body: map('big', { a: 'x'.repeat(3_200_000) }) })).code, 413);
  const packed = gzipSync(JSON.stringify(map('packed', { a: 'y'.repeat(200_000) })));
  assert.equal((await send(server, 'POST', MAPS, { headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, bytes: packed })).code, 201);
  const large = await send(server, 'GET', `${MAPS}/packed`, { headers: { 'accept-encoding': 'gzip' }, from: '127.0.0.2' });
  assert.equal(large.headers['content-encoding'], 'gzip');
  assert.equal(JSON.parse(gunzipSync(large.bytes).toString()).data.a.length, 200_000);
  assert.equal((await send(server, 'GET', `${MAPS}/packed`, { from: '127.0.0.2' })).headers['content-encoding'], undefined);
  assert.equal((await send(server, 'GET', `${MAPS}/packed`, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], undefined, 'the same machine');
});

test('HTTP/2 and HTTP/1.1 answer on the same port', async () => {
  const session = connect(server.url, { ca: server.caPem });
  const stream = session.request({ ':path': `${MAPS}/shown` });
  const text = await new Promise<string>((resolve) => {
    let all = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => { all += chunk; });
    stream.on('end', () => resolve(all));
  });
  session.close();
  assert.equal(JSON.parse(text).metadata.name, 'shown');
});

test('a client certificate is told with the authority that signed it', async () => {
  const ask = (cert: { certificatePem: string; privateKeyPem: string }) => new Promise<void>((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: server.port, path: '/version', ca: server.caPem, cert: cert.certificatePem, key: cert.privateKeyPem, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    }).on('error', reject).end();
  });
  seen = [];
  await ask(issueUserCertificate(pki.ca, 'jane', ['dev', 'ops']));
  await ask(pki.frontProxyClient);
  const [jane, proxy] = seen.map((credentials) => credentials.clientCertificate);
  assert.deepEqual([jane?.commonName, jane?.organizations, jane?.issuerIsClientCa, jane?.issuerIsFrontProxyCa], ['jane', ['dev', 'ops'], true, false]);
  assert.deepEqual([proxy?.issuerIsClientCa, proxy?.issuerIsFrontProxyCa], [false, true]);
  const other = await ensureClusterPki(mkdtempSync(join(directory, 'other-')), { apiServer: [] });
  seen = [];
  await ask(other.admin);
  server.server.trustClients(pki.ca.certificatePem + other.ca.certificatePem);
  await ask(other.admin);
  server.server.trustClients(pki.ca.certificatePem);
  await ask(other.admin);
  assert.deepEqual(seen.map((credentials) => credentials.clientCertificate?.issuerIsClientCa), [false, true, false], 'authorities may change while it serves');
});

test('a URL of megabytes is refused in words, not by a reset', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = tlsConnect({ host: '127.0.0.1', port: server.port, ca: server.caPem, ALPNProtocols: ['http/1.1'] }, () => socket.write(`GET /version?x=${'a'.repeat(3_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; }).on('error', reject).on('close', () => resolve(text));
  });
  assert.equal(answer, 'HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Request Header Fields Too Large');
});

test('who impersonates is judged as the one impersonated', async () => {
  const headers = { 'impersonate-user': 'jane' };
  assert.equal((await send(server, 'GET', `${MAPS}/shown`, { headers })).code, 200);
  const refused = await send(server, 'POST', MAPS, { headers, body: map('notmine') });
  assert.equal(refused.code, 403);
  assert.equal(refused.body.message, 'configmaps is forbidden: User "jane" cannot create resource "configmaps" in API group "" in the namespace "default"');
});

test('unknown resources, methods and paths have upstream’s answers', async () => {
  assert.equal((await send(server, 'GET', '/apis/none.example.com/v1/things')).code, 404);
  assert.equal((await send(server, 'POST', '/api/v1/pods', { body: {} })).code, 405);
  assert.equal((await send(server, 'GET', '/nowhere')).code, 404);
  assert.equal((await send(server, 'GET', '/readyz')).bytes.toString(), 'ok');
  assert.match((await send(server, 'GET', '/livez?verbose')).bytes.toString(), /^\[\+\]ping ok$/m);
  assert.match((await send(server, 'GET', '/metrics')).bytes.toString(), /apiserver_request_total\{code="200"/);
});

test('discovery is served plain and aggregated, with an ETag', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const aggregated = await send(server, 'GET', '/apis', { headers: { accept } });
  assert.equal(aggregated.body.kind, 'APIGroupDiscoveryList');
  const apps = aggregated.body.items.find((item: any) => item.metadata.name === 'apps');
  assert.ok(apps.versions[0].resources.find((resource: any) => resource.resource === 'deployments').subresources.some((sub: any) => sub.subresource === 'scale'));
  const again = await send(server, 'GET', '/apis', { headers: { accept, 'if-none-match': aggregated.headers['etag'] as string } });
  assert.equal(again.code, 304);
  assert.equal((await send(server, 'GET', '/api')).body.kind, 'APIVersions');
  assert.ok((await send(server, 'GET', '/apis/apps/v1')).body.resources.some((resource: any) => resource.name === 'deployments/status'));
});

test('the verbs of a resource are a message of their own in protobuf', async () => {
  const { bytes } = await send(server, 'GET', '/apis/autoscaling/v1', { headers: { accept: PROTOBUF } });
  // As kube-apiserver sends them: field 4, 67 bytes, the verbs in field 1 of it.
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'].map((verb) => `\n${String.fromCharCode(verb.length)}${verb}`);
  assert.ok(bytes.includes(Buffer.from(`"C${verbs.join('')}`, 'latin1')), bytes.toString('latin1'));
});

test('OpenAPI v3 names its documents by their hash, v2 comes as protobuf too', async () => {
  const { body } = await send(server, 'GET', '/openapi/v3');
  const url = body.paths['apis/apps/v1'].serverRelativeURL as string;
  const document = await send(server, 'GET', url);
  assert.equal(document.headers['cache-control'], 'public, immutable');
  const schemas = document.body.components.schemas;
  assert.deepEqual(schemas['io.k8s.api.apps.v1.Deployment']['x-kubernetes-group-version-kind'], [{ group: 'apps', version: 'v1', kind: 'Deployment' }]);
  const patch = document.body.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch;
  assert.ok(patch.parameters.some((parameter: any) => parameter.name === 'fieldValidation'));
  const type = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  const binary = await send(server, 'GET', '/openapi/v2', { headers: { accept: type } });
  assert.equal(binary.headers['content-type'], type.replace('@', '.'));
  assert.equal(binary.bytes.subarray(2, 5).toString(), '2.0');
});

test('in the same process objects come shared, and watches see what the wire writes', async () => {
  const transport = server.server.transport(ADMIN);
  const end = new AbortController();
  const events: string[] = [];
  let notify = (): void => undefined;
  const watching = transport.watch({ method: 'GET', path: `${MAPS}?watch=true&fieldSelector=metadata.name%3Dlocal`, signal: end.signal }, (event) => {
    events.push(`${event.type} ${(event.object as KubernetesObject).metadata?.name}`);
    notify();
  });
  const arrived = new Promise<void>((resolve) => { notify = resolve; });
  await send(server, 'POST', MAPS, { body: map('local') });
  await arrived;
  end.abort();
  await watching;
  assert.deepEqual(events, ['ADDED local']);
  const first = await transport.request({ method: 'GET', path: `${MAPS}/local` });
  const second = await transport.request({ method: 'GET', path: `${MAPS}/local` });
  assert.equal(first.body, second.body);
  assert.equal((await transport.request({ method: 'GET', path: `${MAPS}/none` })).code, 404);
});

test('in the same process, what one who watches throws ends his watch, and the others go on', async () => {
  const transport = server.server.transport(ADMIN);
  const end = new AbortController();
  const path = `${MAPS}?watch=true&fieldSelector=metadata.name%3Dthrown`;
  const failing = assert.rejects(transport.watch({ method: 'GET', path }, () => { throw new Error('mine'); }), /mine/);
  const arrived = Promise.withResolvers<string>();
  const other = transport.watch({ method: 'GET', path, signal: end.signal }, ({ type }) => arrived.resolve(type));
  await send(server, 'POST', MAPS, { body: map('thrown') });
  await failing;
  assert.equal(await arrived.promise, 'ADDED');
  end.abort();
  await other;
});

test('a timeout that is no duration is refused', async () => {
  const { code, body } = await send(server, 'GET', '/version?timeout=invalid');
  assert.equal(code, 400);
  assert.match(body.message, /invalid timeout specified in the request URL/);
  assert.equal((await send(server, 'GET', '/version?timeout=1m30s')).code, 200);
});

test('a watch of Tables carries a row an event, and its columns once', async () => {
  const events = watch(server, `${MAPS}?watch=1&fieldSelector=metadata.name%3Dshown`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  const event = await events.next();
  await send(server, 'PATCH', `${MAPS}/shown`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { metadata: { labels: { seen: 'once' } } } });
  const next = await events.next();
  events.close();
  assert.equal(event?.object.kind, 'Table');
  assert.equal(event.object.columnDefinitions[0].name, 'Name');
  assert.equal(next?.object.columnDefinitions, null);
  assert.equal(event?.object.rows[0].cells[0], 'shown');
});

test('a watch from a revision that is long gone ends with an ERROR of 410', async () => {
  const { storage } = server.server.context;
  await storage.compact(storage.revision());
  await send(server, 'POST', MAPS, { body: map('later') });
  const events = watch(server, `${MAPS}?watch=1&resourceVersion=1`);
  const event = await events.next();
  events.close();
  // Everything since revision 1 may still be in memory; then the watch simply starts there.
  if (event?.type === 'ERROR') assert.equal(event.object.code, 410);
  else assert.equal(event?.type, 'ADDED');
});

test('DeleteOptions come in protobuf under any group', async () => {
  await send(server, 'POST', MAPS, { body: map('gone') });
  const options = { apiVersion: 'events.k8s.io/v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
  const bytes = encodeProtobuf(options as KubernetesObject, schema('v1', 'DeleteOptions') as Schema);
  assert.equal((await send(server, 'DELETE', `${MAPS}/gone`, { headers: { 'content-type': PROTOBUF }, bytes })).code, 200);
});

test('closing does not wait for idle connections, and ends watches', async () => {
  const other = await startTestServer();
  const idle = new KeepAliveAgent({ keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    httpsRequest({ host: '127.0.0.1', port: other.port, path: '/version', ca: other.caPem, agent: idle }, (answer) => {
      answer.resume();
      answer.on('end', resolve);
    }).on('error', reject).end();
  });
  const events = watch(other, `${MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`);
  assert.equal((await events.next())?.type, 'BOOKMARK');
  const ended = events.next();
  await other.close();
  assert.equal(await ended, undefined);
  idle.destroy();
});

test('a review has no Table', async () => {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: {} };
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  assert.equal((await send(server, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { headers, body: review })).code, 406);
});

test('a bad label selector is refused of computed resources too', async () => {
  const answer = await send(server, 'GET', '/apis/metrics.k8s.io/v1beta1/pods?labelSelector=%C3%BC');
  assert.equal(answer.code, 400);
  assert.match(answer.body.message, /unable to parse requirement/);
});

test('an answer before the whole body is read leaves the connection open, unless the rest is long', async () => {
  const answerTo = (length: number): Promise<string> => new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: server.port, ca: server.caPem });
    socket.once('data', (bytes) => { resolve(bytes.toString()); socket.destroy(); });
    socket.on('error', reject);
    socket.write(`POST /api/v1/namespaces/default/nothings HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`);
  });
  assert.match(await answerTo(1000), /^HTTP\/1.1 404 [\s\S]*connection: keep-alive/i);
  assert.match(await answerTo(1024 * 1024), /^HTTP\/1.1 404 [\s\S]*connection: close/i);
});
