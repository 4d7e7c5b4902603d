import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names, NOW, pod } from '../testing/objects.ts';
import { nextAvailability, planReplicas, replicaStatus, type ReplicaOwner } from './reconcile.ts';

const owner = (replicas: number, more: Partial<ReplicaOwner> = {}): ReplicaOwner => ({ metadata: { generation: 3 }, spec: { replicas, templateLabels: { app: 'web' } }, ...more });
const removed = (pods: ReturnType<typeof pod>[], keep: number, rank: (pod: unknown) => number = () => 0): string[] => names(planReplicas(owner(keep), pods, rank, NOW).remove);

test('missing pods are made, at most 500 in one go', () => {
  assert.deepEqual(planReplicas(owner(3), [pod('a')], () => 0, NOW), { create: 2, remove: [] });
  assert.equal(planReplicas(owner(2000), [], () => 0, NOW).create, 500);
});

test('an owner that is being deleted does nothing more', () => {
  assert.deepEqual(planReplicas(owner(3, { metadata: { deletionTimestamp: 'now' } }), [], () => 0, NOW), { create: 0, remove: [] });
});

test('pods go in order of what is lost: unbound, pending, not ready, cheap, crowded, young', () => {
  const bound = { node: 'n' };
  assert.deepEqual(removed([pod('bound', { ...bound, phase: 'Pending' }), pod('unbound', { phase: 'Pending' })], 1), ['unbound']);
  assert.deepEqual(removed([pod('runs', bound), pod('pending', { ...bound, phase: 'Pending' })], 1), ['pending']);
  assert.deepEqual(removed([pod('ready', bound), pod('unready', { ...bound, ready: false })], 1), ['unready']);
  const cost = (value: string) => ({ ...bound, annotations: { 'controller.kubernetes.io/pod-deletion-cost': value } });
  assert.deepEqual(removed([pod('dear', cost('10')), pod('cheap', cost('-1'))], 1), ['cheap']);
  assert.deepEqual(removed([pod('alone', { node: 'a' }), pod('crowded', { node: 'b' })], 1, (candidate) => (candidate as { spec: { nodeName: string } }).spec.nodeName === 'b' ? 2 : 1), ['crowded']);
  assert.deepEqual(removed([pod('long', { ...bound, readyFor: 4000 }), pod('short', { ...bound, readyFor: 20 })], 1), ['short']);
  assert.deepEqual(removed([pod('calm', { ...bound, restarts: 0 }), pod('restless', { ...bound, restarts: 4 })], 1), ['restless']);
  assert.deepEqual(removed([pod('old', { ...bound, age: 9000 }), pod('young', { ...bound, age: 100 })], 1), ['young']);
});

test('status counts what is labelled, ready and available', () => {
  const active = [pod('a', { labels: { app: 'web' }, readyFor: 100 }), pod('b', { readyFor: 5 }), pod('c', { ready: false })];
  const view = owner(3);
  view.spec!.minReadySeconds = 30;
  const status = replicaStatus(view, active, 1, undefined, { create: 0, remove: [] }, NOW);
  assert.deepEqual({ ...status }, { replicas: 3, fullyLabeledReplicas: 1, readyReplicas: 2, availableReplicas: 1, terminatingReplicas: 1, observedGeneration: 3 });
  assert.equal(nextAvailability(view, active, NOW), 25_000);
});

test('a failure is shown while it lasts and keeps its first time', () => {
  const failed = replicaStatus(owner(3), [], 0, new Error('quota'), { create: 3, remove: [] }, NOW);
  assert.equal(failed.conditions?.[0]?.reason, 'FailedCreate');
  const still = replicaStatus(owner(3, { status: failed }), [], 0, new Error('other'), { create: 3, remove: [] }, NOW + 1000);
  assert.deepEqual(still.conditions, failed.conditions);
  assert.equal(replicaStatus(owner(3, { status: failed }), [], 0, undefined, { create: 0, remove: [] }, NOW).conditions, undefined);
});
