import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../../../schema/v1.37/types/core-v1.ts';
import { LoadBalancerPool } from './address-pool.ts';
import { balancedNode, decideIngress, nextHops } from './decide.ts';

function service(name: string, spec: Partial<ServiceSpec> = {}, ip?: string): Service {
  return { metadata: { namespace: 'd', name }, spec: { type: 'LoadBalancer', ...spec }, status: ip ? { loadBalancer: { ingress: [{ ip }] } } : {} };
}

test('addresses are given lowest first and kept', () => {
  const pool = new LoadBalancerPool('10.9.0.0/30');
  assert.deepEqual(decideIngress(service('a'), pool), [{ ip: '10.9.0.0', ipMode: 'VIP' }]);
  assert.deepEqual(decideIngress(service('b'), pool), [{ ip: '10.9.0.1', ipMode: 'VIP' }]);
  assert.equal(decideIngress(service('a', {}, '10.9.0.0'), pool), undefined);
});

test('a Service that stops being ours gives its address back and loses it in its status', () => {
  const pool = new LoadBalancerPool('10.9.0.0/30');
  decideIngress(service('a'), pool);
  assert.deepEqual(decideIngress(service('a', { type: 'ClusterIP' }, '10.9.0.0'), pool), []);
  assert.deepEqual(decideIngress(service('b'), pool), [{ ip: '10.9.0.0', ipMode: 'VIP' }]);
  assert.equal(decideIngress(service('c', { loadBalancerClass: 'other/one' }, '192.0.2.1'), pool), undefined);
});

test('with nothing left a Service stays pending', () => {
  const pool = new LoadBalancerPool('10.9.0.0/32');
  decideIngress(service('a'), pool);
  assert.deepEqual(pool.assign('d/b'), undefined);
  assert.equal(decideIngress(service('b'), pool), undefined);
});

test('only ready nodes that are not excluded are balanced', () => {
  const node = (ready: string, labels = {}) => ({
    metadata: { name: 'n', labels }, status: { conditions: [{ type: 'Ready', status: ready }], addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] },
  });
  assert.deepEqual(balancedNode(node('True')), { name: 'n', address: '10.0.0.1' });
  assert.equal(balancedNode(node('Unknown')), undefined);
  assert.equal(balancedNode(node('True', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' })), undefined);
});

test('a local policy leads to nodes with an endpoint only', () => {
  const nodes = [{ name: 'n1', address: '10.0.0.1' }, { name: 'n2', address: '10.0.0.2' }];
  const slices = [{ addressType: 'IPv4', endpoints: [{ addresses: ['10.1.0.1'], nodeName: 'n2' }, { addresses: ['10.1.0.2'], nodeName: 'n1', conditions: { ready: false } }] }];
  assert.deepEqual(nextHops(service('a'), slices, nodes), ['10.0.0.1', '10.0.0.2']);
  assert.deepEqual(nextHops(service('a', { externalTrafficPolicy: 'Local' }), slices, nodes), ['10.0.0.2']);
});
