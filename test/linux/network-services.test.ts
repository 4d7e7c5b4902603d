import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Service, ServicePort, ServiceSpec } from '../../schema/v1.37/types/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../schema/v1.37/types/discovery-v1.ts';
import { sleep } from '../../src/base/clock.ts';
import { Helper, Lab } from './network-support/lab.ts';

const lab = new Lab();
const NODES = [
  { nodeName: 'node1', internalAddress: '172.30.7.11', podCidrs: ['10.244.0.0/24'] },
  { nodeName: 'node2', internalAddress: '172.30.7.12', podCidrs: ['10.244.1.0/24'] },
];
const agents = new Map<string, Helper>();
const address: Record<string, string> = {};
let machine: Helper;

async function everywhere(operation: string, ...parameters: unknown[]): Promise<unknown[]> {
  return Promise.all([...agents.values()].map((agent) => agent.call(operation, ...parameters)));
}

function endpoint(pod: string, conditions: Endpoint['conditions'] = { ready: true, serving: true, terminating: false }): Endpoint {
  return { addresses: [address[pod] as string], nodeName: pod.startsWith('a') ? 'node1' : 'node2', conditions };
}
function slice(name: string, endpoints: Endpoint[], port = 8080, protocol = 'TCP'): EndpointSlice {
  return {
    metadata: { namespace: 'default', name: `${name}-slice`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4', ports: [{ name: '', port, protocol }], endpoints,
  };
}
function service(name: string, clusterIP: string, spec: Partial<ServiceSpec> = {}, port: Partial<ServicePort> = {}): Service {
  return {
    metadata: { namespace: 'default', name },
    spec: { clusterIP, clusterIPs: [clusterIP], type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP', ...port }], ...spec },
  };
}
async function publish(object: Service, endpoints: EndpointSlice): Promise<void> {
  await everywhere('set', 'services', object);
  await everywhere('set', 'endpointSlices', endpoints);
}
async function answers(from: string, host: string, port: number, count = 24): Promise<Set<string>> {
  const all = await Promise.all(Array.from({ length: count }, () => lab.ask(from, host, port)));
  return new Set(all.map((answer) => answer.split(' ')[0] as string));
}

before(async () => {
  for (const name of ['machine', 'node1', 'node2', 'a1', 'a2', 'b1']) lab.add(name);
  lab.ip('machine', 'link', 'set', 'lo', 'up');
  machine = lab.helper('machine', 'machine.ts');
  await machine.call('create', `${lab.directory}/ranges`);
  for (const node of NODES) {
    await machine.call('attachNode', node.nodeName, lab.path(node.nodeName), node.internalAddress);
    const agent = lab.helper(node.nodeName, 'agent.ts');
    agents.set(node.nodeName, agent);
    await agent.call('start', { nodeName: node.nodeName, address: node.internalAddress, podCidr: node.podCidrs[0], stateDirectory: `${lab.directory}/${node.nodeName}` });
    await agent.call('routes', NODES);
  }
  for (const [pod, node] of [['a1', 'node1'], ['a2', 'node1'], ['b1', 'node2']] as const) {
    const request = { sandboxId: pod, networkNamespacePath: lab.path(pod), hostPorts: [] };
    const result = await agents.get(node)?.call<{ addresses: string[]; milliseconds: number }>('attach', request);
    address[pod] = result?.addresses[0] as string;
    lab.serve(pod, 8080);
    lab.serveUdp(pod, 8053);
  }
});
after(() => lab.close());

test('pods reach pods of their own and of another node, and see their real addresses', async () => {
  assert.equal(await lab.ask('a1', address['a2'] as string, 8080), `a2 ${address['a1']}`);
  assert.equal(await lab.ask('a1', address['b1'] as string, 8080), `b1 ${address['a1']}`);
  assert.equal(await lab.ask('node1', address['b1'] as string, 8080), 'b1 172.30.7.11');
});

test('the machine reaches nodes but neither pods nor Services', async () => {
  lab.serve('node1', 9000);
  assert.equal(await lab.ask('machine', '172.30.7.11', 9000), 'node1 172.30.7.1');
  assert.equal(await lab.ask('machine', address['a1'] as string, 8080), 'EHOSTUNREACH');
  assert.equal(await lab.ask('machine', '10.96.0.1', 443), 'EHOSTUNREACH');
});

test('a pod reaches the machine in the name of its node', async () => {
  lab.serve('machine', 6443);
  assert.equal(await lab.ask('a1', '172.30.7.1', 6443), 'machine 172.30.7.11');
});

test('a ClusterIP spreads over pods of all nodes, from pods and from nodes, and keeps the address of pods', async () => {
  await publish(service('web', '10.96.1.1'), slice('web', [endpoint('a1'), endpoint('a2'), endpoint('b1')]));
  assert.deepEqual([...await answers('a1', '10.96.1.1', 80)].sort(), ['a1', 'a2', 'b1']);
  assert.deepEqual([...await answers('node2', '10.96.1.1', 80)].sort(), ['a1', 'a2', 'b1']);
  await everywhere('set', 'endpointSlices', slice('web', [endpoint('b1')]));
  assert.equal(await lab.ask('a1', '10.96.1.1', 80), `b1 ${address['a1']}`);
});

test('a pod reaches itself through its Service', async () => {
  await publish(service('self', '10.96.1.2'), slice('self', [endpoint('a1')]));
  assert.equal((await lab.ask('a1', '10.96.1.2', 80)).split(' ')[0], 'a1');
});

test('a Service without endpoints, an unknown port and an unused address refuse', async () => {
  await publish(service('empty', '10.96.1.3'), slice('empty', []));
  assert.equal(await lab.ask('a1', '10.96.1.3', 80), 'ECONNREFUSED');
  assert.equal(await lab.ask('node1', '10.96.1.3', 80), 'ECONNREFUSED');
  assert.equal(await lab.ask('a1', '10.96.1.1', 81), 'ECONNREFUSED');
  assert.equal(await lab.ask('a1', '10.96.200.200', 80), 'ECONNREFUSED');
});

test('a NodePort answers on every node from outside, and on the node itself', async () => {
  await publish(service('np', '10.96.1.4', { type: 'NodePort' }, { nodePort: 30080 }), slice('np', [endpoint('a1'), endpoint('b1')]));
  assert.deepEqual([...await answers('machine', '172.30.7.11', 30080)].sort(), ['a1', 'b1']);
  assert.deepEqual([...await answers('machine', '172.30.7.12', 30080)].sort(), ['a1', 'b1']);
  assert.deepEqual([...await answers('node1', '172.30.7.11', 30080)].sort(), ['a1', 'b1']);
  assert.deepEqual([...await answers('a2', '172.30.7.12', 30080)].sort(), ['a1', 'b1']);
});

test('with a local external policy only nodes with a ready pod answer, and the client keeps its address', async () => {
  const local = service('np', '10.96.1.4', { type: 'NodePort', externalTrafficPolicy: 'Local' }, { nodePort: 30080 });
  await publish(local, slice('np', [endpoint('a1')]));
  assert.equal(await lab.ask('machine', '172.30.7.11', 30080), 'a1 172.30.7.1');
  assert.equal(await lab.ask('machine', '172.30.7.12', 30080, 300), 'ETIMEDOUT');
  assert.equal((await lab.ask('b1', '172.30.7.12', 30080)).split(' ')[0], 'a1', 'a pod of the cluster may go anywhere');
  await everywhere('set', 'endpointSlices', slice('np', []));
  assert.equal(await lab.ask('machine', '172.30.7.11', 30080, 300), 'ECONNREFUSED');
});

test('with a local internal policy a node without a pod drops', async () => {
  await publish(service('in', '10.96.1.5', { internalTrafficPolicy: 'Local' }), slice('in', [endpoint('a2')]));
  assert.equal(await lab.ask('a1', '10.96.1.5', 80), `a2 ${address['a1']}`);
  assert.equal(await lab.ask('b1', '10.96.1.5', 80, 300), 'ETIMEDOUT');
});

test('session affinity keeps a client at one pod', async () => {
  const sticky = service('sticky', '10.96.1.6', { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } } });
  await publish(sticky, slice('sticky', [endpoint('a1'), endpoint('a2'), endpoint('b1')]));
  for (let index = 0; index < 3; index++) {
    const first = (await lab.ask('b1', '10.96.1.6', 80)).split(' ')[0] as string;
    assert.deepEqual([...await answers('b1', '10.96.1.6', 80, 12)], [first]);
  }
  await publish(service('sticky', '10.96.1.6'), slice('sticky', [endpoint('a1'), endpoint('a2'), endpoint('b1')]));
  assert.equal((await answers('b1', '10.96.1.6', 80, 30)).size, 3);
});

