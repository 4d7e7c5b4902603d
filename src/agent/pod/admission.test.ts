import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { admitPod } from './admission.ts';

const node: Node = { metadata: { name: 'one' } };
const asking = (requests: Record<string, string>): Pod => ({ spec: { containers: [{ name: 'main', resources: { requests } }] } });

test('a pod that asks for more than is left is turned away', () => {
  const offered = { pods: 10, cpu: '2', memory: '1Gi', 'example.com/card': '2' };
  assert.equal(admitPod(asking({ cpu: '1' }), node, [asking({ cpu: '1' })], offered), undefined);
  assert.equal(admitPod(asking({ cpu: '1' }), node, [asking({ cpu: '1500m' })], offered)?.reason, 'OutOfcpu');
  assert.equal(admitPod(asking({ 'example.com/card': '1' }), node, [asking({ 'example.com/card': '2' })], offered)?.reason, 'OutOfexample.com/card');
  assert.equal(admitPod(asking({}), node, [], { ...offered, pods: 0 })?.reason, 'OutOfpods');
});

test('extended resources that the node does not offer are no business of its own', () => {
  assert.equal(admitPod(asking({ 'example.com/card': '1' }), node, [], { pods: 10 }), undefined);
});

test('taints that drive pods out turn those away that do not tolerate them, other taints are the scheduler\'s', () => {
  const tainted = (effect: string): Node => ({ ...node, spec: { taints: [{ key: 'k', value: 'v', effect }] } });
  const offered = { pods: 10 };
  assert.equal(admitPod(asking({}), tainted('NoExecute'), [], offered)?.reason, 'TaintToleration');
  assert.equal(admitPod(asking({}), tainted('NoSchedule'), [], offered), undefined);
  const tolerant: Pod = { spec: { containers: [], tolerations: [{ key: 'k', operator: 'Exists' }] } };
  assert.equal(admitPod(tolerant, tainted('NoExecute'), [], offered), undefined);
});
