import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Taint, Toleration } from '../../../schema/v1.37/types/core-v1.ts';
import { ago, node, NOW, pod } from '../testing/objects.ts';
import { evictionTime, sameTaints, unknownConditions, wantedTaints } from './reconcile.ts';

const ids = (taints: Taint[]): string[] => taints.map(({ key, effect }) => `${key.split('/')[1] ?? key}:${effect}`);
const unreachable = (seconds: number): Taint => ({ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', timeAdded: ago(seconds) });
const tolerating = (...tolerations: Toleration[]) => { const made = pod('p', { node: 'n' }); made.spec!.tolerations = tolerations; return made; };

test('a node that is ready has no taints of ours, and keeps those of others', () => {
  const mine = { key: 'mine', effect: 'NoSchedule' };
  assert.deepEqual(wantedTaints(node('n', { taints: [mine, unreachable(5)] }), NOW), [mine]);
});

test('conditions turn into taints; readiness also drives pods out', () => {
  assert.deepEqual(ids(wantedTaints(node('n', { ready: 'False' }), NOW)), ['not-ready:NoSchedule', 'not-ready:NoExecute']);
  assert.deepEqual(ids(wantedTaints(node('n', { ready: 'Unknown', unschedulable: true }), NOW)), ['unreachable:NoSchedule', 'unreachable:NoExecute', 'unschedulable:NoSchedule']);
  const pressed = node('n');
  pressed.status!.conditions!.push({ type: 'MemoryPressure', status: 'True' });
  assert.deepEqual(ids(wantedTaints(pressed, NOW)), ['memory-pressure:NoSchedule']);
});

test('a taint that stands keeps the time it was added', () => {
  const before = unreachable(100);
  assert.ok(wantedTaints(node('n', { ready: 'Unknown', taints: [before] }), NOW).includes(before));
  assert.equal(sameTaints([before], [unreachable(1)]), true);
});

test('all conditions of a silent node are unknown, those of one that never spoke say so', () => {
  const conditions = unknownConditions(node('n'), NOW);
  assert.deepEqual(conditions.map(({ type, status, reason }) => [type, status, reason])[0], ['Ready', 'Unknown', 'NodeStatusUnknown']);
  assert.equal(conditions.find(({ type }) => type === 'DiskPressure')?.reason, 'NodeStatusNeverUpdated');
});

test('pods leave at once, after the shortest toleration, or never', () => {
  assert.equal(evictionTime(tolerating(), [unreachable(10)]), 0);
  const key = 'node.kubernetes.io/unreachable';
  assert.equal(evictionTime(tolerating({ key, operator: 'Exists', tolerationSeconds: 300 }, { operator: 'Exists', tolerationSeconds: 60 }), [unreachable(10)]), NOW + 50_000);
  assert.equal(evictionTime(tolerating({ key, operator: 'Exists' }), [unreachable(10)]), undefined);
  assert.equal(evictionTime(tolerating(), [{ key: 'x', effect: 'NoSchedule' }]), undefined);
  assert.equal(evictionTime(tolerating({ key, operator: 'Exists' }), [unreachable(10), { key: 'other', effect: 'NoExecute' }]), 0);
});