test('load-balancer addresses answer from outside, and only to the allowed sources', async () => {
  const balanced = service('lb', '10.96.1.7', { type: 'LoadBalancer' }, { nodePort: 30081 });
  balanced.status = { loadBalancer: { ingress: [{ ip: '172.30.7.200', ipMode: 'VIP' }] } };
  await publish(balanced, slice('lb', [endpoint('a1'), endpoint('b1')]));
  lab.ip('machine', 'route', 'add', '172.30.7.200/32', 'via', '172.30.7.12');
  assert.deepEqual([...await answers('machine', '172.30.7.200', 80)].sort(), ['a1', 'b1']);
  assert.deepEqual([...await answers('a2', '172.30.7.200', 80)].sort(), ['a1', 'b1']);
  const limited = { ...balanced, spec: { ...balanced.spec, loadBalancerSourceRanges: ['172.30.7.9/32', '10.244.0.0/16', '10.0.0.0/8', '0.0.0.0/32'] } };
  await everywhere('set', 'services', limited);
  assert.equal(await lab.ask('machine', '172.30.7.200', 80, 300), 'ETIMEDOUT');
  assert.deepEqual([...await answers('a2', '172.30.7.200', 80)].sort(), ['a1', 'b1']);
});

test('a terminating endpoint that still serves is used only when no ready one is left', async () => {
  const ending = { ready: false, serving: true, terminating: true };
  await publish(service('roll', '10.96.1.8'), slice('roll', [endpoint('a1', ending), endpoint('b1')]));
  assert.deepEqual([...await answers('a2', '10.96.1.8', 80)], ['b1']);
  await everywhere('set', 'endpointSlices', slice('roll', [endpoint('a1', ending)]));
  assert.deepEqual([...await answers('a2', '10.96.1.8', 80)], ['a1']);
});

