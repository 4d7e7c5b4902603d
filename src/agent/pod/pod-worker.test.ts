import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { sleep } from '../../base/clock.ts';
import { CONFIG_MAPS, PODS } from '../../client/resources.ts';
import { fakeNode, makePod, type FakeNode } from '../testing/fakes.ts';
import { PodWorker } from './pod-worker.ts';

function begin(node: FakeNode, pod: Pod): { worker: PodWorker; pod(): Pod; gone(): boolean } {
  let gone = false;
  node.client.put(PODS, pod);
  const read = (): Pod => node.client.read(PODS, 'default', pod.metadata?.name ?? '') ?? pod;
  const worker = new PodWorker(read(), node.context, () => { gone = true; });
  node.runtime.onChange((state) => void worker.observe(state));
  node.client.onPatch = () => worker.update(read());
  worker.wake();
  return { worker, pod: read, gone: () => gone };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (condition()) return;
    await sleep(5);
  }
  assert.fail(`never came about: ${what}`);
}
const condition = (pod: Pod, type: string): string | undefined => pod.status?.conditions?.find((candidate) => candidate.type === type)?.status;

test('a simple pod becomes Running and Ready, with its address', async () => {
  const node = fakeNode();
  const { worker, pod } = begin(node, makePod());
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  const status = pod().status;
  assert.equal(status?.phase, 'Running');
  assert.equal(status?.podIP, '10.244.0.2');
  assert.equal(status?.hostIP, '172.30.1.11');
  assert.equal(status?.qosClass, 'BestEffort');
  assert.equal(status?.observedGeneration, 1);
  assert.match(status?.containerStatuses?.[0]?.containerID ?? '', /^naru:\/\/[0-9a-f]{64}$/);
  assert.equal(status?.containerStatuses?.[0]?.imageID, 'app@sha256:2');
  for (const type of ['PodScheduled', 'Initialized', 'ContainersReady', 'PodReadyToStartContainers']) assert.equal(condition(pod(), type), 'True', type);
  worker.stop();
});

test('a pod that runs to its end succeeds, gives its address back and keeps its containers', async () => {
  const node = fakeNode();
  node.runtime.program = () => ({ exitCode: 0 });
  const { worker, pod } = begin(node, makePod({ restartPolicy: 'Never' }));
  await until('Succeeded', () => pod().status?.phase === 'Succeeded');
  assert.equal(pod().status?.containerStatuses?.[0]?.state?.terminated?.reason, 'Completed');
  assert.equal(pod().status?.podIP, '10.244.0.2');
  await until('address given back', () => node.network.addresses.size === 0);
  assert.equal(node.runtime.listContainers().length, 1);
  worker.stop();
});

test('a failing container that is not restarted fails the pod, with its exit code', async () => {
  const node = fakeNode();
  node.runtime.program = () => ({ exitCode: 3 });
  const { worker, pod } = begin(node, makePod({ restartPolicy: 'Never' }));
  await until('Failed', () => pod().status?.phase === 'Failed');
  assert.deepEqual([pod().status?.containerStatuses?.[0]?.state?.terminated?.exitCode, pod().status?.containerStatuses?.[0]?.state?.terminated?.reason], [3, 'Error']);
  worker.stop();
});

