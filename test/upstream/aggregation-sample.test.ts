/** Upstream's sample-apiserver with its own etcd, as an extension server behind ours. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { missingPrograms, program } from '../../conformance/programs.ts';
import { createScheme } from '../../src/api/scheme.ts';
import { createAuthenticator } from '../../src/apiserver/authn/authenticator.ts';
import { createAuthorizer } from '../../src/apiserver/authz/authorizer.ts';
import { bootstrapPolicy } from '../../src/apiserver/authz/bootstrap-policy.ts';
import { reviewHandlers } from '../../src/apiserver/authz/review-handlers.ts';
import { startTestServer, type TestServer } from '../../src/apiserver/testing/test-server.ts';
import { sleep, systemClock } from '../../src/base/clock.ts';
import { ensureClusterPki, issueServingCertificate, issueUserCertificate, type ClusterPki } from '../../src/pki/cluster-pki.ts';
import { createTokenSigner, createTokenVerifier } from '../../src/pki/jwt.ts';

const ISSUER = 'https://kubernetes.default.svc';
const SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.wardle.example.com';
const GROUP = '/apis/wardle.example.com/v1alpha1';
const FLUNDERS = `${GROUP}/namespaces/default/flunders`;
const COLLECTIONS: Record<string, string> = { ClusterRole: 'clusterroles', ClusterRoleBinding: 'clusterrolebindings', Role: 'roles', RoleBinding: 'rolebindings' };
const TRIES = 300;

const missing = await missingPrograms(['etcd', 'sample-apiserver']);
const options = { skip: missing.length > 0 && `not built: ${missing.join(', ')}`, timeout: 120_000 };

let directory: string;
let pki: ClusterPki;
let server: TestServer;
let kubelet: Server;
let ports: { etcd: number; peer: number; sample: number };
const running = new Set<ChildProcess>();

interface Answer { code: number; body: any }
type User = ReturnType<typeof issueUserCertificate>;
const admin = (): User => pki.admin;
const jane = (): User => issueUserCertificate(pki.ca, 'jane', ['dev']);

function open(user: User, method: string, path: string, body?: object, headers: Record<string, string> = {}): ReturnType<typeof request> {
  const outgoing = request({
    host: '127.0.0.1', port: server.port, method, path, ca: server.caPem, cert: user.certificatePem, key: user.privateKeyPem, agent: false,
    headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
  });
  outgoing.end(body ? JSON.stringify(body) : undefined);
  return outgoing;
}

async function ask(user: User, method: string, path: string, body?: object, headers?: Record<string, string>): Promise<Answer> {
  const [answer] = await once(open(user, method, path, body, headers), 'response');
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  try { return { code: answer.statusCode, body: JSON.parse(text) }; } catch { return { code: answer.statusCode, body: text }; }
}

async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what} did not come`);
}

const availability = (status: string): Promise<any> => eventually(`Available=${status}`, async () => {
  const { body } = await ask(admin(), 'GET', SERVICE);
  return body.status?.conditions?.find((condition: any) => condition.type === 'Available' && condition.status === status);
});

async function freePort(): Promise<number> {
  const listener = createTcpServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}

function start(name: string, flags: string[]): ChildProcess {
  const child = spawn(program(name), flags, { stdio: 'ignore' });
  running.add(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const startSample = (): ChildProcess => start('sample-apiserver', [
  `--etcd-servers=http://127.0.0.1:${ports.etcd}`, '--bind-address=127.0.0.1', `--secure-port=${ports.sample}`,
  `--tls-cert-file=${directory}/sample.crt`, `--tls-private-key-file=${directory}/sample.key`,
  ...['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig'].map((flag) => `--${flag}=${server.kubeconfig}`),
]);

/** Stands for a node: whatever pod is asked for, the connection ends at the sample server. */
async function startTunnel(): Promise<Server> {
  const node = issueServingCertificate(pki.ca, 'node1', ['127.0.0.1']);
  const tunnel = createServer({ cert: node.certificatePem, key: node.privateKeyPem });
  tunnel.on('connect', (_request, socket: Socket) => {
    const other = connect(ports.sample, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(other).pipe(socket);
    });
    for (const end of [socket, other]) end.on('error', () => { socket.destroy(); other.destroy(); });
  });
  tunnel.listen(0, '127.0.0.1');
  await once(tunnel, 'listening');
  return tunnel;
}

function startServer(): Promise<TestServer> {
  const verifier = createTokenVerifier([pki.serviceAccount.publicKeyPem]);
  return startTestServer({
    pki, scheme: createScheme(),
    security: ({ objects }) => {
      const authenticator = createAuthenticator({ reader: objects, verifier, issuer: ISSUER });
      const authorizer = createAuthorizer(objects);
      const tokens = { reader: objects, signer: createTokenSigner(pki.serviceAccount.privateKeyPem), issuer: ISSUER, apiAudiences: authenticator.apiAudiences, clock: systemClock };
      return { authenticator, authorizer, admission: [], reviews: reviewHandlers(authenticator, authorizer, tokens) };
    },
  });
}

async function create(path: string, object: object): Promise<void> {
  const { code, body } = await ask(admin(), 'POST', path, object);
  assert.equal(code, 201, JSON.stringify(body));
}

