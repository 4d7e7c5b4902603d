/** Every example of `examples/`, on three nodes with real containers, by kubectl alone. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually, run, startTestCluster, type TestCluster } from './support/cluster.ts';
import { fetchOnce } from './support/http.ts';

const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));
let cluster: TestCluster;

before(async () => { cluster = await startTestCluster('test-examples', '--nodes', '3', '--node-cpus', '2', '--node-memory', '4Gi'); });
after(async () => { await cluster?.stop(); });

/** Runs a scene in a namespace of its own, which is gone afterwards. */
async function inNamespace(namespace: string, scene: (kubectl: TestCluster['kubectl'], attempt: TestCluster['tryKubectl']) => Promise<void>): Promise<void> {
  await cluster.kubectl('create', 'namespace', namespace);
  await eventually('the default service account', () => cluster.kubectl('get', 'serviceaccount', 'default', '-n', namespace));
  try {
    await scene((...parameters) => cluster.kubectl('-n', namespace, ...parameters), (...parameters) => cluster.tryKubectl('-n', namespace, ...parameters));
  } finally {
    await cluster.kubectl('delete', 'namespace', namespace, '--timeout=60s');
  }
}
const ready = (kubectl: TestCluster['kubectl'], ...what: string[]): Promise<string> => kubectl('wait', '--for=condition=Ready', '--timeout=60s', ...what);
const runPod = (kubectl: TestCluster['kubectl'], name: string, spec: object): Promise<string> =>
  kubectl('run', name, '--image=naru.local/tools', '--overrides', JSON.stringify({ spec: { terminationGracePeriodSeconds: 1, ...spec } }), '--command', '--', 'sleep', 'infinity');
const nodeAddresses = async (): Promise<string[]> =>
  (await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}')).split(' ');

test('1: two containers with two ports each answer, and the same port twice is refused with its place', async () => {
  await inNamespace('ex01', async (kubectl, attempt) => {
    await kubectl('apply', '-f', example('01-pod-ports/pod.yaml'));
    await ready(kubectl, 'pod/two-containers');
    const address = await kubectl('get', 'pod', 'two-containers', '-o', 'jsonpath={.status.podIP}');
    for (const [port, says] of [[8080, 'first'], [8081, 'first'], [9090, 'second'], [9091, 'second']] as const) {
      assert.equal((await kubectl('exec', 'two-containers', '-c', 'first', '--', 'wget', '-qO-', `http://${address}:${port}/`)).trim(), says);
    }
    const refused = await attempt('apply', '-f', example('01-pod-ports/same-port-twice.yaml'));
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /spec\.containers\[1\]\.ports\[0\]/);
    assert.match(refused.stderr, /8080/);
  });
});

test('2: a pod belongs to the Service that selects its labels, and moves when they change', async () => {
  await inNamespace('ex02', async (kubectl) => {
    const members = async (service: string): Promise<string> =>
      kubectl('get', 'endpointslices', '-l', `kubernetes.io/service-name=${service}`, '-o', 'jsonpath={.items[*].endpoints[*].targetRef.name}');
    await kubectl('apply', '-f', example('02-labels/pods.yaml'));
    await ready(kubectl, 'pod', '--all');
    await eventually('one pod behind each Service', async () => {
      assert.equal(await members('by-type'), 'web-pod');
      assert.equal(await members('by-lo'), 'production-pod');
    });
    await kubectl('label', 'pod', 'web-pod', 'type-', 'lo=production');
    await eventually('the pod moved', async () => {
      assert.equal(await members('by-type'), '');
      assert.deepEqual((await members('by-lo')).split(' ').sort(), ['production-pod', 'web-pod']);
    });
  });
});

