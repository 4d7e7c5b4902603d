import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { formatIpv4, freeChoiceStart, parseRange } from './address-range.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const service = (name: string, spec: object): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec } });

let server: TestServer;
before(async () => { server = await startTestServer({ flags: { serviceCidr: '10.96.0.0/24', nodePortRange: [30000, 30010] } }); });
after(() => server.close());

test('a range leaves out its first and last address and keeps the low ones for those who ask', () => {
  const range = parseRange('10.96.0.0/24');
  assert.equal(formatIpv4(range.first), '10.96.0.1');
  assert.equal(formatIpv4(range.last), '10.96.0.254');
  assert.equal(formatIpv4(freeChoiceStart(range)), '10.96.0.17');
});

test('a Service gets an address, which an IPAddress object shows, and gives it back', async () => {
  const { code, body } = await send(server, 'POST', SERVICES, { body: service('plain', {}) });
  assert.equal(code, 201, JSON.stringify(body));
  assert.match(body.spec.clusterIP, /^10\.96\.0\.\d+$/);
  assert.deepEqual(body.spec.clusterIPs, [body.spec.clusterIP]);
  assert.deepEqual([body.spec.ipFamilies, body.spec.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  const address = `/apis/networking.k8s.io/v1/ipaddresses/${body.spec.clusterIP}`;
  assert.equal((await send(server, 'GET', address)).body.spec.parentRef.name, 'plain');
  await send(server, 'DELETE', `${SERVICES}/plain`);
  assert.equal((await send(server, 'GET', address)).code, 404);
});

test('addresses and ports that are given and left are counted', async () => {
  const value = async (name: string): Promise<number> => Number(new RegExp(`^kube_apiserver_${name} (.*)$`, 'm').exec((await send(server, 'GET', '/metrics')).body)?.[1] ?? 0);
  const names = ['clusterip_allocator_allocated_ips{cidr="10.96.0.0/24"}', 'clusterip_allocator_allocation_total{cidr="10.96.0.0/24",scope="dynamic"}', 'nodeport_allocator_allocated_ports', 'nodeport_allocator_allocation_total{scope="static"}']
    .map((name) => name.replace(/[{}]/g, '\\$&'));
  const all = (): Promise<number[]> => Promise.all(names.map(value));
  const before = await all();
  assert.equal((await send(server, 'POST', SERVICES, { body: service('counted', { type: 'NodePort', ports: [{ port: 80, nodePort: 30005 }] }) })).code, 201);
  assert.deepEqual((await all()).map((count, index) => count - (before[index] as number)), [1, 1, 1, 1]);
  await send(server, 'DELETE', `${SERVICES}/counted`);
  assert.deepEqual((await all()).map((count, index) => count - (before[index] as number)), [0, 1, 0, 1]);
});

test('an address that is taken or out of range is refused', async () => {
  const taken = await send(server, 'POST', SERVICES, { body: service('taken', { clusterIP: '10.96.0.1' }) });
  assert.equal(taken.code, 422);
  assert.match(taken.body.message, /failed to allocate IP 10\.96\.0\.1: provided IP is already allocated$/);
  const outside = await send(server, 'POST', SERVICES, { body: service('outside', { clusterIP: '10.97.0.1' }) });
  assert.match(outside.body.message, /the provided network does not match the current range$/);
});

test('a refused Service leaves nothing behind', async () => {
  const count = async () => (await send(server, 'GET', '/apis/networking.k8s.io/v1/ipaddresses')).body.items.length;
  const before = await count();
  assert.equal((await send(server, 'POST', SERVICES, { body: service('kubernetes', {}) })).code, 409);
  assert.equal((await send(server, 'POST', `${SERVICES}?dryRun=All`, { body: service('dry', { type: 'NodePort' }) })).code, 201);
  assert.equal(await count(), before);
});

test('a headless Service has no address', async () => {
  const { body } = await send(server, 'POST', SERVICES, { body: service('headless', { clusterIP: 'None' }) });
  assert.deepEqual([body.spec.clusterIP, body.spec.clusterIPs, body.spec.ipFamilyPolicy], ['None', ['None'], 'SingleStack']);
});

test('node ports are given, kept over updates, refused when taken or out of range, and given back', async () => {
  const { body } = await send(server, 'POST', SERVICES, { body: service('np', { type: 'NodePort' }) });
  const port = body.spec.ports[0].nodePort;
  assert.ok(port >= 30000 && port <= 30010);
  const kept = await send(server, 'PUT', `${SERVICES}/np`, { body: { ...service('np', { type: 'NodePort', ports: [{ port: 80 }] }), metadata: { name: 'np', resourceVersion: body.metadata.resourceVersion } } });
  assert.equal(kept.body.spec.ports[0].nodePort, port);
  assert.equal(kept.body.spec.clusterIP, body.spec.clusterIP);
  const same = await send(server, 'POST', SERVICES, { body: service('np2', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }) });
  assert.equal(same.code, 422);
  assert.match(same.body.message, new RegExp(`spec.ports\\[0\\].nodePort: Invalid value: ${port}: provided port is already allocated$`));
  const outside = await send(server, 'POST', SERVICES, { body: service('np3', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }) });
  assert.match(outside.body.message, /provided port is not in the valid range\. The range of valid ports is 30000-30010/);
  const plain = await send(server, 'PATCH', `${SERVICES}/np`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } } });
  assert.equal(plain.body.spec.ports[0].nodePort, undefined);
  const reused = await send(server, 'POST', SERVICES, { body: service('np4', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }) });
  assert.equal(reused.code, 201, JSON.stringify(reused.body));
});

