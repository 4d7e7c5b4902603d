import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyState } from './proxy-state.ts';
import { isStale, UdpFrontends } from './stale-flows.ts';

const flow = (destination: string, destinationPort: number, replySource: string, protocol = 17) =>
  ({ protocol, source: '10.0.0.9', sourcePort: 4000, destination, destinationPort, replySource, replySourcePort: 8053 });

test('flows to an endpoint that went, and those that went past a Service, are stale', () => {
  const state = new ProxyState('n1');
  const frontends = new UdpFrontends();
  const node = new Set(['172.30.1.11']);
  const service = { metadata: { namespace: 'd', name: 's' }, spec: { type: 'NodePort', clusterIP: '10.96.0.5', ports: [{ port: 53, protocol: 'UDP', nodePort: 30053 }] } };
  state.setService(service);
  state.setSlice({
    metadata: { namespace: 'd', name: 's-1', labels: { 'kubernetes.io/service-name': 's' } }, addressType: 'IPv4',
    ports: [{ name: '', port: 8053, protocol: 'UDP' }], endpoints: [{ addresses: ['10.0.0.1'] }],
  });
  const touched = frontends.update(state.takeChanged());
  assert.equal(isStale(flow('10.96.0.5', 53, '10.0.0.1'), touched, node), false);
  assert.equal(isStale(flow('10.96.0.5', 53, '10.0.0.2'), touched, node), true);
  assert.equal(isStale(flow('10.96.0.5', 53, '10.96.0.5'), touched, node), true);
  assert.equal(isStale(flow('172.30.1.11', 30053, '10.0.0.2'), touched, node), true);
  assert.equal(isStale(flow('172.30.1.99', 30053, '10.0.0.2'), touched, node), false);
  assert.equal(isStale(flow('10.96.0.5', 53, '10.0.0.2', 6), touched, node), false);
  state.deleteService(service);
  assert.equal(isStale(flow('10.96.0.5', 53, '10.0.0.1'), frontends.update(state.takeChanged()), node), true);
});

test('a change that could not be made so is told again, also of a Service that went', () => {
  const state = new ProxyState('n1');
  const service = { metadata: { namespace: 'd', name: 's' }, spec: { clusterIP: '10.96.0.5', ports: [{ port: 53 }] } };
  state.setService(service);
  state.takeChanged();
  state.deleteService(service);
  const lost = state.takeChanged();
  assert.equal(state.hasChanges, false);
  state.giveBack(lost);
  assert.deepEqual(state.takeChanged(), [{ key: 'd/s', ports: [] }]);
});
