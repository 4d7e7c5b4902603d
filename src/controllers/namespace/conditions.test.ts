import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceType } from '../../client/client.ts';
import { PODS } from '../../client/resources.ts';
import { ago, NOW } from '../testing/objects.ts';
import { terminationConditions } from './controller.ts';

const type = { ...(PODS as ResourceType<KubernetesObject>), verbs: ['list'] };
const of = (leftovers: Parameters<typeof terminationConditions>[1], kind: string, old: Parameters<typeof terminationConditions>[0] = []) => terminationConditions(old, leftovers, NOW).find((condition) => condition.type === kind);

test('an empty namespace has nothing to complain of', () => {
  assert.ok(terminationConditions([], [], NOW).every(({ status }) => status === 'False'));
});

test('what is left is counted by kind and by finalizer', () => {
  const leftovers = [{ type, count: 2, finalizers: new Map([['example.com/hold', 2]]) }];
  assert.equal(of(leftovers, 'NamespaceContentRemaining')?.message, 'Some resources are remaining: pods. has 2 resource instances');
  assert.equal(of(leftovers, 'NamespaceFinalizersRemaining')?.message, 'Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances');
});

test('errors are told, and a condition keeps its time while its status stays', () => {
  const failed = [{ type, count: 0, finalizers: new Map<string, number>(), error: 'down' }];
  assert.equal(of(failed, 'NamespaceDeletionContentFailure')?.status, 'True');
  const old = [{ type: 'NamespaceDeletionContentFailure', status: 'True', lastTransitionTime: ago(60) }];
  assert.equal(of(failed, 'NamespaceDeletionContentFailure', old)?.lastTransitionTime, ago(60));
});
