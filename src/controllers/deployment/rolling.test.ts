import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../../schema/v1.37/types/apps-v1.ts';
import { replicaSet } from '../testing/objects.ts';
import { DESIRED_REPLICAS, isSaturated, isScalingEvent, MAX_REPLICAS, newReplicas, rollingBudget, scaleProportionally, shrinkOld, type Scale } from './rolling.ts';

function deployment(replicas: number, maxSurge: number | string = '25%', maxUnavailable: number | string = '25%', type = 'RollingUpdate'): Deployment {
  return { metadata: { name: 'web' }, spec: { replicas, selector: {}, template: {}, strategy: { type, rollingUpdate: type === 'Recreate' ? undefined : { maxSurge, maxUnavailable } } } };
}
const sizes = (scales: Scale[]): Record<string, number> => Object.fromEntries(scales.map(({ replicaSet: { metadata }, replicas }) => [metadata?.name, replicas]));

test('surge is rounded up, unavailability down, and never both are zero', () => {
  assert.deepEqual(rollingBudget(deployment(10)), { maxSurge: 3, maxUnavailable: 2 });
  assert.deepEqual(rollingBudget(deployment(1, 0, '25%')), { maxSurge: 0, maxUnavailable: 1 });
  assert.deepEqual(rollingBudget(deployment(3, 1, 10)), { maxSurge: 1, maxUnavailable: 3 });
});

test('the new ReplicaSet grows into the room that surge leaves', () => {
  const old = replicaSet('old', 10);
  assert.equal(newReplicas(deployment(10), replicaSet('new', 0), [old]), 3);
  assert.equal(newReplicas(deployment(10), replicaSet('new', 5), [old, replicaSet('new', 5)]), 5);
  assert.equal(newReplicas(deployment(10), replicaSet('new', 8), [replicaSet('old', 1), replicaSet('new', 8)]), 10);
  assert.equal(newReplicas(deployment(4), replicaSet('new', 6), [replicaSet('new', 6)]), 4);
});

test('recreation takes the new ReplicaSet to its size at once', () => {
  assert.equal(newReplicas(deployment(4, 0, 0, 'Recreate'), replicaSet('new', 0), []), 4);
});

test('old ReplicaSets give up as many available pods as may be missing', () => {
  assert.deepEqual(sizes(shrinkOld(deployment(10, 3, 2), replicaSet('new', 3), [replicaSet('old', 10)])), { old: 5 });
  assert.deepEqual(shrinkOld(deployment(10, 3, 2), replicaSet('new', 3, 0), [replicaSet('old', 8)]), []);
});

test('pods of old ReplicaSets that are not available go first, the oldest set first', () => {
  const old = [replicaSet('younger', 5, 5, { age: 10 }), replicaSet('older', 5, 1, { age: 100 })];
  assert.deepEqual(sizes(shrinkOld(deployment(8, 2, 2), replicaSet('new', 2, 2), old)), { older: 0, younger: 4 });
});

test('a changed number is spread in proportion, the rest goes to the largest', () => {
  const annotations = { [MAX_REPLICAS]: '13', [DESIRED_REPLICAS]: '10' };
  const active = [replicaSet('old', 8, 8, { age: 100, annotations }), replicaSet('new', 5, 5, { age: 10, annotations })];
  const grown = sizes(scaleProportionally(deployment(30, 3), active));
  assert.deepEqual(grown, { old: 20, new: 13 });
  const shrunk = sizes(scaleProportionally(deployment(5, 3), active));
  assert.equal((shrunk['old'] ?? 8) + (shrunk['new'] ?? 5), 8);
  assert.ok((shrunk['old'] ?? 8) > (shrunk['new'] ?? 5));
});

test('scaling to nothing leaves nothing', () => {
  const annotations = { [MAX_REPLICAS]: '13' };
  assert.deepEqual(sizes(scaleProportionally(deployment(0, 3), [replicaSet('old', 8, 8, { annotations }), replicaSet('new', 5, 5, { annotations })])), { old: 0, new: 0 });
});

test('scaling is told from a roll-out by the number noted on ReplicaSets', () => {
  assert.equal(isScalingEvent(deployment(5), [replicaSet('a', 3, 3, { annotations: { [DESIRED_REPLICAS]: '3' } })]), true);
  assert.equal(isScalingEvent(deployment(3), [replicaSet('a', 3, 3, { annotations: { [DESIRED_REPLICAS]: '3' } })]), false);
  assert.equal(isScalingEvent(deployment(5), [replicaSet('a', 0, 0, { annotations: { [DESIRED_REPLICAS]: '3' } })]), false);
});

test('a ReplicaSet is saturated when all its pods are available and it was scaled for this number', () => {
  const annotations = { [DESIRED_REPLICAS]: '3' };
  assert.equal(isSaturated(deployment(3), replicaSet('new', 3, 3, { annotations })), true);
  assert.equal(isSaturated(deployment(3), replicaSet('new', 3, 2, { annotations })), false);
  assert.equal(isSaturated(deployment(3), replicaSet('new', 3, 3)), false);
});