test('3: nodeSelector decides, else the node with more memory left, and everybody can see why', async () => {
  await inNamespace('ex03', async (kubectl) => {
    const nodeOf = (pod: string): Promise<string> => kubectl('get', 'pod', pod, '-o', 'jsonpath={.spec.nodeName}');
    await kubectl('apply', '-f', example('03-scheduling/node-selector.yaml'));
    await ready(kubectl, 'pod/on-node1');
    assert.equal(await nodeOf('on-node1'), 'node1');
    await kubectl('apply', '-f', example('03-scheduling/memory.yaml'));
    await ready(kubectl, 'pod/first-2gi', 'pod/second-2gi');
    assert.equal(await nodeOf('first-2gi'), 'node1');
    const second = await nodeOf('second-2gi');
    assert.notEqual(second, 'node1');
    const small = ['small-1', 'small-2', 'small-3'];
    const emptiest = ['node1', 'node2', 'node3'].find((node) => node !== 'node1' && node !== second);
    for (const pod of small) {
      await runPod(kubectl, pod, { containers: [{ name: pod, image: 'naru.local/tools', command: ['sleep', 'infinity'], resources: { requests: { memory: '256Mi' } } }] });
      await ready(kubectl, `pod/${pod}`);
    }
    assert.deepEqual(await Promise.all(small.map(nodeOf)), small.map(() => emptiest), 'requests count, not what is used');
    await runPod(kubectl, 'nowhere', { nodeSelector: { hostname: 'node9' } });
    await eventually('a selector that no node meets keeps its pod waiting', async () =>
      assert.match(await kubectl('describe', 'pod', 'nowhere'), /0\/3 nodes are available: 3 node\(s\) didn't match Pod's node affinity\/selector/));
    assert.equal(await kubectl('get', 'pod', 'nowhere', '-o', 'jsonpath={.status.phase}{.spec.nodeName}'), 'Pending');
    await eventually('events say how nodes scored and why none fits', async () => {
      const scores = await kubectl('get', 'events', '--field-selector', 'reason=NodeScores', '-o', 'jsonpath={.items[*].message}');
      for (const node of ['node1', 'node2', 'node3']) assert.match(scores, new RegExp(node));
      assert.match(await kubectl('describe', 'pod', 'too-big'), /0\/3 nodes are available: 3 Insufficient memory/);
    });
  });
});

test('4: over its memory limit a container is OOMKilled and restarted, over its CPU limit throttled and alive', async () => {
  await inNamespace('ex04', async (kubectl) => {
    await kubectl('apply', '-f', example('04-limits/pods.yaml'));
    await eventually('killed and started again', async () => {
      const status = await kubectl('get', 'pod', 'memory-hog', '-o', 'jsonpath={.status.containerStatuses[0].lastState.terminated.reason} {.status.containerStatuses[0].lastState.terminated.exitCode} {.status.containerStatuses[0].restartCount}');
      const [reason, code, restarts] = status.split(' ');
      assert.deepEqual([reason, code], ['OOMKilled', '137']);
      assert.ok(Number(restarts) >= 1);
    }, 60_000);
    await ready(kubectl, 'pod/cpu-hog');
    await eventually('throttled', async () => {
      const stat = await kubectl('exec', 'cpu-hog', '--', 'sh', '-c', 'cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null || true');
      assert.ok(Number(/nr_throttled (\d+)/.exec(stat)?.[1]) > 0, stat);
    });
    assert.equal(await kubectl('get', 'pod', 'cpu-hog', '-o', 'jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}'), 'Running 0');
  });
});

test('4: two busy containers on one core share it in the proportion of their requests', async () => {
  await inNamespace('ex04b', async (kubectl) => {
    await kubectl('apply', '-f', example('04-limits/share.yaml'));
    await ready(kubectl, 'pod/share');
    const ticks = async (container: string): Promise<number> => {
      const fields = (await kubectl('exec', 'share', '-c', container, '--', 'cat', '/proc/1/stat')).split(' ');
      return Number(fields[13]) + Number(fields[14]);
    };
    await eventually('both have run for a while', async () => {
      const [one, three] = [await ticks('one'), await ticks('three')];
      assert.ok(one + three > 500, `${one} and ${three} ticks`);
      assert.ok(three / one > 2 && three / one < 4.5, `${one} to ${three} ticks`);
    }, 60_000);
  });
});