test('one node port serves TCP and UDP of the same port', async () => {
  const ports = [{ name: 'a', port: 53, protocol: 'TCP' }, { name: 'b', port: 53, protocol: 'UDP' }];
  const { body } = await send(server, 'POST', SERVICES, { body: service('dns', { type: 'NodePort', ports }) });
  assert.equal(body.spec.ports[0].nodePort, body.spec.ports[1].nodePort);
});

test('a load balancer that keeps traffic local gets a health check port', async () => {
  const { body } = await send(server, 'POST', SERVICES, { body: service('lb', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }) });
  assert.ok(body.spec.healthCheckNodePort >= 30000);
  assert.notEqual(body.spec.healthCheckNodePort, body.spec.ports[0].nodePort);
});

test('becoming ExternalName gives the address back', async () => {
  const { body } = await send(server, 'POST', SERVICES, { body: service('leaving', {}) });
  const left = await send(server, 'PATCH', `${SERVICES}/leaving`, {
    headers: { 'content-type': 'application/merge-patch+json' }, body: { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null } },
  });
  assert.equal(left.code, 200, JSON.stringify(left.body));
  assert.equal((await send(server, 'GET', `/apis/networking.k8s.io/v1/ipaddresses/${body.spec.clusterIP}`)).code, 404);
});

test('a dry run takes an address that is taken, and shows none of its own', async () => {
  const taken = await send(server, 'POST', `${SERVICES}?dryRun=All`, { body: service('dry-taken', { clusterIP: '10.96.0.1' }) });
  assert.equal(taken.code, 201, JSON.stringify(taken.body));
  const any = await send(server, 'POST', `${SERVICES}?dryRun=All`, { body: service('dry-any', {}) });
  assert.equal(any.body.spec.clusterIP, '10.96.0.0');
});

test('an update that tells no node ports keeps those of the ports with the same name', async () => {
  const made = await send(server, 'POST', SERVICES, { body: service('named', { type: 'NodePort', ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81 }] }) });
  const [a, b] = made.body.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort);
  const changed = await send(server, 'PUT', `${SERVICES}/named`, { body: service('named', { type: 'NodePort', clusterIPs: [], ports: [{ name: 'b', port: 82 }, { name: 'a', port: 81 }] }) });
  assert.equal(changed.code, 200, JSON.stringify(changed.body));
  assert.deepEqual(changed.body.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort), [b, a]);
  assert.deepEqual(changed.body.spec.clusterIPs, made.body.spec.clusterIPs);
});

test('wrong addresses are told alone, before families that the cluster does not have', async () => {
  const { body } = await send(server, 'POST', SERVICES, { body: service('sixth', { clusterIP: '10.96.0.9', ipFamilies: ['IPv6'] }) });
  assert.deepEqual(body.details.causes.map(({ field }: { field: string }) => field), ['spec.clusterIPs[0]']);
});

test('a dry run gives node ports that nobody can have, and takes those asked for unless somebody has them', async () => {
  const shown = await send(server, 'POST', `${SERVICES}?dryRun=All`, { body: service('dry-ports', { type: 'NodePort', ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81 }] }) });
  assert.deepEqual(shown.body.spec.ports.map(({ nodePort }: { nodePort: number }) => nodePort), [32769, 32770]);
  await send(server, 'POST', SERVICES, { body: service('holder', { type: 'NodePort', ports: [{ port: 80, nodePort: 30003 }] }) });
  const taken = await send(server, 'POST', `${SERVICES}?dryRun=All`, { body: service('late', { type: 'NodePort', ports: [{ port: 80, nodePort: 30003 }] }) });
  assert.match(taken.body.message, /provided port is already allocated$/);
});
