import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Lab, type Helper } from './network-support/lab.ts';

const lab = new Lab();
const NODE = '172.30.7.11';
let agent: Helper;
let machine: Helper;

function request(sandboxId: string, extra: object = {}): object {
  return { sandboxId, networkNamespacePath: lab.path(sandboxId), hostPorts: [], ...extra };
}
async function attach(sandboxId: string, extra: object = {}): Promise<string> {
  const { addresses } = await agent.call<{ addresses: string[] }>('attach', request(sandboxId, extra));
  return addresses[0] as string;
}
async function startAgent(): Promise<void> {
  agent = lab.helper('node1', 'agent.ts');
  await agent.call('start', { nodeName: 'node1', address: NODE, podCidr: '10.244.0.0/24', stateDirectory: `${lab.directory}/state` });
}

before(async () => {
  for (const name of ['machine', 'node1', 'p1', 'p2', 'p3', 'p4']) lab.add(name);
  lab.ip('machine', 'link', 'set', 'lo', 'up');
  machine = lab.helper('machine', 'machine.ts');
  await machine.call('create', `${lab.directory}/ranges`);
  await machine.call('attachNode', 'node1', lab.path('node1'), NODE);
  await startAgent();
  for (const pod of ['p1', 'p2', 'p3']) {
    lab.serve(pod, 8080);
    lab.serveUdp(pod, 8080);
  }
});
after(() => lab.close());

test('attaching twice gives the same address, and a freed address is not the next to be used', async () => {
  const first = await attach('p4');
  assert.equal(await attach('p4'), first);
  await agent.call('detach', 'p4');
  assert.notEqual(await attach('p4'), first);
  await agent.call('detach', 'p4');
});

test('pods share a hostPort when address or protocol differ', async () => {
  await attach('p1', { hostPorts: [{ hostPort: 5000, containerPort: 8080, protocol: 'TCP', hostIP: '127.0.0.1' }] });
  await attach('p2', { hostPorts: [{ hostPort: 5000, containerPort: 8080, protocol: 'TCP', hostIP: NODE }] });
  await attach('p3', { hostPorts: [{ hostPort: 5000, containerPort: 8080, protocol: 'UDP', hostIP: NODE }] });
  const named = async (from: string, host: string): Promise<string> => (await lab.ask(from, host, 5000)).split(' ')[0] as string;
  assert.equal(await named('node1', '127.0.0.1'), 'p1');
  assert.equal(await named('node1', NODE), 'p2');
  assert.equal(await named('machine', NODE), 'p2');
  assert.equal(await named('p2', NODE), 'p2', 'a pod reaches itself');
  const socket = lab.udpSocket('machine');
  let answer = 'ETIMEDOUT';
  // A busy machine may take its time, or drop one.
  for (let tries = 0; answer === 'ETIMEDOUT' && tries < 5; tries++) answer = await lab.askUdp(socket, NODE, 5000);
  assert.equal(answer.split(' ')[0], 'p3');
});

test('after a crash of the agent pods keep their network, addresses and hostPorts', async () => {
  const before = await agent.call('attached');
  await agent.stop('SIGKILL');
  assert.equal((await lab.ask('machine', NODE, 5000)).split(' ')[0], 'p2');
  await startAgent();
  assert.deepEqual(await agent.call('attached'), before);
  assert.equal((await lab.ask('machine', NODE, 5000)).split(' ')[0], 'p2');
  const fresh = await attach('p4');
  assert.ok(!JSON.stringify(before).includes(`"${fresh}"`));
});

test('a detached pod leaves neither link nor hostPort', async () => {
  await agent.call('detach', 'p2');
  assert.equal(await lab.ask('machine', NODE, 5000), 'ECONNREFUSED');
  await attach('p2');
  assert.equal((await lab.ask('p2', (await agent.call<[string, string[]][]>('attached')).find(([id]) => id === 'p1')?.[1][0] as string, 8080)).split(' ')[0], 'p1');
});

test('bandwidth limits stand on both ends', async () => {
  await agent.call('detach', 'p4');
  await attach('p4', { ingressBandwidth: 1_000_000, egressBandwidth: 500_000 });
  assert.match(lab.ip('p4', '-d', 'link', 'show', 'eth0'), /qdisc tbf/);
  assert.match(lab.ip('node1', 'link', 'show'), /qdisc tbf/);
});

test('when the cluster goes the machine is as it was', async () => {
  await machine.call('remove');
  assert.equal(lab.ip('machine', 'route').trim(), '');
  assert.doesNotMatch(lab.ip('machine', 'link'), /naru-7/);
});
