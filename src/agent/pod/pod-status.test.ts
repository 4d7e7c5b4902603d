import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod, PodStatus } from '../../../schema/v1.37/types/core-v1.ts';
import { BackOff, formatDuration } from './back-off.ts';
import { podConditions, stampConditions } from './conditions.ts';
import { OWN_CONDITIONS } from './conditions.ts';
import { podPhase } from './phase.ts';
import { qosClass } from './qos.ts';
import { same, statusPatch } from './status-patch.ts';

const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a' }], ...spec } });
const status = (name: string, state: object, more: object = {}) => ({ name, image: '', imageID: '', ready: false, restartCount: 0, state, ...more });

describe('phase', () => {
  const run = { running: {} };
  const end = (exitCode: number) => ({ terminated: { exitCode } });
  test('waiting for an init container is Pending', () => {
    assert.equal(podPhase(pod({ initContainers: [{ name: 'i' }] }), [status('i', run)], [status('a', { waiting: {} })], false, false), 'Pending');
  });
  test('all ended well and for good is Succeeded, one badly is Failed', () => {
    const never = pod({ restartPolicy: 'Never', containers: [{ name: 'a' }, { name: 'b' }] });
    assert.equal(podPhase(never, [], [status('a', end(0)), status('b', end(0))], false, true), 'Succeeded');
    assert.equal(podPhase(never, [], [status('a', end(0)), status('b', end(1))], false, true), 'Failed');
    assert.equal(podPhase(never, [], [status('a', end(0)), status('b', run)], false, true), 'Running');
  });
  test('what will be restarted is Running, unless the pod is ending', () => {
    assert.equal(podPhase(pod(), [], [status('a', end(1))], false, true), 'Running');
    assert.equal(podPhase(pod(), [], [status('a', end(0))], true, true), 'Succeeded');
    assert.equal(podPhase(pod(), [], [status('a', { waiting: {} }, { lastState: end(1) })], false, true), 'Running');
  });
});

describe('conditions', () => {
  const input = { pod: pod({ readinessGates: [{ conditionType: 'gate' }] }), phase: 'Running', initStatuses: [], sandboxReady: true, foreign: [] };
  const ready = [status('a', { running: {} }, { ready: true })];
  const readyOf = (more: object) => podConditions({ ...input, statuses: ready, ...more }).find((condition) => condition.type === 'Ready');
  test('a readiness gate that nobody set keeps the pod from being Ready', () => {
    assert.deepEqual(readyOf({}), { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: 'corresponding condition of pod readiness gate "gate" does not exist.' });
    assert.equal(readyOf({ foreign: [{ type: 'gate', status: 'True' }] })?.status, 'True');
  });
  test('an unready container is named', () => {
    assert.equal(readyOf({ statuses: [status('a', { running: {} })] })?.message, 'containers with unready status: [a]');
  });
  test('the transition time moves only with the status', () => {
    const old = [{ type: 'Ready', status: 'True', lastTransitionTime: 'then' }];
    assert.equal(stampConditions([{ type: 'Ready', status: 'True' }], old, 1, 0)[0]?.lastTransitionTime, 'then');
    assert.notEqual(stampConditions([{ type: 'Ready', status: 'False' }], old, 1, 0)[0]?.lastTransitionTime, 'then');
  });
});

describe('status patch', () => {
  test('is empty for equal statuses, whatever the order of fields', () => {
    assert.equal(statusPatch({ phase: 'Running', hostIP: 'x' }, { hostIP: 'x', phase: 'Running' }, OWN_CONDITIONS), undefined);
    assert.ok(same({ a: null }, {}));
  });
  test('names what a merge would keep: dropped fields, dropped conditions of ours, never those of others', () => {
    const old: PodStatus = {
      reason: 'Evicted', podIPs: [{ ip: '1' }],
      conditions: [{ type: 'Ready', status: 'False', reason: 'R' }, { type: 'PodResizePending', status: 'True' }, { type: 'theirs', status: 'True' }],
    };
    assert.deepEqual(statusPatch(old, { podIPs: [{ ip: '2' }], conditions: [{ type: 'Ready', status: 'True' }] }, OWN_CONDITIONS), {
      reason: null, '$setElementOrder/podIPs': [{ ip: '2' }], podIPs: [{ ip: '2' }, { ip: '1', $patch: 'delete' }],
      conditions: [{ type: 'Ready', status: 'True', reason: null }, { type: 'PodResizePending', $patch: 'delete' }],
    });
  });
});

test('back-off doubles to its limit and is forgotten after a long good time', () => {
  const backOff = new BackOff({ initialMilliseconds: 10_000, maxMilliseconds: 300_000 });
  assert.equal(backOff.until('k', 0, 0), undefined);
  const delays = Array.from({ length: 7 }, () => backOff.next('k', 0, 0) / 1000);
  assert.deepEqual(delays, [10, 20, 40, 80, 160, 300, 300]);
  assert.equal(backOff.until('k', 1000, 2000), 301_000);
  assert.equal(backOff.until('k', 700_000, 700_001), undefined);
  assert.equal(formatDuration(80_000), '1m20s');
});

test('quality of service follows requests and limits', () => {
  const of = (resources: object) => qosClass(pod({ containers: [{ name: 'a', resources }] }));
  assert.equal(of({}), 'BestEffort');
  assert.equal(of({ requests: { cpu: '1' } }), 'Burstable');
  assert.equal(of({ requests: { cpu: '1000m', memory: '1Gi' }, limits: { cpu: 1, memory: '1024Mi' } }), 'Guaranteed');
});