test('a container killed for memory is restarted, then waits in CrashLoopBackOff', async () => {
  const node = fakeNode();
  node.runtime.program = () => ({ exitCode: 137, oomKilled: true });
  const { worker, pod } = begin(node, makePod());
  await until('back-off', () => pod().status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff');
  const status = pod().status?.containerStatuses?.[0];
  assert.equal(pod().status?.phase, 'Running');
  assert.equal(status?.restartCount, 1);
  assert.equal(status?.lastState?.terminated?.reason, 'OOMKilled');
  assert.match(status?.state?.waiting?.message ?? '', /^back-off 10s restarting failed container=main pod=pod_default\(uid-\d+\)$/);
  worker.stop();
});

test('init containers run one after the other before the main containers', async () => {
  const node = fakeNode();
  node.runtime.program = (config) => (config.name.startsWith('init') ? { exitCode: 0 } : undefined);
  const { worker, pod } = begin(node, makePod({ initContainers: [{ name: 'init1', image: 'app' }, { name: 'init2', image: 'app' }] }));
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  assert.deepEqual(node.runtime.calls.filter((call) => call.startsWith('start')), ['start init1', 'start init2', 'start main']);
  assert.deepEqual(pod().status?.initContainerStatuses?.map((status) => status.ready), [true, true]);
  worker.stop();
});

test('a deleted pod stops its main containers first, then its sidecars, and its object goes last', async () => {
  const node = fakeNode();
  const { worker, pod, gone } = begin(node, makePod({
    initContainers: [{ name: 'side1', image: 'app', restartPolicy: 'Always' }, { name: 'side2', image: 'app', restartPolicy: 'Always' }],
  }));
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  const running = pod();
  node.client.put(PODS, { ...running, metadata: { ...running.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } });
  worker.update(pod());
  await until('gone', gone);
  assert.deepEqual(node.runtime.calls.filter((call) => call.startsWith('stop')), ['stop main', 'stop side2', 'stop side1']);
  assert.deepEqual(node.client.deletions, ['pods/default/pod']);
  assert.equal(node.runtime.listSandboxes().length, 0);
});

test('a missing ConfigMap holds the container back until it is there', async () => {
  const node = fakeNode();
  const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'map', key: 'a' } } }];
  const { worker, pod } = begin(node, makePod({ containers: [{ name: 'main', image: 'app', env }] }));
  await until('error', () => pod().status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
  assert.equal(pod().status?.containerStatuses?.[0]?.state?.waiting?.message, 'configmap "map" not found');
  node.client.put(CONFIG_MAPS, { metadata: { name: 'map', namespace: 'default' }, data: { a: 'value' } });
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  assert.ok(node.runtime.config('main')?.environment.some(([name, value]) => name === 'A' && value === 'value'));
  worker.stop();
});

test('an image that cannot be pulled shows ErrImagePull, then ImagePullBackOff', async () => {
  const node = fakeNode();
  const seen: string[] = [];
  const { worker, pod } = begin(node, makePod({ containers: [{ name: 'main', image: 'missing' }] }));
  await until('back-off', () => {
    const reason = pod().status?.containerStatuses?.[0]?.state?.waiting?.reason ?? '';
    if (seen.at(-1) !== reason) seen.push(reason);
    return reason === 'ImagePullBackOff';
  });
  assert.deepEqual(seen.filter((reason) => reason.includes('Pull')), ['ErrImagePull', 'ImagePullBackOff']);
  assert.ok(node.events.includes('Failed: Error: ErrImagePull'));
  worker.stop();
});

test('a pod over its active deadline fails', async () => {
  const node = fakeNode();
  const { worker, pod } = begin(node, makePod({ activeDeadlineSeconds: 1 }));
  await until('Failed', () => pod().status?.phase === 'Failed');
  assert.equal(pod().status?.reason, 'DeadlineExceeded');
  worker.stop();
});

test('a container whose liveness probe fails is started again', async () => {
  const node = fakeNode();
  node.runtime.execResult = { exitCode: 1, stdout: 'ill', stderr: '', timedOut: false };
  const { worker, pod } = begin(node, makePod({ containers: [{ name: 'main', image: 'app', livenessProbe: { exec: { command: ['check'] }, failureThreshold: 1, periodSeconds: 1 } }] }));
  await until('restarted', () => (pod().status?.containerStatuses?.[0]?.restartCount ?? 0) > 0);
  assert.ok(node.events.includes('Unhealthy: Liveness probe failed: ill'));
  assert.ok(node.events.includes('Killing: Container main failed liveness probe, will be restarted'));
  worker.stop();
});

test('a container that ran before a reboot and is not restarted fails its pod instead of running again', async () => {
  const node = fakeNode();
  const started = { ...makePod({ restartPolicy: 'Never' }) };
  started.status = {
    phase: 'Running', startTime: '2026-01-01T00:00:00Z',
    containerStatuses: [{ name: 'main', image: 'app', imageID: 'i', ready: true, restartCount: 0, containerID: 'naru://abc', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }],
  };
  const { worker, pod } = begin(node, started);
  await until('Failed', () => pod().status?.phase === 'Failed');
  const ended = pod().status?.containerStatuses?.[0]?.state?.terminated;
  assert.deepEqual([ended?.reason, ended?.exitCode], ['ContainerStatusUnknown', 137]);
  assert.ok(!node.runtime.calls.includes('start main'));
  worker.stop();
});

