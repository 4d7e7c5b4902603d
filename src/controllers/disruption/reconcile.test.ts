import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from '../../../schema/v1.37/types/policy-v1.ts';
import { ago, NOW, pod } from '../testing/objects.ts';
import { budgetStatus, countsReplicas, nextForget } from './reconcile.ts';

const budget = (spec: PodDisruptionBudgetSpec, status?: PodDisruptionBudgetStatus): PodDisruptionBudget => ({ metadata: { name: 'b', generation: 2 }, spec, status });
const pods = (ready: number, unready = 0): Pod[] => [...Array.from({ length: ready }, (_, index) => pod(`r${index}`)), ...Array.from({ length: unready }, (_, index) => pod(`u${index}`, { ready: false }))];
const numbers = (of: PodDisruptionBudget, members: Pod[], expected: number | Error = members.length): number[] => {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budgetStatus({ budget: of, pods: members, expected, now: NOW });
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods].map(Number);
};

test('minAvailable as a number counts the pods that are there', () => {
  assert.deepEqual(numbers(budget({ minAvailable: 2 }), pods(3)), [1, 3, 2, 3]);
  assert.deepEqual(numbers(budget({ minAvailable: 2 }), pods(1, 2)), [0, 1, 2, 3]);
  assert.equal(countsReplicas(budget({ minAvailable: 2 })), false);
});

test('shares and maxUnavailable count what controllers want, rounded up', () => {
  assert.deepEqual(numbers(budget({ minAvailable: '50%' }), pods(3), 5), [0, 3, 3, 5]);
  assert.deepEqual(numbers(budget({ maxUnavailable: '30%' }), pods(7), 7), [3, 7, 4, 7]);
  assert.deepEqual(numbers(budget({ maxUnavailable: 10 }), pods(3), 3), [3, 3, 0, 3]);
  assert.equal(countsReplicas(budget({ maxUnavailable: 1 })), true);
});

test('without pods nothing may be disrupted', () => {
  assert.deepEqual(numbers(budget({ minAvailable: 0 }), []), [0, 0, 0, 0]);
});

test('granted evictions count as gone until they are seen or forgotten', () => {
  const granted = budget({ minAvailable: 1 }, { disruptedPods: { r0: ago(30), r1: ago(130), gone: ago(1) }, currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 });
  const status = budgetStatus({ budget: granted, pods: pods(3), expected: 3, now: NOW });
  assert.deepEqual([status.disruptedPods, status.currentHealthy], [{ r0: ago(30) }, 2]);
  assert.equal(nextForget(status, NOW), 90_000);
});

test('when the wanted number cannot be told nothing is allowed and the counts stay', () => {
  const before = budget({ maxUnavailable: 1 }, { currentHealthy: 3, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 1 });
  assert.deepEqual(numbers(before, pods(2), new Error('no scale')), [0, 3, 2, 3]);
  assert.equal(budgetStatus({ budget: before, pods: [], expected: new Error('no scale'), now: NOW }).conditions?.[0]?.reason, 'SyncFailed');
});