async function register(): Promise<void> {
  const { port } = kubelet.address() as AddressInfo;
  await create('/api/v1/nodes', { metadata: { name: 'node1' }, status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }], daemonEndpoints: { kubeletEndpoint: { Port: port } } } });
  await create('/api/v1/namespaces/default/services', { metadata: { name: 'api' }, spec: { ports: [{ port: 443 }] } });
  await create('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { name: 'api-1', labels: { 'kubernetes.io/service-name': 'api' } }, addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.9'], conditions: { ready: true }, nodeName: 'node1' }], ports: [{ name: '', port: 8443, protocol: 'TCP' }],
  });
  await create('/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: 'v1alpha1.wardle.example.com' },
    spec: {
      group: 'wardle.example.com', version: 'v1alpha1', groupPriorityMinimum: 2000, versionPriority: 200,
      caBundle: Buffer.from(pki.ca.certificatePem).toString('base64'), service: { name: 'api', namespace: 'default' },
    },
  });
}

let sample: ChildProcess;
before(async () => {
  if (options.skip) return;
  directory = mkdtempSync(join(tmpdir(), 'naru-sample-'));
  pki = await ensureClusterPki(join(directory, 'pki'), { apiServer: ['127.0.0.1'] });
  const serving = issueServingCertificate(pki.ca, 'sample', ['api.default.svc']);
  writeFileSync(join(directory, 'sample.crt'), serving.certificatePem);
  writeFileSync(join(directory, 'sample.key'), serving.privateKeyPem);
  ports = { etcd: await freePort(), peer: await freePort(), sample: await freePort() };
  server = await startServer();
  for (const object of bootstrapPolicy()) {
    const { namespace } = object.metadata!;
    await create(`/apis/rbac.authorization.k8s.io/v1/${namespace ? `namespaces/${namespace}/` : ''}${COLLECTIONS[object.kind!]}`, object);
  }
  kubelet = await startTunnel();
  const [own, peer] = [`http://127.0.0.1:${ports.etcd}`, `http://127.0.0.1:${ports.peer}`];
  start('etcd', [
    '--data-dir', join(directory, 'etcd'), '--listen-client-urls', own, '--advertise-client-urls', own,
    '--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`,
  ]);
  sample = startSample();
  await register();
  await availability('True');
}, { timeout: 120_000 });
after(async () => {
  if (options.skip) return;
  for (const child of [...running]) await stop(child);
  await server?.close();
  kubelet?.close();
  kubelet?.closeAllConnections();
  rmSync(directory, { recursive: true, force: true });
});

test('a user sees flunders only once RBAC of our server allows it', options, async () => {
  const refused = await ask(jane(), 'GET', FLUNDERS);
  assert.equal(refused.code, 403);
  assert.match(refused.body.message, /User "jane" cannot list resource "flunders" in API group "wardle.example.com" in the namespace "default"/);
  await create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', { metadata: { name: 'flunders' }, rules: [{ apiGroups: ['wardle.example.com'], resources: ['flunders'], verbs: ['*'] }] });
  await create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: { name: 'flunders' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'flunders' }, subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'dev' }],
  });
  await eventually('permission', async () => ((await ask(jane(), 'GET', FLUNDERS)).code === 200 || undefined));
});

test('flunders are created, listed and watched through our server', options, async () => {
  const watching = open(admin(), 'GET', `${FLUNDERS}?watch=1`);
  const [stream] = await once(watching, 'response');
  const created = await ask(admin(), 'POST', FLUNDERS, { apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata: { name: 'first' } });
  assert.equal(created.code, 201, JSON.stringify(created.body));
  const [chunk] = await once(stream, 'data');
  watching.destroy();
  const event = JSON.parse(String(chunk).split('\n')[0] as string);
  assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'first']);
  assert.deepEqual((await ask(admin(), 'GET', FLUNDERS)).body.items.map((item: any) => item.metadata.name), ['first']);
});

test('discovery and OpenAPI show what the sample server serves', options, async () => {
  const { items } = (await ask(admin(), 'GET', '/apis', undefined, { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' })).body;
  const group = items.find((item: any) => item.metadata.name === 'wardle.example.com');
  assert.deepEqual(group.versions[0].resources.map(({ resource }: any) => resource).sort(), ['fischers', 'flunders']);
  const { paths } = (await ask(admin(), 'GET', '/openapi/v3')).body;
  assert.ok((await ask(admin(), 'GET', paths['apis/wardle.example.com/v1alpha1'].serverRelativeURL)).body.paths[`${GROUP}/namespaces/{namespace}/flunders`]);
});

test('a killed server is told as unavailable, requests get 503, and it comes back with its objects', options, async () => {
  await stop(sample);
  // A check comes when the APIService changes; else every half minute.
  const condition = await availability('False');
  assert.equal(condition.reason, 'FailedDiscoveryCheck');
  assert.match(condition.message, /^failing or missing response from https:\/\/.*\/apis\/wardle\.example\.com\/v1alpha1: /);
  assert.equal((await ask(admin(), 'GET', FLUNDERS)).code, 503);
  sample = startSample();
  assert.equal((await availability('True')).reason, 'Passed');
  assert.equal((await ask(admin(), 'GET', `${FLUNDERS}/first`)).code, 200);
});