test('5: a Service without a type keeps its address, spreads, answers by name, and never fails while its pods are replaced', async () => {
  await inNamespace('ex05', async (kubectl, attempt) => {
    await kubectl('apply', '-f', example('05-cluster-ip/web.yaml'));
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await ready(kubectl, 'pod/client');
    const address = await kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}');
    assert.equal(await kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.type}'), 'ClusterIP');
    const ask = async (count: number, url: string): Promise<string[]> =>
      (await kubectl('exec', 'client', '--', 'sh', '-c', `for i in $(seq ${count}); do wget -qO- ${url} || echo FAILED; done`)).trim().split('\n');
    assert.equal(new Set(await eventually('answers by name', async () => {
      const answers = await ask(40, 'http://web/');
      assert.ok(!answers.includes('FAILED'), answers.join());
      return answers;
    })).size, 3, 'all three pods answer');
    await assert.rejects(fetchOnce(address, 80), 'from outside nothing answers');
    const asking = kubectl('exec', 'client', '--', 'sh', '-c', `i=0; while [ $i -lt 400 ]; do wget -qO- http://${address}/ >/dev/null || echo FAILED; i=$((i+1)); done; echo done`);
    const before = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    for (const pod of before) {
      await kubectl('delete', 'pod', pod);
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    }
    assert.equal((await asking).trim(), 'done');
    const now = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
    assert.ok(before.every((pod) => !now.includes(pod)));
    assert.equal(await kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}'), address);
    assert.equal((await attempt('exec', 'client', '--', 'nslookup', `web.ex05.svc.cluster.local`)).code, 0);
  });
});

test('6: a NodePort answers on every node; with the Local policy only where a pod is, and it sees the client', async () => {
  await inNamespace('ex06', async (kubectl) => {
    await kubectl('apply', '-f', example('06-node-port/web.yaml'));
    await kubectl('rollout', 'status', 'deployment/who', '--timeout=60s');
    const addresses = await nodeAddresses();
    assert.equal(addresses.length, 3);
    const own = await kubectl('get', 'pods', '-l', 'app=who', '-o', 'jsonpath={.items[0].status.hostIP}');
    for (const address of addresses) await eventually(`${address} answers`, async () => assert.equal((await fetchOnce(address, 30080, '/cgi-bin/who')).code, 200));
    const machine = own.replace(/\d+$/, '1');
    assert.match((await eventually('the pod\'s node answers', () => fetchOnce(own, 30081, '/cgi-bin/who'))).body, new RegExp(`\\b${machine.replaceAll('.', '\\.')}\\]? `));
    for (const address of addresses.filter((other) => other !== own)) await assert.rejects(fetchOnce(address, 30081, '/', 700));
    await kubectl('scale', 'deployment', 'who', '--replicas=5');
    await kubectl('rollout', 'status', 'deployment/who', '--timeout=60s');
    for (const address of addresses) await eventually(`${address} answers with its own pods`, () => answersWithItsOwn(kubectl, address));
    await kubectl('scale', 'deployment', 'who', '--replicas=0');
    await kubectl('wait', '--for=delete', 'pod', '-l', 'app=who', '--timeout=60s');
    await eventually('nothing answers', () => assert.rejects(fetchOnce(own, 30081, '/', 700)));
  });
});

/** By the Local policy, every pod of the node and no other; nothing where there is none. */
async function answersWithItsOwn(kubectl: TestCluster['kubectl'], address: string): Promise<void> {
  const own = (await kubectl('get', 'pods', '-l', 'app=who', '-o', `jsonpath={.items[?(@.status.hostIP=="${address}")].metadata.name}`)).split(' ').filter(Boolean);
  if (own.length === 0) return assert.rejects(fetchOnce(address, 30081, '/', 700));
  const seen = new Set<string>();
  for (let count = 0; count < 30; count++) seen.add((await fetchOnce(address, 30081, '/cgi-bin/who')).body.split(' ')[1] ?? '');
  assert.deepEqual([...seen].sort(), own.sort());
}