test('the same with restarts runs again, counts it and never goes back to Pending', async () => {
  const node = fakeNode();
  const phases = new Set<string>();
  const started = { ...makePod() };
  started.status = {
    phase: 'Running', containerStatuses: [{ name: 'main', image: 'app', imageID: 'i', ready: true, restartCount: 4, containerID: 'naru://abc', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }],
  };
  const { worker, pod } = begin(node, started);
  await until('running again', () => { phases.add(pod().status?.phase ?? ''); return pod().status?.containerStatuses?.[0]?.restartCount === 5; });
  assert.deepEqual([...phases], ['Running']);
  worker.stop();
});

test('a verdict ends the pod as Failed with its reason, once everything stopped', async () => {
  const node = fakeNode();
  const { worker, pod } = begin(node, makePod());
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  worker.end({ reason: 'Evicted', message: 'too much', graceSeconds: 1, condition: { type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' } });
  await until('Failed', () => pod().status?.phase === 'Failed');
  assert.deepEqual([pod().status?.reason, pod().status?.message, condition(pod(), 'DisruptionTarget')], ['Evicted', 'too much', 'True']);
  assert.equal(node.runtime.running('main'), undefined);
  worker.stop();
});

test('a pod whose image is still being pulled can be deleted at once', async () => {
  const node = fakeNode();
  node.images.pull = () => new Promise(() => undefined);
  const { worker, pod, gone } = begin(node, makePod({ containers: [{ name: 'main', image: 'slow' }] }));
  await until('pulling', () => node.events.some((event) => event.startsWith('Pulling')));
  node.client.put(PODS, { ...pod(), metadata: { ...pod().metadata, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } });
  worker.update(pod());
  await until('gone', gone);
});

test('a rule restarts all containers, init containers first', async () => {
  const node = fakeNode();
  let runs = 0;
  node.runtime.program = (config) => (config.name === 'init' ? { exitCode: 0 } : config.name === 'main' && runs++ === 0 ? { exitCode: 42, after: 30 } : undefined);
  const rule = { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } };
  const { worker, pod } = begin(node, makePod({
    initContainers: [{ name: 'init', image: 'app' }], containers: [{ name: 'main', image: 'app', restartPolicy: 'Never', restartPolicyRules: [rule] }, { name: 'other', image: 'app' }],
  }));
  await until('all again', () => node.runtime.calls.filter((call) => call === 'start other').length === 2 && condition(pod(), 'Ready') === 'True');
  const starts = node.runtime.calls.filter((call) => call.startsWith('start'));
  assert.equal(starts.length, 6);
  assert.deepEqual([starts[0], starts[3]], ['start init', 'start init']);
  assert.equal(pod().status?.containerStatuses?.find((status) => status.name === 'other')?.restartCount, 1);
  worker.stop();
});

test('what somebody else made of the status is set right', async () => {
  const node = fakeNode();
  const { worker, pod } = begin(node, makePod());
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  await sleep(20);
  const conditions = pod().status?.conditions?.map((known) => (known.type === 'Ready' ? { ...known, status: 'False' } : known));
  node.client.put(PODS, { ...pod(), status: { ...pod().status, conditions } });
  worker.update(pod());
  await until('Ready again', () => condition(pod(), 'Ready') === 'True');
  worker.stop();
});

test('a container that follows another for a new image at once leaves the pod Ready all the while', async () => {
  const node = fakeNode();
  node.images.add('other');
  const { worker, pod } = begin(node, makePod());
  await until('Ready', () => condition(pod(), 'Ready') === 'True');
  const seen: (string | undefined)[] = [];
  const patched = node.client.onPatch;
  node.client.onPatch = (...answer) => {
    seen.push(condition(pod(), 'Ready'));
    patched?.(...answer);
  };
  const { metadata, spec } = pod();
  node.client.put(PODS, { ...pod(), metadata: { ...metadata, generation: 2 }, spec: { ...spec, containers: spec?.containers.map((container) => ({ ...container, image: 'other' })) ?? [] } });
  worker.update(pod());
  await until('a second container', () => pod().status?.containerStatuses?.[0]?.restartCount === 1);
  assert.deepEqual(new Set(seen), new Set(['True']));
  worker.stop();
});
