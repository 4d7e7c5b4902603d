import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import { kindRules } from '../index.ts';
import { imageTag } from './defaults.ts';
import { qosClass } from './qos.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from './types.ts';

const rules = kindRules('', 'Pod');
const context = (operation: 'create' | 'update', subresource = ''): RuleContext => ({ now: 0, operation, subresource, namespace: 'default', user: '', options: { allowDuplicatePorts: false } });

function stored(spec: Partial<PodSpec> = {}, status: Pod['status'] = {}): Pod {
  const pod: Pod = { metadata: { name: 'p', namespace: 'default', resourceVersion: '1', uid: 'u', labels: { zone: 'a' } }, spec: { containers: [{ name: 'a', image: 'x:1' }], ...spec } };
  rules?.default?.(pod as never);
  rules?.prepareForCreate?.(pod as never, context('create'));
  Object.assign(pod.status ?? {}, status);
  return pod;
}

function edited(old: Pod, change: (pod: Pod) => void, subresource = ''): { pod: Pod; findings: string[] } {
  const pod = structuredClone(old);
  change(pod);
  if (subresource === 'status') rules?.prepareForStatusUpdate?.(pod as never, old as never, context('update', subresource));
  else rules?.prepareForUpdate?.(pod as never, old as never, context('update', subresource));
  const errors = (subresource === 'status' ? rules?.validateStatusUpdate : rules?.validateUpdate)?.(pod as never, old as never, context('update', subresource)) ?? [];
  return { pod, findings: errors.map(({ field, detail }) => `${field}: ${detail.split('\n', 1)[0]}`) };
}

test('the pull policy follows the tag', () => {
  const tags: [image: string, tag: string][] = [
    ['nginx', 'latest'], ['nginx:1.2', '1.2'], ['nginx:latest', 'latest'], ['localhost:5000/a/b', 'latest'], ['localhost:5000/a:1', '1'],
    [`nginx@sha256:${'0'.repeat(64)}`, ''], [`nginx:latest@sha256:${'0'.repeat(64)}`, 'latest'], ['Bad Image', ''], ['', ''], ['REGISTRY.example.com/a', 'latest'],
  ];
  assert.equal(imageTag('../a'), '', 'a registry has a name');
  for (const [image, tag] of tags) assert.equal(imageTag(image), tag, image);
});

test('a pod gets requests from limits and host ports on the host network, a template does not', () => {
  const container = (): Container => ({ name: 'a', image: 'x', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { memory: '1Mi' } } });
  const pod = stored({ hostNetwork: true, containers: [container()] });
  assert.deepEqual(pod.spec?.containers[0]?.resources?.requests, { memory: '1Mi', cpu: '1' });
  assert.equal(pod.spec?.containers[0]?.ports?.[0]?.hostPort, 80);
  const deployment = { spec: { template: { spec: { hostNetwork: true, containers: [container()] } } } };
  kindRules('apps', 'Deployment')?.default?.(deployment as never);
  assert.deepEqual(deployment.spec.template.spec.containers[0]?.resources?.requests, { memory: '1Mi' });
  assert.equal(deployment.spec.template.spec.containers[0]?.ports?.[0]?.hostPort, undefined);
});

test('quality of service', () => {
  const pod = (...resources: Container['resources'][]): Pod => ({ spec: { containers: resources.map((each, index) => ({ name: `c${index}`, image: 'x', resources: each })) } });
  assert.equal(qosClass(pod({}, undefined)), 'BestEffort');
  const full = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } };
  assert.equal(qosClass(pod(full)), 'Guaranteed');
  assert.equal(qosClass(pod(full, {})), 'Burstable');
  assert.equal(qosClass(pod({ requests: { cpu: '1' } })), 'Burstable');
  assert.equal(qosClass(pod({ limits: { cpu: '1' }, requests: { cpu: '1' } })), 'Burstable');
});

test('creation replaces the status and resolves label keys of affinity', () => {
  const pod: Pod = {
    metadata: { name: 'p', labels: { zone: 'a' } }, status: { phase: 'Running', podIP: '1.2.3.4' },
    spec: { containers: [{ name: 'a', image: 'x' }], schedulingGates: [{ name: 'g' }], topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {}, matchLabelKeys: ['zone', 'none'] }] },
  };
  rules?.prepareForCreate?.(pod as never, context('create'));
  assert.equal(pod.status?.phase, 'Pending');
  assert.equal(pod.status?.podIP, undefined);
  assert.equal(pod.status?.conditions?.[0]?.reason, 'SchedulingGated');
  assert.deepEqual(pod.spec?.topologySpreadConstraints?.[0]?.labelSelector, { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] });
});

