import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { ContainerState } from '../../runtime/runtime.ts';
import { podStep } from './pod-step.ts';
import { podContainers } from './specs.ts';
import type { ContainerView, PodView } from './view.ts';

function instance(name: string, more: Partial<ContainerState>): ContainerState {
  return { id: `id-${name}`, sandboxId: 's', name, attempt: 0, imageId: 'i', labels: {}, state: 'running', createdAt: 0, startedAt: 0, logPath: '', ...more };
}
const running = (name: string) => instance(name, { state: 'running' });
const exited = (name: string, exitCode: number) => instance(name, { state: 'exited', exitCode, finishedAt: 10 });

function view(spec: Partial<NonNullable<Pod['spec']>>, known: Record<string, Partial<ContainerView>>, more: Partial<PodView> = {}): PodView {
  const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [{ name: 'a' }], ...spec } };
  return {
    pod, now: 1000, sandbox: { state: 'ready', id: 's' }, terminating: false,
    containers: podContainers(pod).map((entry) => ({
      ...entry, active: true, starting: false, stopping: false, definitionChanged: false, probes: {}, ...known[entry.spec.name],
    })),
    ...more,
  };
}
const sidecar: Container = { name: 'side', restartPolicy: 'Always' };

describe('a pod\'s next step', () => {
  test('without a sandbox, one is made', () => {
    assert.equal(podStep(view({}, {}, { sandbox: { state: 'none', attempt: 0 } })).createSandbox, true);
  });
  test('main containers start together', () => {
    assert.deepEqual(podStep(view({ containers: [{ name: 'a' }, { name: 'b' }] }, {})).start, ['a', 'b']);
  });
  test('a container with a postStart hook holds back those behind it', () => {
    const containers = [{ name: 'a', lifecycle: { postStart: { sleep: { seconds: 1 } } } }, { name: 'b' }];
    assert.deepEqual(podStep(view({ containers }, {})).start, ['a']);
    assert.deepEqual(podStep(view({ containers }, { a: { starting: true } })).start, []);
    assert.deepEqual(podStep(view({ containers }, { a: { latest: running('a') } })).start, ['b']);
  });
  test('what is under way is not started again', () => {
    assert.deepEqual(podStep(view({}, { a: { starting: true } })).start, []);
  });
  test('init containers come one by one, a failing one that may not restart ends the pod', () => {
    const initContainers = [{ name: 'i' }, { name: 'j' }];
    assert.deepEqual(podStep(view({ initContainers }, {})).start, ['i']);
    assert.deepEqual(podStep(view({ initContainers }, { i: { latest: exited('i', 0) } })).start, ['j']);
    const failed = podStep(view({ initContainers, restartPolicy: 'Never' }, { i: { latest: exited('i', 1) } }));
    assert.deepEqual([failed.finished, failed.start], [true, []]);
  });
  test('a sidecar lets the others begin once its startup probe succeeded', () => {
    const initContainers = [{ ...sidecar, startupProbe: {} }];
    assert.deepEqual(podStep(view({ initContainers }, { side: { latest: running('side') } })).start, []);
    assert.deepEqual(podStep(view({ initContainers }, { side: { latest: running('side'), probes: { startup: 'success' } } })).start, ['a']);
  });
  test('sidecars end with the main containers and are not started again', () => {
    const step = podStep(view({ initContainers: [sidecar], restartPolicy: 'Never' }, { side: { latest: running('side') }, a: { latest: exited('a', 0) } }));
    assert.deepEqual([step.stopPod, step.finished], [true, false]);
    const later = podStep(view({ initContainers: [sidecar], restartPolicy: 'Never' }, { side: { latest: exited('side', 0) }, a: { latest: exited('a', 0) } }));
    assert.deepEqual([later.start, later.finished], [[], true]);
  });
  test('a sidecar that ends early is started again, back-off permitting', () => {
    const known = { side: { latest: exited('side', 0) }, a: { latest: running('a') } };
    assert.deepEqual(podStep(view({ initContainers: [sidecar] }, known)).start, ['side']);
    const step = podStep(view({ initContainers: [sidecar] }, { ...known, side: { ...known.side, backOffUntil: 5000, backOffDelay: 10_000 } }));
    assert.deepEqual([step.start, step.wakeAt, step.waiting.get('side')?.reason], [[], 5000, 'CrashLoopBackOff']);
  });
  test('restart rules of a container go before the pod\'s policy', () => {
    const containers: Container[] = [{ name: 'a', restartPolicy: 'Never', restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }];
    assert.deepEqual(podStep(view({ containers, restartPolicy: 'Never' }, { a: { latest: exited('a', 42) } })).start, ['a']);
    assert.equal(podStep(view({ containers, restartPolicy: 'Never' }, { a: { latest: exited('a', 1) } })).finished, true);
  });
  test('a failed liveness probe stops the container', () => {
    assert.deepEqual(podStep(view({}, { a: { latest: running('a'), probes: { liveness: 'failure' } } })).stop,
      [{ name: 'a', containerId: 'id-a', reason: 'liveness', message: 'Container a failed liveness probe, will be restarted' }]);
  });
  test('a rule that restarts all is told before anything else', () => {
    const containers: Container[] = [{ name: 'a', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [9] } }] }, { name: 'b' }];
    assert.equal(podStep(view({ containers }, { a: { latest: exited('a', 9) }, b: { latest: running('b') } })).restartAll, true);
  });
  test('a pod that is ending starts nothing and finishes when all is still', () => {
    assert.deepEqual(podStep(view({}, { a: { latest: running('a') } }, { terminating: true })).stopPod, true);
    const step = podStep(view({}, { a: { latest: exited('a', 1) } }, { terminating: true }));
    assert.deepEqual([step.start, step.finished], [[], true]);
  });
  test('after the loss of its sandbox a pod begins again, init containers too', () => {
    const lost = { latest: exited('a', 255), active: false };
    const again = podStep(view({ initContainers: [{ name: 'i' }] }, { a: lost, i: { latest: exited('i', 0), active: false } }));
    assert.deepEqual(again.start, ['i']);
  });
});
