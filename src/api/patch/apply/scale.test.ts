import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../../object.ts';
import { scaleManagers, withScaleManagers } from './scale.ts';

const entry = (manager: string, operation: 'Apply' | 'Update', fieldsV1: Record<string, unknown>): ManagedFieldsEntry => ({ manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', time: '2026-01-01T00:00:00Z', fieldsV1 });
const pathOf = (): string[] => ['spec', 'replicas'];
const owners = [entry('one', 'Apply', { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } }), entry('two', 'Update', { 'f:spec': { 'f:paused': {} } })];

test('a Scale shows those who own the replicas', () => {
  const [only, ...more] = scaleManagers(owners, pathOf);
  assert.equal(more.length, 0);
  assert.equal(only?.manager, 'one');
  assert.equal(only?.apiVersion, 'autoscaling/v1');
  assert.deepEqual(only?.fieldsV1, { 'f:spec': { 'f:replicas': {} } });
});

test('who takes the replicas through a Scale gets an entry of their own, the owner before keeps the rest', () => {
  const taker = { ...entry('three', 'Apply', { 'f:spec': { 'f:replicas': {} } }), apiVersion: 'autoscaling/v1', subresource: 'scale' };
  const after = withScaleManagers(owners, [taker], pathOf, 'apps/v1');
  assert.deepEqual(after.map(({ manager, subresource, time, fieldsV1 }) => [manager, subresource, time === undefined, fieldsV1]), [
    ['three', 'scale', true, { 'f:spec': { 'f:replicas': {} } }], ['one', undefined, false, { 'f:spec': { 'f:paused': {} } }], ['two', undefined, false, { 'f:spec': { 'f:paused': {} } }],
  ]);
});

test('an owner that stays keeps its entry', () => {
  assert.deepEqual(withScaleManagers(owners, scaleManagers(owners, pathOf), pathOf, 'apps/v1'), owners);
});
