import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject, OwnerReference } from '../../api/object.ts';
import { PODS, REPLICA_SETS } from '../../client/resources.ts';
import type { ResourceType } from '../../client/client.ts';
import { FOREGROUND_FINALIZER, judge, ORPHAN_FINALIZER, OwnerGraph, waitsForDependents } from './graph.ts';

const TYPE = PODS as ResourceType<KubernetesObject>;
const SET = REPLICA_SETS as ResourceType<KubernetesObject>;
const owner = (uid: string, blockOwnerDeletion = true): OwnerReference => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, blockOwnerDeletion });
const object = (uid: string, owners: OwnerReference[] = [], more: object = {}): KubernetesObject => ({ metadata: { uid, name: uid, namespace: 'default', ownerReferences: owners, ...more } });
const leaving = { deletionTimestamp: 'now', finalizers: [FOREGROUND_FINALIZER] };
const NONE = { solid: [], dangling: [], waiting: [] };

test('dependents find their owner, whichever is seen first', () => {
  const graph = new OwnerGraph();
  const pod = graph.put(TYPE, object('pod', [owner('set')]));
  const set = graph.put(SET, object('set'));
  assert.deepEqual([...set.dependents], [pod]);
});

test('a dependent that changes its owner leaves the former', () => {
  const graph = new OwnerGraph();
  const [one, two] = [graph.put(SET, object('one')), graph.put(SET, object('two'))];
  graph.put(TYPE, object('pod', [owner('one')]));
  graph.put(TYPE, object('pod', [owner('two')]));
  assert.deepEqual([one.dependents.size, two.dependents.size], [0, 1]);
});

test('an owner that goes leaves its dependents to be looked at, and one that comes back finds them', () => {
  const graph = new OwnerGraph();
  graph.put(SET, object('set'));
  graph.put(TYPE, object('pod', [owner('set')]));
  assert.equal(graph.delete('set')?.dependents.size, 1);
  assert.equal(graph.put(SET, object('set')).dependents.size, 1);
});

test('an owner that is gone is forgotten with its last dependent', () => {
  const graph = new OwnerGraph();
  const unknown = (): number => (graph as unknown as { waiting: Map<string, unknown> }).waiting.size;
  graph.put(SET, object('set'));
  graph.put(TYPE, object('one', [owner('set')]));
  graph.put(TYPE, object('two', [owner('set')]));
  graph.delete('set');
  graph.delete('one');
  assert.equal(unknown(), 1);
  graph.put(TYPE, object('two', [owner('other')]));
  graph.delete('two');
  assert.equal(unknown(), 0);
});

test('only dependents that say so hold back an owner in foreground deletion', () => {
  const graph = new OwnerGraph();
  const set = graph.put(SET, object('set', [], leaving));
  graph.put(TYPE, object('blocking', [owner('set')]));
  graph.put(TYPE, object('free', [owner('set', false)]));
  assert.equal(waitsForDependents(set), true);
  assert.deepEqual(graph.blockingDependents(set).map(({ uid }) => uid), ['blocking']);
});

test('with a living owner an object stays and forgets the others', () => {
  const node = new OwnerGraph().put(TYPE, object('pod', [owner('a'), owner('b'), owner('c')]));
  assert.deepEqual(judge(node, { ...NONE, solid: [owner('a')] }), { action: 'keep' });
  assert.deepEqual(judge(node, { solid: [owner('a')], dangling: [owner('b')], waiting: [owner('c')] }), { action: 'unlink', uids: ['b', 'c'] });
});

test('without one it goes, the way its own finalizers ask', () => {
  const graph = new OwnerGraph();
  const gone = { ...NONE, dangling: [owner('set')] };
  assert.deepEqual(judge(graph.put(TYPE, object('a', [owner('set')])), gone), { action: 'delete', policy: 'Background', unblock: false });
  assert.deepEqual(judge(graph.put(TYPE, object('b', [owner('set')], { finalizers: [ORPHAN_FINALIZER] })), gone), { action: 'delete', policy: 'Orphan', unblock: false });
  assert.deepEqual(judge(graph.put(TYPE, object('c', [owner('set')], { finalizers: [FOREGROUND_FINALIZER] })), gone), { action: 'delete', policy: 'Foreground', unblock: false });
});

test('foreground deletion goes down the tree', () => {
  const graph = new OwnerGraph();
  const set = graph.put(SET, object('set', [owner('deployment')]));
  graph.put(TYPE, object('pod', [owner('set')]));
  assert.deepEqual(judge(set, { ...NONE, waiting: [owner('deployment')] }), { action: 'delete', policy: 'Foreground', unblock: false });
});

test('a circle is broken where it is looked at', () => {
  const graph = new OwnerGraph();
  const one = graph.put(TYPE, object('one', [owner('two')]));
  graph.put(TYPE, object('two', [owner('one')], leaving));
  assert.deepEqual(judge(one, { ...NONE, waiting: [owner('two')] }), { action: 'delete', policy: 'Foreground', unblock: true });
});
