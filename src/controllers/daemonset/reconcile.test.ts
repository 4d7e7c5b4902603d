import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet } from '../../../schema/v1.37/types/apps-v1.ts';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { REVISION_LABEL } from '../shared/history.ts';
import { names, node, NOW, pod, type PodOptions } from '../testing/objects.ts';
import { daemonPod, daemonStatus, planPlacement, planUpdate, targetNode, type DaemonState } from './reconcile.ts';

function daemonSet(rollingUpdate: { maxSurge?: number | string; maxUnavailable?: number | string } = {}, spec: object = {}): DaemonSet {
  return { metadata: { name: 'd', namespace: 'default', uid: 'u', generation: 1 }, spec: { selector: {}, updateStrategy: { type: 'RollingUpdate', rollingUpdate }, template: { spec: { containers: [], ...spec } } } };
}
function state(pods: Pod[], nodes = [node('n1'), node('n2'), node('n3')], set = daemonSet()): DaemonState {
  return { daemonSet: set, nodes, pods, hash: 'new', now: NOW, failures: () => undefined };
}
const on = (name: string, where: string, hash = 'new', options: PodOptions = {}): Pod => pod(name, { node: where, labels: { [REVISION_LABEL]: hash }, ...options });

test('every node that fits gets one pod', () => {
  const plan = planPlacement(state([on('a', 'n1')]));
  assert.deepEqual(plan.create, ['n2', 'n3']);
});

test('node selectors, taints and missing nodes take pods away', () => {
  const selecting = daemonSet({}, { nodeSelector: { disk: 'ssd' } });
  const nodes = [node('n1', { labels: { disk: 'ssd' } }), node('n2')];
  const plan = planPlacement(state([on('a', 'n2'), on('b', 'gone')], nodes, selecting));
  assert.deepEqual(plan.create, ['n1']);
  assert.deepEqual(names(plan.remove), ['a', 'b']);
});

test('a NoSchedule taint keeps new pods away but lets the present one stay; NoExecute does not', () => {
  const tainted = (effect: string) => [node('n1', { taints: [{ key: 'mine', effect }] })];
  assert.deepEqual(planPlacement(state([], tainted('NoSchedule'))).create, []);
  assert.deepEqual(planPlacement(state([on('a', 'n1')], tainted('NoSchedule'))).remove, []);
  assert.deepEqual(names(planPlacement(state([on('a', 'n1')], tainted('NoExecute'))).remove), ['a']);
});

test('daemons run on nodes that are cordoned or in trouble', () => {
  const taints = [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }, { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }];
  assert.deepEqual(planPlacement(state([], [node('n1', { taints })])).create, ['n1']);
});

test('a failed pod is replaced, after a pause when it failed before', () => {
  const failing = state([on('a', 'n1', 'new', { phase: 'Failed' })], [node('n1')]);
  assert.deepEqual(names(planPlacement(failing).remove), ['a']);
  const again = planPlacement({ ...failing, failures: () => ({ count: 3, at: NOW - 1000 }) });
  assert.deepEqual([again.remove, again.wait], [[], 3000]);
});

test('of two pods on a node the older stays', () => {
  assert.deepEqual(names(planPlacement(state([on('young', 'n1', 'new', { age: 5 }), on('old', 'n1')], [node('n1')])).remove), ['young']);
});

test('a pod that ended and waits to be forgotten does not hold its node', () => {
  assert.deepEqual(planPlacement(state([on('a', 'n1', 'new', { phase: 'Failed', deleting: true })], [node('n1')])).create, ['n1']);
});

test('a roll-out replaces as many as may be unavailable, those that are so already first', () => {
  const old = [on('a', 'n1', 'old'), on('b', 'n2', 'old'), on('c', 'n3', 'old')];
  assert.deepEqual(names(planUpdate(state(old)).remove), ['a']);
  assert.deepEqual(names(planUpdate(state(old, undefined, daemonSet({ maxUnavailable: '60%' }))).remove), ['a', 'b']);
  const broken = [on('a', 'n1', 'old'), on('b', 'n2', 'old', { ready: false }), on('c', 'n3', 'old')];
  assert.deepEqual(names(planUpdate(state(broken)).remove), ['b']);
  const waiting = [on('a', 'n1', 'new', { ready: false }), on('b', 'n2', 'old'), on('c', 'n3', 'old')];
  assert.deepEqual(planUpdate(state(waiting)).remove, []);
});

test('with surge a new pod comes first, and the old one goes when the new is available', () => {
  const surge = daemonSet({ maxSurge: 1, maxUnavailable: 0 });
  const old = [on('a', 'n1', 'old'), on('b', 'n2', 'old'), on('c', 'n3', 'old')];
  assert.deepEqual(planUpdate(state(old, undefined, surge)), { remove: [], create: ['n1'] });
  const coming = [...old, on('a2', 'n1', 'new', { ready: false })];
  assert.deepEqual(planUpdate(state(coming, undefined, surge)), { remove: [], create: [] });
  const there = [...old, on('a2', 'n1')];
  assert.deepEqual(names(planUpdate(state(there, undefined, surge)).remove), ['a']);
});

test('OnDelete leaves old pods alone', () => {
  const set = daemonSet();
  set.spec!.updateStrategy = { type: 'OnDelete' };
  assert.deepEqual(planUpdate(state([on('a', 'n1', 'old')], undefined, set)), { remove: [], create: [] });
});

test('a daemon pod names its node by affinity and keeps the terms of its template', () => {
  const own = { matchExpressions: [{ key: 'disk', operator: 'Exists' }] };
  const set = daemonSet({}, { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [own] } } } });
  const made = daemonPod(set, 'n2', 'new');
  assert.equal(targetNode(made), 'n2');
  assert.equal(made.metadata?.labels?.[REVISION_LABEL], 'new');
  assert.ok(made.spec?.tolerations?.some((toleration) => toleration.key === 'node.kubernetes.io/unschedulable'));
});

test('status tells wanted, present, ready, updated and misplaced pods', () => {
  const nodes = [node('n1'), node('n2'), node('n3', { taints: [{ key: 'mine', effect: 'NoSchedule' }] })];
  const status = daemonStatus(state([on('a', 'n1'), on('b', 'n2', 'old', { ready: false }), on('c', 'n3')], nodes));
  assert.deepEqual([status.desiredNumberScheduled, status.currentNumberScheduled, status.numberReady, status.updatedNumberScheduled, status.numberMisscheduled, status.numberUnavailable], [2, 2, 1, 1, 1, 1]);
});
