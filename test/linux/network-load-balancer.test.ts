import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Service, ServiceSpec } from '../../schema/v1.37/types/core-v1.ts';
import { Lab, type Helper } from './network-support/lab.ts';

const lab = new Lab();
const NODES = [
  { nodeName: 'node1', internalAddress: '172.30.7.11', podCidrs: ['10.244.0.0/24'], pod: 'a1' },
  { nodeName: 'node2', internalAddress: '172.30.7.12', podCidrs: ['10.244.1.0/24'], pod: 'b1' },
];
const agents = new Map<string, Helper>();
const addresses = new Map<string, string>();
let machine: Helper;

function service(name: string, clusterIP: string, spec: Partial<ServiceSpec> = {}): Service {
  return { metadata: { namespace: 'default', name }, spec: { type: 'LoadBalancer', clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80, protocol: 'TCP', nodePort: 30090 }], ...spec } };
}
function slice(name: string, pods: string[]): object {
  const endpoints = pods.map((pod) => ({ addresses: [addresses.get(pod)], nodeName: pod === 'a1' ? 'node1' : 'node2', conditions: { ready: true } }));
  return { metadata: { namespace: 'default', name: `${name}-1`, labels: { 'kubernetes.io/service-name': name } }, addressType: 'IPv4', ports: [{ name: '', port: 8080, protocol: 'TCP' }], endpoints };
}
async function everywhere(kind: string, object: object): Promise<void> {
  await Promise.all([machine, ...agents.values()].map((helper) => helper.call('set', kind, object)));
}
async function addressOf(name: string): Promise<string | undefined> {
  const found = await machine.call<Service | null>('service', 'default', name);
  if (found) for (const agent of agents.values()) await agent.call('set', 'services', found);
  return found?.status?.loadBalancer?.ingress?.[0]?.ip;
}
async function answers(host: string, count = 24): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: count }, () => lab.ask('machine', host, 80, 400)));
  return [...new Set(all.map((answer) => answer.split(' ')[0] as string))].sort();
}

before(async () => {
  for (const name of ['machine', 'node1', 'node2', 'a1', 'b1']) lab.add(name);
  lab.ip('machine', 'link', 'set', 'lo', 'up');
  machine = lab.helper('machine', 'machine.ts');
  await machine.call('create', `${lab.directory}/ranges`);
  for (const node of NODES) {
    await machine.call('attachNode', node.nodeName, lab.path(node.nodeName), node.internalAddress);
    const agent = lab.helper(node.nodeName, 'agent.ts');
    agents.set(node.nodeName, agent);
    await agent.call('start', { nodeName: node.nodeName, address: node.internalAddress, podCidr: node.podCidrs[0], stateDirectory: `${lab.directory}/${node.nodeName}` });
    await agent.call('routes', NODES);
    const result = await agent.call<{ addresses: string[] }>('attach', { sandboxId: node.pod, networkNamespacePath: lab.path(node.pod), hostPorts: [] });
    addresses.set(node.pod, result.addresses[0] as string);
    lab.serve(node.pod, 8080);
    await machine.call('set', 'nodes', {
      metadata: { name: node.nodeName },
      status: { conditions: [{ type: 'Ready', status: 'True' }], addresses: [{ type: 'InternalIP', address: node.internalAddress }] },
    });
  }
  await everywhere('endpointSlices', slice('web', ['a1', 'b1']));
  await everywhere('services', service('web', '10.96.2.1'));
});
after(() => lab.close());

test('without the load balancer a Service has no address; with it, one that answers from outside and spreads over nodes', async () => {
  assert.equal(await addressOf('web'), undefined);
  await machine.call('startLoadBalancer');
  assert.equal(await addressOf('web'), '172.30.7.192');
  assert.deepEqual(await answers('172.30.7.192'), ['a1', 'b1']);
  assert.match(lab.ip('machine', 'route', 'show', '172.30.7.192'), /via 172.30.7.11.*\n.*via 172.30.7.12/);
});

test('an address can be asked for, and of two that ask for the same one only the first gets it', async () => {
  await machine.call('set', 'services', service('picky', '10.96.2.2', { loadBalancerIP: '172.30.7.200' }));
  await machine.call('set', 'services', service('late', '10.96.2.3', { loadBalancerIP: '172.30.7.200' }));
  await machine.call('set', 'services', service('foreign', '10.96.2.4', { loadBalancerClass: 'example.com/other' }));
  assert.equal(await addressOf('picky'), '172.30.7.200');
  assert.equal(await addressOf('late'), undefined);
  assert.equal(await addressOf('foreign'), undefined);
  await machine.call('forget', 'services', service('picky', '10.96.2.2'));
  assert.equal(await addressOf('late'), '172.30.7.200');
});

test('a local policy leads only to nodes with a pod, and keeps the address of the client', async () => {
  const address = await addressOf('web') as string;
  const current = await machine.call<Service>('service', 'default', 'web');
  await everywhere('services', { ...current, spec: { ...current.spec, externalTrafficPolicy: 'Local' } });
  await everywhere('endpointSlices', slice('web', ['b1']));
  for (let index = 0; index < 6; index++) assert.equal(await lab.ask('machine', address, 80), 'b1 172.30.7.1');
  await everywhere('endpointSlices', slice('web', []));
  assert.equal(await lab.ask('machine', address, 80), 'EHOSTUNREACH');
  await everywhere('services', { ...current });
  await everywhere('endpointSlices', slice('web', ['a1', 'b1']));
  assert.deepEqual(await answers(address), ['a1', 'b1']);
});

test('after a node dies its share goes to the others', async () => {
  const address = await addressOf('web') as string;
  await agents.get('node1')?.stop('SIGKILL');
  agents.delete('node1');
  await machine.call('detachNode', 'node1');
  await everywhere('endpointSlices', slice('web', ['b1']));
  const deadline = Date.now() + 8000;
  while (lab.ip('machine', 'route', 'show', address).includes('172.30.7.11')) {
    assert.ok(Date.now() < deadline, 'the dead node is still routed to');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(await answers(address), ['b1']);
});

test('a Service that becomes a ClusterIP gives its address back, and the add-on takes all with it', async () => {
  const current = await machine.call<Service>('service', 'default', 'late');
  await machine.call('set', 'services', { ...current, spec: { ...current.spec, type: 'ClusterIP' } });
  assert.equal(await addressOf('late'), undefined);
  assert.equal(lab.ip('machine', 'route', 'show', '172.30.7.200').trim(), '');
  await machine.call('stopLoadBalancer', true);
  assert.equal(await addressOf('web'), undefined);
  assert.equal(lab.ip('machine', 'route', 'show', '172.30.7.192').trim(), '');
});
