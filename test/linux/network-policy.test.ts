import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep } from '../../src/base/clock.ts';
import { Lab, type Helper } from './network-support/lab.ts';

const lab = new Lab();
const address: Record<string, string> = {};
let agent: Helper;
const OPEN = 'web';
const CLOSED = 'ETIMEDOUT';

/** Policies take effect some milliseconds after their event. */
async function eventually(from: string, wanted: string): Promise<void> {
  let answer = '';
  for (let attempt = 0; attempt < 20; attempt++) {
    answer = (await lab.ask(from, address['web'] as string, 8080, 250)).split(' ')[0] as string;
    if (answer === wanted) return;
    await sleep(20);
  }
  assert.equal(answer, wanted, `from ${from}`);
}
async function policy(spec: object): Promise<void> {
  await agent.call('set', 'policies', { metadata: { namespace: 'd', name: 'p' }, spec });
}

before(async () => {
  for (const name of ['node1', 'web', 'friend', 'foe']) lab.add(name);
  lab.ip('node1', 'link', 'set', 'lo', 'up');
  lab.ip('node1', 'addr', 'add', '172.30.7.11/32', 'dev', 'lo');
  agent = lab.helper('node1', 'agent.ts');
  await agent.call('start', { nodeName: 'node1', address: '172.30.7.11', podCidr: '10.244.0.0/24', stateDirectory: `${lab.directory}/node1` });
  await agent.call('startPolicies', 'node1');
  await agent.call('set', 'namespaces', { metadata: { name: 'd', labels: {} } });
  for (const pod of ['web', 'friend', 'foe']) {
    const result = await agent.call<{ addresses: string[] }>('attach', { sandboxId: pod, networkNamespacePath: lab.path(pod), hostPorts: [] });
    address[pod] = result.addresses[0] as string;
    await agent.call('set', 'pods', { metadata: { namespace: 'd', name: pod, labels: { app: pod } }, spec: { nodeName: 'node1' }, status: { podIP: address[pod], phase: 'Running' } });
  }
  lab.serve('web', 8080);
});
after(() => lab.close());

test('without a policy everybody gets in', async () => {
  for (const from of ['friend', 'foe', 'node1', 'web']) await eventually(from, OPEN);
});

test('a policy lets in whom it names, the node, and the pod itself', async () => {
  await policy({ podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }], ports: [{ port: 8080, protocol: 'TCP' }] }] });
  await eventually('foe', CLOSED);
  for (const from of ['friend', 'node1', 'web']) await eventually(from, OPEN);
});

test('a policy for what goes out holds back the pods it selects', async () => {
  await policy({ podSelector: { matchLabels: { app: 'friend' } }, policyTypes: ['Egress'] });
  await eventually('friend', CLOSED);
  await eventually('foe', OPEN);
});

test('when the last policy goes everything is open', async () => {
  await agent.call('remove', 'policies', { metadata: { namespace: 'd', name: 'p' } });
  await eventually('friend', OPEN);
});