test('7: a load balancer answers on its NodePort, waits for its add-on, then answers from outside, spreads, and goes on when a node dies', async () => {
  await inNamespace('ex07', async (kubectl) => {
    await kubectl('apply', '-f', example('07-load-balancer/service.yaml'));
    await kubectl('rollout', 'status', 'deployment/balanced', '--timeout=60s');
    assert.match(await kubectl('get', 'service', 'balanced'), /<pending>/);
    const nodePort = Number(await kubectl('get', 'service', 'balanced', '-o', 'jsonpath={.spec.ports[0].nodePort}'));
    const nodePortAnswers = async (): Promise<void> => { for (const node of await nodeAddresses()) assert.equal((await fetchOnce(node, nodePort)).code, 200); };
    await eventually('its NodePort answers on every node meanwhile', nodePortAnswers);
    await cluster.naru('addon', 'enable', 'load-balancer', '--name', cluster.name);
    const address = await eventually('an address', async () => {
      const found = await kubectl('get', 'service', 'balanced', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}');
      assert.match(found, /^172\.30\./);
      return found;
    });
    const answers = async (): Promise<Set<string>> => {
      const found = new Set<string>();
      for (let count = 0; count < 40; count++) found.add((await fetchOnce(address, 80)).body);
      return found;
    };
    await eventually('all pods answer', async () => assert.equal((await answers()).size, 3));
    await nodePortAnswers();
    await cluster.naru('node', 'stop', 'node3', '--name', cluster.name);
    try {
      await eventually('it goes on without node3', async () => { for (let count = 0; count < 20; count++) assert.equal((await fetchOnce(address, 80)).code, 200); }, 90_000);
    } finally {
      await cluster.naru('node', 'start', 'node3', '--name', cluster.name);
      await cluster.kubectl('wait', '--for=condition=Ready', 'node/node3', '--timeout=60s');
      await cluster.naru('addon', 'disable', 'load-balancer', '--name', cluster.name);
    }
  });
});

test('8: emptyDir is shared, empty at first and gone with the pod; hostPath survives its pod on its node alone', async () => {
  await inNamespace('ex08', async (kubectl) => {
    await kubectl('apply', '-f', example('08-pod-volumes/volumes.yaml'));
    await ready(kubectl, 'pod/shared', 'pod/host-writer');
    await eventually('the reader sees the writer\'s file', async () => assert.equal(await kubectl('exec', 'shared', '-c', 'reader', '--', 'cat', '/other/count-at-start', '/other/file'), '0\nhello\n'));
    await kubectl('delete', 'pod', 'shared', 'host-writer');
    await kubectl('apply', '-f', example('08-pod-volumes/volumes.yaml'));
    await ready(kubectl, 'pod/shared');
    await eventually('empty again', async () => assert.equal(await kubectl('exec', 'shared', '-c', 'reader', '--', 'cat', '/other/count-at-start'), '0\n'));
    await kubectl('apply', '-f', example('08-pod-volumes/host-reader.yaml'));
    await ready(kubectl, 'pod/reader-node1');
    assert.equal(await kubectl('exec', 'reader-node1', '--', 'cat', '/host/file'), 'from-host-writer\n');
    await eventually('an event says what is missing', async () => assert.match(await kubectl('describe', 'pod', 'reader-node2'), /FailedMount.*hostPath type check failed: \/srv\/naru-example is not a directory/s));
    assert.equal(await kubectl('get', 'pod', 'reader-node2', '-o', 'jsonpath={.status.phase}'), 'Pending');
    assert.ok(!existsSync('/srv/naru-example'), 'the machine\'s own tree is untouched');
  });
});

