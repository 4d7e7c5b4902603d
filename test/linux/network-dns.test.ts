import packet, { type DecodedPacket, type RecordType } from 'dns-packet';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectInNamespace } from '../../src/network/dial.ts';
import { Lab, type Helper } from './network-support/lab.ts';

const lab = new Lab();
let agent: Helper;
let attached: { addresses: string[] };
const SERVER = '10.96.0.10';

async function ask(from: string, name: string, type: RecordType, id = 7): Promise<DecodedPacket> {
  const question = packet.encode({ type: 'query', id, flags: packet.RECURSION_DESIRED, questions: [{ name, type }] });
  const answer = await lab.exchange(from, SERVER, 53, Buffer.from(question));
  assert.ok(answer, 'no answer');
  return packet.decode(answer);
}
async function askOverTcp(name: string): Promise<DecodedPacket> {
  const socket = connectInNamespace(lab.path('a1'), SERVER, 53);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.on('data', resolve);
    socket.on('error', reject);
    socket.write(packet.streamEncode({ type: 'query', id: 9, questions: [{ name, type: 'A' }] }));
  });
  socket.destroy();
  return packet.streamDecode(answer) as DecodedPacket;
}
const data = (answer: DecodedPacket): unknown[] => (answer.answers ?? []).map((record) => (record as { data: unknown }).data);
const rcode = (answer: DecodedPacket): unknown => (answer as { rcode?: string }).rcode;