test('a UDP client that keeps its port moves on when its endpoint goes', async () => {
  const udp = service('udp', '10.96.1.9', { type: 'NodePort' }, { protocol: 'UDP', port: 53, nodePort: 30053 });
  const inside = lab.udpSocket('a2');
  const outside = lab.udpSocket('machine');
  assert.equal(await lab.askUdp(inside, '10.96.1.9', 53, 200), 'ETIMEDOUT');
  await publish(udp, slice('udp', [endpoint('a1')], 8053, 'UDP'));
  assert.equal(await lab.askUdp(inside, '10.96.1.9', 53), `a1 ${address['a2']}`);
  assert.equal((await lab.askUdp(outside, '172.30.7.11', 30053)).split(' ')[0], 'a1');
  await everywhere('set', 'endpointSlices', slice('udp', [endpoint('b1')], 8053, 'UDP'));
  assert.equal(await lab.askUdp(inside, '10.96.1.9', 53), `b1 ${address['a2']}`);
  assert.equal((await lab.askUdp(outside, '172.30.7.11', 30053)).split(' ')[0], 'b1');
});

test('clients see no failed connection while pods are replaced one after another', async () => {
  await publish(service('steady', '10.96.1.10'), slice('steady', [endpoint('a1'), endpoint('b1')]));
  let running = true;
  const seen = new Map<string, number>();
  const clients = ['a2', 'node1', 'node2'].map(async (from) => {
    while (running) {
      const answer = (await lab.ask(from, '10.96.1.10', 80)).split(' ')[0] as string;
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  });
  const steps = [[endpoint('a1')], [endpoint('a1'), endpoint('a2')], [endpoint('a2')], [endpoint('a2'), endpoint('b1')], [endpoint('b1')]];
  for (let round = 0; round < 4; round++) for (const step of steps) await everywhere('set', 'endpointSlices', slice('steady', step));
  running = false;
  await Promise.all(clients);
  assert.deepEqual([...seen.keys()].sort(), ['a1', 'a2', 'b1'], JSON.stringify([...seen]));
});

test('affinity holds at NodePorts, and with a local policy among the pods of the node', async () => {
  const spec = { type: 'NodePort', sessionAffinity: 'ClientIP' };
  await publish(service('stickynp', '10.96.1.11', spec, { nodePort: 30082 }), slice('stickynp', [endpoint('a1'), endpoint('a2'), endpoint('b1')]));
  const first = (await lab.ask('machine', '172.30.7.12', 30082)).split(' ')[0] as string;
  assert.deepEqual([...await answers('machine', '172.30.7.12', 30082, 12)], [first]);
  await everywhere('set', 'services', service('stickynp', '10.96.1.11', { ...spec, externalTrafficPolicy: 'Local' }, { nodePort: 30082 }));
  const local = await lab.ask('machine', '172.30.7.11', 30082);
  assert.match(local, /^a[12] 172\.30\.7\.1$/);
  assert.deepEqual([...await answers('machine', '172.30.7.11', 30082, 12)], [local.split(' ')[0]]);
});

test('Services go on while the agent of the node is killed and started again', async () => {
  const kept = service('kept', '10.96.1.12');
  const keptSlice = slice('kept', [endpoint('a1'), endpoint('b1')]);
  await publish(kept, keptSlice);
  let running = true;
  const seen = new Set<string>();
  const client = (async () => {
    while (running) seen.add((await lab.ask('a2', '10.96.1.12', 80)).split(' ')[0] as string);
  })();
  await agents.get('node1')?.stop('SIGKILL');
  const agent = lab.helper('node1', 'agent.ts');
  agents.set('node1', agent);
  await agent.call('preset', 'services', [kept]);
  await agent.call('preset', 'endpointSlices', [keptSlice]);
  await agent.call('start', { nodeName: 'node1', address: '172.30.7.11', podCidr: '10.244.0.0/24', stateDirectory: `${lab.directory}/node1` });
  await agent.call('routes', NODES);
  for (let index = 0; index < 20; index++) await lab.ask('node1', '10.96.1.12', 80);
  running = false;
  await client;
  assert.deepEqual([...seen].sort(), ['a1', 'b1']);
});

test('rules that somebody else removed are made again with the next change', async () => {
  await publish(service('lost', '10.96.1.13'), slice('lost', [endpoint('a1')]));
  await agents.get('node2')?.call('flushRules');
  assert.notEqual((await lab.ask('node2', '10.96.1.13', 80, 200)).split(' ')[0], 'a1');
  await agents.get('node2')?.call('set', 'endpointSlices', slice('lost', [endpoint('a2')])).catch(() => undefined);
  let answer = '';
  for (let attempt = 0; attempt < 40 && !answer.startsWith('a2'); attempt++) {
    answer = await lab.ask('node2', '10.96.1.13', 80, 200);
    await sleep(50);
  }
  assert.equal(answer.split(' ')[0], 'a2');
});

test('a Service that goes leaves nothing behind', async () => {
  await everywhere('remove', 'services', service('kept', '10.96.1.12'));
  assert.equal(await lab.ask('a1', '10.96.1.12', 80), 'ECONNREFUSED');
});