test('an update may change images and add tolerations, and keeps the status', () => {
  const old = stored({}, { phase: 'Running' });
  const { pod, findings } = edited(old, ({ spec, status }) => {
    (spec as PodSpec).containers[0]!.image = 'y:2';
    (spec as PodSpec).tolerations = [{ key: 'a', operator: 'Exists' }];
    status!.phase = 'Failed';
  });
  assert.deepEqual(findings, []);
  assert.equal(pod.status?.phase, 'Running');
  assert.equal(pod.metadata?.generation, 2);
  assert.match(edited(old, ({ spec }) => { spec!.containers[0]!.command = ['x']; }).findings[0] ?? '', /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/);
});

test('ephemeral containers are only added, and only they change', () => {
  const old = stored();
  const added = edited(old, ({ spec }) => {
    spec!.containers[0]!.image = 'ignored';
    spec!.ephemeralContainers = [{ name: 'e', image: 'x', imagePullPolicy: 'Always', terminationMessagePolicy: 'File', resources: {} }];
  }, 'ephemeralcontainers');
  assert.deepEqual(added.findings, []);
  assert.equal(added.pod.spec?.containers[0]?.image, 'x:1');
  assert.deepEqual(edited(added.pod, ({ spec }) => { delete spec!.ephemeralContainers; }, 'ephemeralcontainers').findings, ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed']);
});

test('a resize changes cpu and memory and nothing else', () => {
  const old = stored({ containers: [{ name: 'a', image: 'x', resources: { requests: { cpu: '1' } } }] });
  const resized = edited(old, ({ spec }) => { spec!.containers[0]!.resources = { requests: { cpu: '2' } }; spec!.containers[0]!.image = 'ignored'; }, 'resize');
  assert.deepEqual(resized.findings, []);
  assert.deepEqual(resized.pod.spec?.containers[0]?.resources, { requests: { cpu: '2' } });
  assert.equal(resized.pod.spec?.containers[0]?.image, 'x');
  const removed = edited(old, ({ spec }) => { spec!.containers[0]!.resources = {}; }, 'resize').findings;
  assert.ok(removed.includes('spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'));
  assert.ok(removed.some((finding) => finding.includes('Pod QOS Class may not change as a result of resizing')));
});

test('a status update keeps the spec and may not revive what ended for good', () => {
  const ended: ContainerStatus = { name: 'a', image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 0 } } };
  const old = stored({ restartPolicy: 'Never' }, { containerStatuses: [ended] });
  const { pod, findings } = edited(old, ({ spec, status }) => {
    spec!.nodeName = 'ignored';
    status!.containerStatuses = [{ ...ended, state: { running: {} } }];
    status!.podIP = '10.0.0.1';
  }, 'status');
  assert.equal(pod.spec?.nodeName, undefined);
  assert.deepEqual(findings, ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state', 'status.podIPs: Invalid value: null: podIP and podIPs must either both be set or both be unset']);
});

test('the grace of a deleted pod', () => {
  const grace = (change: Partial<Pod['spec']>, phase: string, requested?: number): number | undefined => rules?.graceSeconds?.({ spec: { containers: [], terminationGracePeriodSeconds: 30, nodeName: 'n', ...change }, status: { phase } } as never, requested);
  assert.equal(grace({}, 'Running'), 30);
  assert.equal(grace({}, 'Running', 5), 5);
  assert.equal(grace({ nodeName: '' }, 'Pending'), 0);
  assert.equal(grace({}, 'Succeeded', 5), 0);
  assert.equal(grace({}, 'Running', -1), 1);
});

test('warnings', () => {
  const pod = stored({ containers: [{ name: 'a', image: 'x', env: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }, { name: 'B', value: '1' }, { name: 'B', value: '$(B)x' }] }], nodeSelector: { 'beta.kubernetes.io/os': 'linux' } });
  assert.deepEqual(rules?.warnings?.(pod as never, undefined, context('create')), [
    'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
  ]);
});