before(async () => {
  for (const name of ['node1', 'a1']) lab.add(name);
  lab.ip('node1', 'link', 'set', 'lo', 'up');
  lab.ip('node1', 'address', 'add', '172.30.7.11/32', 'dev', 'lo');
  agent = lab.helper('node1', 'agent.ts');
  await agent.call('start', { nodeName: 'node1', address: '172.30.7.11', podCidr: '10.244.0.0/24', stateDirectory: `${lab.directory}/node1` });
  attached = await agent.call<{ addresses: string[] }>('attach', { sandboxId: 'a1', networkNamespacePath: lab.path('a1'), hostPorts: [] });
  await agent.call('set', 'services', {
    metadata: { namespace: 'default', name: 'web' },
    spec: { clusterIP: '10.96.5.5', clusterIPs: ['10.96.5.5'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  });
  await agent.call('set', 'services', { metadata: { namespace: 'default', name: 'peers' }, spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [] } });
  // A kube-dns Service without endpoints must not take the address away from the server.
  await agent.call('set', 'services', {
    metadata: { namespace: 'kube-system', name: 'kube-dns' },
    spec: { clusterIP: SERVER, clusterIPs: [SERVER], ports: [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53, protocol: 'TCP' }] },
  });
  await agent.call('set', 'endpointSlices', {
    metadata: { namespace: 'default', name: 'peers-1', labels: { 'kubernetes.io/service-name': 'peers', 'service.kubernetes.io/headless': '' } },
    addressType: 'IPv4', ports: [{ name: 'peer', port: 7000, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.244.0.70'], hostname: 'peer-0', conditions: { ready: true } },
      { addresses: ['10.244.0.71'], conditions: { ready: true } },
      { addresses: ['10.244.0.72'], hostname: 'peer-2', conditions: { ready: false } },
    ],
  });
  await agent.call('startDns');
});
after(() => lab.close());

test('a pod and its node get the address of a Service', async () => {
  for (const from of ['a1', 'node1']) {
    const answer = await ask(from, 'web.default.svc.cluster.local', 'A');
    assert.deepEqual(data(answer), ['10.96.5.5']);
    assert.equal(answer.flag_aa, true);
    assert.equal(answer.id, 7);
  }
});

test('a name without such a record differs from a name that is none', async () => {
  const noData = await ask('a1', 'web.default.svc.cluster.local', 'AAAA');
  assert.deepEqual([rcode(noData), data(noData), noData.authorities?.[0]?.type], ['NOERROR', [], 'SOA']);
  const noName = await ask('a1', 'nothing.default.svc.cluster.local', 'A');
  assert.deepEqual([rcode(noName), noName.authorities?.[0]?.type], ['NXDOMAIN', 'SOA']);
  assert.equal(rcode(await ask('a1', 'example.com', 'A')), 'REFUSED');
});

test('a headless Service has the addresses of its ready pods, by name too', async () => {
  assert.deepEqual(data(await ask('a1', 'peers.default.svc.cluster.local', 'A')).sort(), ['10.244.0.70', '10.244.0.71']);
  assert.deepEqual(data(await ask('a1', 'peer-0.peers.default.svc.cluster.local', 'A')), ['10.244.0.70']);
  assert.deepEqual(data(await ask('a1', '10-244-0-71.peers.default.svc.cluster.local', 'A')), ['10.244.0.71']);
  assert.equal(rcode(await ask('a1', 'peer-2.peers.default.svc.cluster.local', 'A')), 'NXDOMAIN');
});

test('ports have SRV records with the addresses of their targets', async () => {
  const answer = await ask('a1', '_http._tcp.web.default.svc.cluster.local', 'SRV');
  assert.deepEqual(data(answer), [{ priority: 0, weight: 100, port: 80, target: 'web.default.svc.cluster.local' }]);
  assert.deepEqual((answer.additionals ?? []).map((record) => (record as { data: unknown }).data), ['10.96.5.5']);
  const peers = data(await ask('a1', '_peer._tcp.peers.default.svc.cluster.local', 'SRV')) as { target: string }[];
  assert.deepEqual(peers.map((peer) => peer.target).sort(), ['10-244-0-71.peers.default.svc.cluster.local', 'peer-0.peers.default.svc.cluster.local']);
});

test('addresses have names', async () => {
  assert.deepEqual(data(await ask('a1', '5.5.96.10.in-addr.arpa', 'PTR')), ['web.default.svc.cluster.local']);
  assert.deepEqual(data(await ask('a1', '70.0.244.10.in-addr.arpa', 'PTR')), ['peer-0.peers.default.svc.cluster.local']);
  assert.equal(rcode(await ask('a1', '9.9.96.10.in-addr.arpa', 'PTR')), 'NXDOMAIN');
});

test('a question over TCP is answered', async () => {
  const decoded = await askOverTcp('WEB.default.svc.Cluster.local');
  assert.equal(decoded.answers?.[0]?.name, 'WEB.default.svc.Cluster.local');
  assert.deepEqual(data(decoded), ['10.96.5.5']);
});

test('a Service that comes later is known at once, and one that goes is gone', async () => {
  const later = { metadata: { namespace: 'default', name: 'later' }, spec: { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' } };
  await agent.call('set', 'services', later);
  assert.deepEqual(data(await ask('a1', 'later.default.svc.cluster.local', 'A')), ['web.default.svc.cluster.local', '10.96.5.5']);
  await agent.call('remove', 'services', later);
  assert.equal(rcode(await ask('a1', 'later.default.svc.cluster.local', 'A')), 'NXDOMAIN');
});

test('names outside are asked of the machine\'s servers, one after the other', async () => {
  const outside = lab.helper('a1', 'name-server.ts');
  const address = attached.addresses[0] as string;
  await outside.call('serve', address, '192.0.2.80');
  await agent.call('stopDns');
  // Nobody listens at the first one.
  await agent.call('startDns', ['127.0.0.77', address]);
  const answer = await ask('a1', 'www.example.com', 'A', 4711);
  assert.deepEqual([answer.id, rcode(answer), data(answer)], [4711, 'NOERROR', ['192.0.2.80']]);
  assert.deepEqual(data(await askOverTcp('www.example.com')), ['192.0.2.80']);
  assert.equal(rcode(await ask('a1', 'nothing.default.svc.cluster.local', 'A')), 'NXDOMAIN');
  const alias = { metadata: { namespace: 'default', name: 'alias' }, spec: { type: 'ExternalName', externalName: 'www.example.com' } };
  await agent.call('set', 'services', alias);
  assert.deepEqual(data(await ask('a1', 'alias.default.svc.cluster.local', 'A')), ['www.example.com', '192.0.2.80']);
});