test('9: the administrator makes volumes, the user claims the smallest that fits, and data outlives pods', async () => {
  const userConfig = join(tmpdir(), `naru-dora-${process.pid}.kubeconfig`);
  await cluster.naru('user', 'create', 'dora', '--name', cluster.name, '--namespace', 'ex09', '--output', userConfig);
  const asDora = (...parameters: string[]): ReturnType<typeof run> => run('kubectl', ['--kubeconfig', userConfig, ...parameters]);
  try {
    await inNamespace('ex09', async (kubectl) => {
      await kubectl('create', 'rolebinding', 'dora', '--clusterrole=edit', '--user=dora');
      await kubectl('apply', '-f', example('09-persistent-volumes/admin-volumes.yaml'));
      const forbidden = await asDora('create', '-f', example('09-persistent-volumes/admin-volumes.yaml'));
      assert.match(forbidden.stderr, /Forbidden.*User "dora" cannot create resource "persistentvolumes"/s);
      assert.equal((await asDora('apply', '-f', example('09-persistent-volumes/user-claims.yaml'))).code, 0);
      await eventually('bound to the smallest that fits', async () => assert.equal(await kubectl('get', 'pvc', 'data', '-o', 'jsonpath={.spec.volumeName} {.status.phase}'), 'medium Bound'));
      assert.match(await kubectl('describe', 'pvc', 'too-much'), /Pending[\s\S]*no persistent volumes available|Pending[\s\S]*not found/);
      assert.equal((await asDora('apply', '-f', example('09-persistent-volumes/writer.yaml'))).code, 0);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/writer', '--timeout=60s');
      assert.equal((await asDora('delete', 'pod', 'writer')).code, 0);
      assert.equal((await asDora('apply', '-f', example('09-persistent-volumes/reader.yaml'))).code, 0);
      await kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/reader', '--timeout=60s');
      assert.equal((await asDora('logs', 'reader')).stdout, 'written-by-a-pod-that-is-gone\n');
      await kubectl('delete', 'pod', 'reader');
      await kubectl('delete', 'pvc', 'data');
      await eventually('Delete: the volume goes', async () => assert.match((await cluster.tryKubectl('get', 'pv', 'medium')).stderr, /not found/));
      await kubectl('patch', 'pvc', 'too-much', '-p', '{"metadata":{"finalizers":null}}');
    });
  } finally {
    rmSync(userConfig, { force: true });
    await cluster.tryKubectl('delete', 'pv', 'small', 'medium', 'large', '--ignore-not-found');
  }
});

test('10: everything by kubectl alone', async () => {
  await inNamespace('ex10', async (kubectl) => {
    await kubectl('apply', '-f', example('05-cluster-ip/web.yaml'));
    await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
    await ready(kubectl, 'pod/client');
    assert.match(await kubectl('get', 'pods', '-o', 'wide'), /NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/);
    assert.match(await kubectl('describe', 'deployment', 'web'), /StrategyType: +RollingUpdate/);
    await kubectl('exec', 'client', '--', 'sh', '-c', 'echo logged > /proc/1/fd/1');
    assert.equal(await eventually('the log', async () => { const text = await kubectl('logs', 'client'); assert.ok(text); return text; }), 'logged\n');
    assert.equal((await run('script', ['-qec', `kubectl --kubeconfig ${cluster.kubeconfig} -n ex10 exec -it client -- echo tty`, '/dev/null'])).stdout.trim(), 'tty');
    await portForward();
    const copy = join(tmpdir(), `naru-cp-${process.pid}`);
    await kubectl('cp', 'client:/etc/passwd', copy);
    assert.match(readFileSync(copy, 'utf8'), /^root:/);
    rmSync(copy);
    await kubectl('scale', 'deployment', 'web', '--replicas=4');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    await kubectl('set', 'env', 'deployment/web', 'COLOR=blue');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    await kubectl('label', 'pod', 'client', 'tier=front');
    assert.match(await kubectl('explain', 'deployment.spec.strategy'), /rollingUpdate/);
    await eventually('top', async () => assert.match(await kubectl('top', 'pod', 'client'), /client +\d+m +\d+Mi/), 60_000);
    await kubectl('delete', '-f', example('05-cluster-ip/web.yaml'));
  });
});

async function portForward(): Promise<void> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => { const { port: free } = server.address() as { port: number }; server.close(() => resolve(free)); });
  });
  const forward = cluster.start('-n', 'ex10', 'port-forward', 'service/web', `${port}:80`);
  try {
    const answer = await eventually('the forwarded port answers', () => fetchOnce('127.0.0.1', port));
    assert.equal(answer.code, 200);
  } finally {
    forward.kill();
  }
}
