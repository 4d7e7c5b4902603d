import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../scheme.ts';
import type { Schema } from '../schema.ts';
import { StatusError } from '../status.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge.ts';
import { patchTypeOf } from './index.ts';

const refusal = (code: number, message?: RegExp | string) => (error: unknown): boolean => {
  assert.ok(error instanceof StatusError);
  assert.equal(error.code, code);
  if (typeof message === 'string') assert.equal(error.message, message);
  else if (message) assert.match(error.message, message);
  return true;
};

test('JSON patch: operations', () => {
  const document = { a: 1, list: [1, 2, 3], deep: { x: { y: 1 } }, 'a/b~c': 1 };
  const before = structuredClone(document);
  assert.deepEqual(applyJsonPatch(document, [
    { op: 'add', path: '/b', value: 2 }, { op: 'add', path: '/list/1', value: 9 }, { op: 'add', path: '/list/-', value: 4 }, { op: 'remove', path: '/a' },
    { op: 'replace', path: '/deep/x/y', value: 5 }, { op: 'move', from: '/list/0', path: '/first' }, { op: 'copy', from: '/deep/x', path: '/copy' },
    { op: 'test', path: '/copy', value: { y: 5 } }, { op: 'remove', path: '/a~1b~0c' },
  ]), { b: 2, list: [9, 2, 3, 4], deep: { x: { y: 5 } }, first: 1, copy: { y: 5 } });
  assert.deepEqual(document, before);
});

test('JSON patch: a copy is not the original', () => {
  assert.deepEqual(applyJsonPatch({ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }, { op: 'replace', path: '/c/b', value: 2 }]), { a: { b: 1 }, c: { b: 2 } });
});

test('JSON patch: what does not fit is refused', () => {
  for (const operation of [{ op: 'test', path: '/a', value: 2 }, { op: 'remove', path: '/zz' }, { op: 'add', path: '/x/y', value: 1 }, { op: 'add', path: '/list/9', value: 1 }, { op: 'nope', path: '/a' }, { op: 'add', path: 'a', value: 1 }, { op: 'add', path: '', value: 5 }]) {
    assert.throws(() => applyJsonPatch({ a: 1, list: [] }, [operation]), refusal(422, 'the server rejected our request due to an error in our request'), JSON.stringify(operation));
  }
  assert.throws(() => applyJsonPatch({}, {}), refusal(400, /error decoding patch/));
  assert.throws(() => applyJsonPatch({}, Array(10_001).fill({ op: 'test', path: '/a', value: null })), refusal(413, /maximum operations in a JSON patch is 10000, got 10001/));
});

test('merge patch: nulls delete, objects merge, lists replace', () => {
  const document = { a: 1, b: { c: 1, d: 2 }, list: [1, 2] };
  assert.deepEqual(applyMergePatch(document, { a: null, b: { c: null, e: { f: null, g: 1 } }, list: [3], n: { o: null } }), { b: { d: 2, e: { g: 1 } }, list: [3], n: {} });
  assert.deepEqual(document, { a: 1, b: { c: 1, d: 2 }, list: [1, 2] });
  assert.throws(() => applyMergePatch({}, []), refusal(400, 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'));
});

const pod = createScheme().kindSchema('', 'v1', 'Pod') as Schema;
const strategic = (document: Record<string, unknown>, patch: unknown): any => applyStrategicMergePatch(document, patch, pod);
const containers = (...list: object[]): Record<string, unknown> => ({ spec: { containers: list } });

test('strategic merge: lists merge by key, in the order of the patch, the server\'s own items where they were', () => {
  const live = containers({ name: 'a', image: '1' }, { name: 'b', image: '1', args: ['x'] }, { name: 'c' });
  assert.deepEqual(strategic(live, containers({ name: 'c', image: '2' }, { name: 'b', image: '2' })).spec.containers, [{ name: 'a', image: '1' }, { name: 'c', image: '2' }, { name: 'b', image: '2', args: ['x'] }]);
  assert.deepEqual(strategic(live, containers({ name: 'new' })).spec.containers.map((item: any) => item.name), ['new', 'a', 'b', 'c']);
});

test('strategic merge: directives', () => {
  const live = containers({ name: 'a' }, { name: 'b' });
  assert.deepEqual(strategic(live, containers({ $patch: 'delete', name: 'a' })).spec.containers, [{ name: 'b' }]);
  assert.deepEqual(strategic(live, containers({ $patch: 'replace' }, { name: 'z' })).spec.containers, [{ name: 'z' }]);
  assert.deepEqual(strategic({ spec: { nodeSelector: { a: '1', b: '2' } } }, { spec: { nodeSelector: { $patch: 'replace', c: '3' } } }).spec.nodeSelector, { c: '3' });
  assert.deepEqual(strategic({ spec: { a: 1, b: 2 } }, { spec: { $retainKeys: ['b', 'c'], c: 3 } }).spec, { b: 2, c: 3 });
  assert.deepEqual(strategic({ metadata: { finalizers: ['a', 'b', 'c'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['b'] } }).metadata.finalizers, ['a', 'c']);
  assert.deepEqual(strategic(live, { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } }).spec.containers.map((item: any) => item.name), ['b', 'a']);
  assert.deepEqual(strategic({ metadata: { finalizers: ['a'] } }, { metadata: { finalizers: ['b', 'a'] } }).metadata.finalizers, ['b', 'a']);
});

test('strategic merge: lists without merge key replace, nulls delete, nothing of the patch stays behind', () => {
  assert.deepEqual(strategic(containers({ name: 'a', args: ['1', '2'] }), containers({ name: 'a', args: ['3'] })).spec.containers, [{ name: 'a', args: ['3'] }]);
  assert.deepEqual(strategic({}, { spec: { nodeSelector: null, containers: [{ name: 'a', image: null, env: [{ $patch: 'delete', name: 'x' }] }, { name: 'b', $patch: 'merge' }] } }), { spec: { containers: [{ name: 'a', env: [] }] } });
});

test('strategic merge: a patch that contradicts itself is refused', () => {
  assert.throws(() => strategic(containers({ name: 'a' }), containers({ image: 'x' })), refusal(500, 'map: map[image:x] does not contain declared merge key: name'));
  assert.throws(() => strategic({}, { $patch: 'foo' }), refusal(500, 'unknown patch type: foo in map: map[$patch:foo]'));
  assert.throws(() => strategic({}, { $retainKeys: ['a'], b: 1 }), refusal(400, 'invalid patch format of retainKeys'));
  assert.throws(() => strategic({ metadata: {} }, { metadata: { '$setElementOrder/finalizers': ['x'], finalizers: ['y/y'] } }), refusal(500, "The order in patch list:\n[y/y]\n doesn't match $setElementOrder list:\n[x]\n"));
});

test('the content type names the patch; custom resources have no strategic one', () => {
  assert.equal(patchTypeOf('application/strategic-merge-patch+json; charset=utf-8'), 'strategic');
  assert.equal(patchTypeOf('application/strategic-merge-patch+json', true), undefined);
  assert.equal(patchTypeOf('application/json'), undefined);
});
