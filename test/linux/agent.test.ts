import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { CONFIG_MAPS, NODES, PODS } from '../../src/client/resources.ts';
import { BASE_IMAGE } from '../../src/runtime/images/base-image.ts';
import type { Container, PodSpec } from '../../schema/v1.37/types/core-v1.ts';
import { cgroupFile, cgroupLayout } from '../../src/linux/cgroup.ts';
import { CGROUP, openLab, podNamed, ready, until, type Lab } from './agent-support/lab.ts';

const INSIDE = 'NARU_AGENT_TEST_INSIDE';

if (!process.env[INSIDE]) {
  test('the agent, in namespaces of its own', () => {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const child = spawnSync('unshare', ['--net', '--mount', '--propagation', 'private', process.execPath, '--test', '--test-reporter', 'spec', import.meta.filename],
      { env: { ...environment, [INSIDE]: '1' }, encoding: 'utf8', timeout: 180_000 });
    assert.equal(child.status, 0, child.stdout + child.stderr);
  });
} else describe('agent', () => {
  let lab: Lab;
  before(async () => { lab = await openLab(); });
  after(() => lab.close());

  const shell = (name: string, script: string, more: Partial<Container> = {}): Container => ({ name, image: BASE_IMAGE, command: ['sh', '-c', script], ...more });
  const SLEEP = 'trap "exit 0" TERM; while :; do sleep 0.1; done';
  const create = (name: string, spec: Partial<PodSpec>, metadata: Record<string, unknown> = {}) => lab.client.create(PODS, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata }, spec: { nodeName: 'node1', terminationGracePeriodSeconds: 5, containers: [], ...spec },
  });
  const isReady = (name: string) => until(`${name} ready`, async () => { const pod = await podNamed(lab, name); return ready(pod) && pod; });
  const inPhase = (name: string, phase: string) => until(`${name} ${phase}`, async () => { const pod = await podNamed(lab, name); return pod?.status?.phase === phase && pod; });
  const remove = async (name: string) => {
    await lab.client.delete(PODS, 'default', name, {});
    await until(`${name} gone`, async () => await podNamed(lab, name) === undefined);
  };

  test('the node is registered and ready', async () => {
    const node = await lab.client.get(NODES, undefined, 'node1');
    assert.equal(node.metadata?.labels?.['kubernetes.io/hostname'], 'node1');
    assert.equal(node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status, 'True');
    assert.equal(node.status?.capacity?.['cpu'], '2');
  });

  test('a pod becomes Ready with an address, and is gone without a trace after its deletion', async () => {
    await create('simple', { containers: [shell('main', SLEEP)] });
    const pod = await isReady('simple');
    assert.match(pod.status?.podIP ?? '', /^10\.244\.0\.\d+$/);
    const uid = pod.metadata?.uid ?? '';
    await remove('simple');
    await until('no trace', () => !existsSync(`${lab.data}/node/pods/${uid}`) && !lab.runtime().listContainers().some((state) => state.labels['io.kubernetes.pod.uid'] === uid));
    assert.deepEqual(lab.runtime().listSandboxes().filter((sandbox) => sandbox.config.podUid === uid), []);
  });

  test('containers share an emptyDir and the pod ends as Succeeded, with logs and termination messages', async () => {
    await create('volumes', {
      restartPolicy: 'Never', volumes: [{ name: 'shared', emptyDir: {} }, { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
      initContainers: [shell('first', 'echo from-init > /shared/file', { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] })],
      containers: [shell('main', 'cat /shared/file; grep " /memory tmpfs" /proc/mounts; echo -n bye > /dev/termination-log', {
        volumeMounts: [{ name: 'shared', mountPath: '/shared' }, { name: 'memory', mountPath: '/memory' }],
      })],
    });
    const pod = await inPhase('volumes', 'Succeeded');
    assert.equal(pod.status?.containerStatuses?.[0]?.state?.terminated?.message, 'bye');
    const { stdout } = await lab.kubectl('logs', 'volumes', '-c', 'main');
    assert.match(stdout, /^from-init\ntmpfs \/memory tmpfs .*size=1024k/);
    await remove('volumes');
  });

  test('environment, hosts, resolv.conf and hostname are as a pod expects them', async () => {
    await lab.client.create(CONFIG_MAPS, { metadata: { name: 'settings', namespace: 'default' }, data: { color: 'blue' } });
    await create('facts', {
      restartPolicy: 'Never', hostAliases: [{ ip: '1.2.3.4', hostnames: ['friend'] }], hostname: 'given', subdomain: 'sub',
      containers: [shell('main', 'echo $COLOR $NAME $IP $EXPANDED; cat /etc/hosts /etc/resolv.conf; hostname', {
        env: [
          { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }, { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'EXPANDED', value: '<$(NAME)>$$(NAME)' }, { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
        ],
      })],
    });
    const pod = await inPhase('facts', 'Succeeded');
    const { stdout } = await lab.kubectl('logs', 'facts');
    const [first, ...rest] = stdout.split('\n');
    assert.equal(first, `blue facts ${pod.status?.podIP} <facts>$(NAME)`);
    assert.ok(rest.includes(`${pod.status?.podIP}\tgiven.sub.default.svc.cluster.local\tgiven`), stdout);
    assert.ok(rest.includes('1.2.3.4\tfriend'));
    assert.ok(rest.includes('search default.svc.cluster.local svc.cluster.local cluster.local'), stdout);
    assert.equal(rest.at(-2), 'given');
    await remove('facts');
  });

  test('a changed ConfigMap reaches the container', async () => {
    await lab.client.create(CONFIG_MAPS, { metadata: { name: 'live', namespace: 'default' }, data: { key: 'one' } });
    await create('live', { volumes: [{ name: 'v', configMap: { name: 'live' } }], containers: [shell('main', SLEEP, { volumeMounts: [{ name: 'v', mountPath: '/v' }] })] });
    const pod = await isReady('live');
    const read = async (): Promise<string> => {
      const state = lab.runtime().listContainers().find((candidate) => candidate.labels['io.kubernetes.pod.uid'] === pod.metadata?.uid);
      return (await lab.runtime().execSync(state?.id ?? '', ['cat', '/v/key'], 5000)).stdout;
    };
    assert.equal(await read(), 'one');
    await lab.client.patch(CONFIG_MAPS, 'default', 'live', { data: { key: 'two' } }, { type: 'merge' });
    await until('the new value', async () => await read() === 'two');
    await remove('live');
  });

  test('a container over its memory limit is OOMKilled and restarted', async () => {
    await create('hungry', { containers: [shell('main', 'tail /dev/zero', { resources: { limits: { memory: '20Mi' } } })] });
    await until('OOMKilled', async () => {
      const status = (await podNamed(lab, 'hungry'))?.status?.containerStatuses?.[0];
      const ended = status?.lastState?.terminated;
      return ended?.reason === 'OOMKilled' && ended.exitCode === 137 && (status?.restartCount ?? 0) > 0;
    });
    await remove('hungry');
  });

  test('a command that does not exist shows as RunContainerError', async () => {
    await create('broken', { containers: [{ name: 'main', image: BASE_IMAGE, command: ['/no/such/program'] }] });
    await until('RunContainerError', async () => {
      const status = (await podNamed(lab, 'broken'))?.status?.containerStatuses?.[0];
      return ['RunContainerError', 'CrashLoopBackOff'].includes(status?.state?.waiting?.reason ?? '') && status?.lastState?.terminated?.reason === 'StartError';
    });
    await remove('broken');
  });

  test('HTTP probes reach the pod from the node', async () => {
    await create('web', {
      containers: [shell('main', 'mkdir /www; echo hi > /www/index.html; exec httpd -f -p 8080 -h /www', {
        ports: [{ containerPort: 8080, name: 'http' }], readinessProbe: { httpGet: { path: '/index.html', port: 'http' }, periodSeconds: 10 },
      })],
    });
    await isReady('web');
  });

  test('kubectl exec runs a command, passes input and gives its exit code', async () => {
    const { stdout } = await lab.kubectl('exec', 'web', '--', 'cat', '/www/index.html');
    assert.equal(stdout, 'hi\n');
    await assert.rejects(lab.kubectl('exec', 'web', '--', 'sh', '-c', 'exit 7'), /exit code 7/);
  });

  test('kubectl exec also works over SPDY', async () => {
    process.env['KUBECTL_REMOTE_COMMAND_WEBSOCKETS'] = 'false';
    try {
      const { stdout, stderr } = await lab.kubectl('exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2');
      assert.deepEqual([stdout, stderr], ['out\n', 'err\n']);
      await assert.rejects(lab.kubectl('exec', 'web', '--', 'sh', '-c', 'exit 7'), /exit code 7/);
    } finally {
      delete process.env['KUBECTL_REMOTE_COMMAND_WEBSOCKETS'];
    }
  });

  for (const webSockets of ['true', 'false']) {
    test(`kubectl port-forward carries requests (WebSocket: ${webSockets})`, async () => {
      const { spawn } = await import('node:child_process');
      const child = spawn('kubectl', ['--kubeconfig', lab.server.kubeconfig, 'port-forward', 'pod/web', ':8080'],
        { env: { ...process.env, KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets, PATH: `${process.env['PATH']}:${process.env['HOME']}/.cache/upstream-rig/bin` } });
      try {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
        child.stderr.on('data', (chunk: Buffer) => { text += chunk.toString(); });
        const port = await until(`a port; kubectl said: ${text}`, () => /127\.0\.0\.1:(\d+)/.exec(text)?.[1]);
        for (let count = 0; count < 3; count++) {
          const answer = await fetch(`http://127.0.0.1:${port}/index.html`);
          assert.equal(await answer.text(), 'hi\n');
        }
      } finally {
        child.kill();
      }
    });
  }

  test('the API server reaches a pod through its node', async () => {
    const { stdout } = await lab.kubectl('get', '--raw', '/api/v1/namespaces/default/pods/web:8080/proxy/index.html');
    assert.equal(stdout, 'hi\n');
  });

  test('kubectl cp copies both ways', async () => {
    const file = `${lab.data}/node/copied`;
    writeFileSync(file, 'x'.repeat(300_000));
    await lab.kubectl('cp', file, 'default/web:/tmp/copied');
    await lab.kubectl('cp', 'default/web:/tmp/copied', `${file}.back`);
    assert.equal(readFileSync(`${file}.back`, 'utf8'), 'x'.repeat(300_000));
  });

  test('containers outlive the agent, and a new one takes them over', async () => {
    const before = await podNamed(lab, 'web');
    await lab.restartAgent();
    const worker = lab.agent().pods.find('default', 'web');
    assert.equal(worker?.state.containers[0]?.state, 'running');
    const pod = await isReady('web');
    assert.equal(pod.status?.containerStatuses?.[0]?.containerID, before?.status?.containerStatuses?.[0]?.containerID);
    assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
    await remove('web');
  });

  test('hostPath of type Directory on a missing path keeps the pod waiting with an event', async () => {
    await create('waiting', { volumes: [{ name: 'v', hostPath: { path: '/no/such/path', type: 'Directory' } }], containers: [shell('main', SLEEP, { volumeMounts: [{ name: 'v', mountPath: '/v' }] })] });
    await until('FailedMount', async () => (await lab.kubectl('get', 'events')).stdout.includes('MountVolume.SetUp failed for volume "v" : hostPath type check failed: /no/such/path is not a directory'));
    assert.equal((await podNamed(lab, 'waiting'))?.status?.phase, 'Pending');
    await remove('waiting');
  });

  test('a subPath shows only that part of the volume, also to a user without rights', async () => {
    await create('part', {
      restartPolicy: 'Never', securityContext: { runAsUser: 1000, fsGroup: 2000 }, volumes: [{ name: 'v', emptyDir: {} }],
      containers: [shell('main', 'id; echo x > /part/file && ls /whole/below; stat -c %g /whole', {
        env: [{ name: 'PART', value: 'below' }], volumeMounts: [{ name: 'v', mountPath: '/whole' }, { name: 'v', mountPath: '/part', subPathExpr: '$(PART)' }],
      })],
    });
    await inPhase('part', 'Succeeded');
    const { stdout } = await lab.kubectl('logs', 'part');
    assert.match(stdout, /^uid=1000.*2000.*\nfile\n2000\n$/);
    await remove('part');
  });

  test('logs can be followed to the end, and the earlier instance has its own', async () => {
    await create('talker', { restartPolicy: 'OnFailure', containers: [shell('main', 'if [ -e /dev/shm/x ]; then echo second; sleep 0.3; echo end; exit 0; fi; touch /dev/shm/x; echo first; exit 1')] });
    await until('restarted', async () => ((await podNamed(lab, 'talker'))?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
    assert.equal((await lab.kubectl('logs', '-f', 'talker')).stdout, 'second\nend\n');
    assert.equal((await lab.kubectl('logs', '--previous', 'talker')).stdout, 'first\n');
    assert.equal((await lab.kubectl('logs', '--tail=1', 'talker')).stdout, 'end\n');
    assert.match((await lab.kubectl('logs', '--timestamps', 'talker')).stdout, /^\d{4}-\d\d-\d\dT\S+ second\n/);
    await remove('talker');
  });

  test('a new size reaches the running container', async () => {
    const resources = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
    await create('resized', { containers: [shell('main', SLEEP, { resources: resources('100m', '50Mi') })] });
    const before = await isReady('resized');
    assert.equal(before.status?.qosClass, 'Guaranteed');
    await lab.kubectl('patch', 'pod', 'resized', '--subresource', 'resize', '--type', 'strategic', '-p', JSON.stringify({ spec: { containers: [{ name: 'main', resources: resources('200m', '80Mi') }] } }));
    const pod = await until('the new size in the status', async () => {
      const found = await podNamed(lab, 'resized');
      return found?.status?.containerStatuses?.[0]?.resources?.limits?.['memory'] === '80Mi' && found;
    });
    assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
    const state = lab.runtime().listContainers().find((candidate) => candidate.labels['io.kubernetes.pod.uid'] === pod.metadata?.uid);
    const own = cgroupFile('memory', `${CGROUP}/kubepods/pod${pod.metadata?.uid}/${state?.id}`, cgroupLayout().version === 1 ? 'memory.limit_in_bytes' : 'memory.max');
    assert.equal(readFileSync(own ?? '', 'utf8').trim(), String(80 * 2 ** 20));
    await remove('resized');
  });

  test('a new size of the whole pod reaches its cgroup, and containers that have no limit of their own', async () => {
    const size = (cpu: string, memory: string) => ({ requests: { cpu, memory: '20Mi' }, limits: { memory } });
    await create('whole', { resources: size('100m', '50Mi'), containers: [shell('main', SLEEP), shell('own', SLEEP, { resources: size('10m', '20Mi') })] });
    await isReady('whole');
    const weight = (): number => Number(readFileSync(cgroupFile('cpu', `${CGROUP}/kubepods/burstable`, cgroupLayout().version === 1 ? 'cpu.shares' : 'cpu.weight') ?? '', 'utf8'));
    const before = weight();
    await lab.kubectl('patch', 'pod', 'whole', '--subresource', 'resize', '--type', 'strategic', '-p', JSON.stringify({ spec: { resources: size('300m', '80Mi') } }));
    const pod = await until('the new size in the status', async () => {
      const found = await podNamed(lab, 'whole');
      return found?.status?.resources?.limits?.['memory'] === '80Mi' && found;
    });
    const limitOf = (container: string): string => readFileSync(cgroupFile('memory', `${CGROUP}/kubepods/burstable/pod${pod.metadata?.uid}${container}`, cgroupLayout().version === 1 ? 'memory.limit_in_bytes' : 'memory.max') ?? '', 'utf8').trim();
    const idOf = (name: string): string => pod.status?.containerStatuses?.find((status) => status.name === name)?.containerID?.replace(/^.*\/\//, '') ?? '';
    await until('the new limits', async () => limitOf('') === String(80 * 2 ** 20) && limitOf(`/${idOf('main')}`) === String(80 * 2 ** 20));
    assert.equal(limitOf(`/${idOf('own')}`), String(20 * 2 ** 20));
    assert.ok(weight() > before, 'all burstable pods together weigh more');
    await remove('whole');
  });

  test('kubectl debug adds a container that sees the processes of another', async () => {
    await create('debugged', { containers: [shell('main', SLEEP)] });
    await isReady('debugged');
    await lab.kubectl('debug', 'debugged', '--image', BASE_IMAGE, '--target', 'main', '--container', 'look', '--', 'sh', '-c', 'ps; sleep 60');
    await until('the process list', async () => (await lab.kubectl('logs', 'debugged', '-c', 'look').catch(() => ({ stdout: '' }))).stdout.includes('trap "exit 0" TERM'));
    assert.ok((await podNamed(lab, 'debugged'))?.status?.ephemeralContainerStatuses?.[0]?.state?.running);
    await remove('debugged');
  });

  test('hooks run: postStart before Ready, preStop before the signal', async () => {
    await create('hooked', {
      volumes: [{ name: 'v', hostPath: { path: `${lab.data}/hooks`, type: 'DirectoryOrCreate' } }],
      containers: [shell('main', 'trap "echo term >> /v/log; exit 0" TERM; while :; do sleep 0.1; done', {
        volumeMounts: [{ name: 'v', mountPath: '/v' }],
        lifecycle: { postStart: { exec: { command: ['sh', '-c', 'echo start > /v/log'] } }, preStop: { exec: { command: ['sh', '-c', 'echo stop >> /v/log'] } } },
      })],
    });
    await isReady('hooked');
    assert.equal(readFileSync(`${lab.data}/hooks/log`, 'utf8'), 'start\n');
    await remove('hooked');
    assert.equal(readFileSync(`${lab.data}/hooks/log`, 'utf8'), 'start\nstop\nterm\n');
  });

  test('kubectl attach sees what the container says', async () => {
    await create('said', { restartPolicy: 'Never', containers: [shell('main', 'read line; echo got $line', { stdin: true, stdinOnce: true })] });
    await isReady('said');
    const { spawn } = await import('node:child_process');
    const child = spawn('kubectl', ['--kubeconfig', lab.server.kubeconfig, 'attach', '-i', 'said'], { env: { ...process.env, PATH: `${process.env['PATH']}:${process.env['HOME']}/.cache/upstream-rig/bin` } });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    child.stdin.write('hello\n');
    await until('the answer', () => text.includes('got hello'));
    await inPhase('said', 'Succeeded');
    await remove('said');
  });

  test('the kubelet API refuses strangers', async () => {
    await assert.rejects(fetch(`https://127.0.0.1:${lab.agent().port}/pods`));
  });

  test('resource figures are served', async () => {
    const { stdout } = await lab.kubectl('get', '--raw', '/api/v1/nodes/node1/proxy/stats/summary');
    assert.equal((JSON.parse(stdout) as { node: { nodeName: string } }).node.nodeName, 'node1');
  });

  test('pod created to Ready, measured', async () => {
    const times: number[] = [];
    for (let index = 0; index < 5; index++) {
      const began = performance.now();
      await create(`fast-${index}`, { containers: [shell('main', SLEEP)] });
      await isReady(`fast-${index}`);
      times.push(Math.round(performance.now() - began));
    }
    console.log(`created -> Ready (ms): ${times.join(' ')}`);
    for (let index = 0; index < 5; index++) await remove(`fast-${index}`);
  });

  test('nothing is left in the cgroups of pods that are gone', () => {
    assert.deepEqual(lab.runtime().listContainers(), []);
    assert.ok(readFileSync('/proc/self/mountinfo', 'utf8').split('\n').every((line) => !/test-agent\/node\/pods\/.*/.test(line)));
  });
});
