/** Network policies in a whole cluster: objects that kubectl makes, pods on two nodes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { eventually, startTestCluster, type TestCluster } from './support/cluster.ts';

let cluster: TestCluster;
let web = '';

const pod = (name: string, node: string): object => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: name } },
  spec: {
    nodeSelector: { 'kubernetes.io/hostname': node }, terminationGracePeriodSeconds: 0,
    containers: [{ name: 'main', image: 'naru.local/tools', command: ['sh', '-c', 'mkdir -p /www && echo hello > /www/index.html && exec httpd -f -p 8080 -h /www'] }],
  },
});
const policy = (name: string, spec: object): object => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace: 'default' }, spec });

async function apply(object: object): Promise<void> {
  const kubectl = spawn('kubectl', ['--kubeconfig', cluster.kubeconfig, 'apply', '-f', '-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  kubectl.stdin.end(JSON.stringify(object));
  assert.equal(await new Promise((resolve) => kubectl.once('exit', resolve)), 0);
}

/** Whether a pod gets the page; retried, since a policy takes effect some milliseconds after its event. */
async function reaches(from: string, wanted: boolean): Promise<void> {
  await eventually(`${from} reaching the web: ${wanted}`, async () => {
    const answer = await cluster.tryKubectl('exec', from, '--', 'timeout', '1', 'wget', '-qO-', `http://${web}:8080/`);
    assert.equal(answer.stdout === 'hello\n', wanted);
  });
}

before(async () => {
  cluster = await startTestCluster('test-policy', '--nodes', '2', '--node-cpus', '1', '--node-memory', '1Gi');
  await eventually('the default service account', () => cluster.kubectl('get', 'serviceaccount', 'default'));
  for (const [name, node] of [['web', 'node1'], ['friend', 'node1'], ['foe', 'node2']] as const) await apply(pod(name, node));
  await cluster.kubectl('wait', '--for=condition=Ready', '--timeout=60s', 'pod', '--all');
  web = await cluster.kubectl('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
});
after(async () => { await cluster?.stop(); });

test('without a policy all pods reach each other', async () => {
  for (const from of ['friend', 'foe']) await reaches(from, true);
});

test('a policy that denies all lets nobody in, from the same node or another', async () => {
  await apply(policy('deny', { podSelector: {}, policyTypes: ['Ingress'] }));
  for (const from of ['friend', 'foe']) await reaches(from, false);
});

test('one more policy lets in the pods it names, and no others', async () => {
  await apply(policy('allow-friend', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{ from: [{ podSelector: { matchLabels: { app: 'friend' } } }] }] }));
  await reaches('friend', true);
  await reaches('foe', false);
});

test('without policies again all is open', async () => {
  await cluster.kubectl('delete', 'networkpolicies', '--all');
  await reaches('foe', true);
});
