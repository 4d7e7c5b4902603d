import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../../schema/v1.37/types/discovery-v1.ts';
import { chooseEndpoints, portEndpoints, type Choice } from './endpoints.ts';
import { servicePorts } from './service-ports.ts';

const [PORT] = servicePorts({ metadata: { namespace: 'd', name: 's' }, spec: { clusterIP: '10.96.0.5', ports: [{ name: 'http', port: 80 }] } });
const NODE = { nodeName: 'n1', zone: 'z1' };

function choose(endpoints: Endpoint[], node = NODE): Choice {
  assert.ok(PORT);
  return chooseEndpoints(portEndpoints([{ addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints }], PORT, node), node);
}
const addresses = (endpoints: { address: string }[]): string[] => endpoints.map((endpoint) => endpoint.address);

test('endpoints without conditions are ready, those that are not are left out', () => {
  const choice = choose([{ addresses: ['10.0.0.1'], nodeName: 'n1' }, { addresses: ['10.0.0.2'], conditions: { ready: false } }]);
  assert.deepEqual([addresses(choice.cluster), addresses(choice.local), choice.hasAny], [['10.0.0.1'], ['10.0.0.1'], true]);
});

test('endpoints that end serve only where no ready one is, on the node and in the cluster by themselves', () => {
  const ending = { ready: false, serving: true, terminating: true };
  const choice = choose([{ addresses: ['10.0.0.1'], nodeName: 'n1', conditions: ending }, { addresses: ['10.0.0.2'], nodeName: 'n2' }]);
  assert.deepEqual([addresses(choice.cluster), addresses(choice.local)], [['10.0.0.2'], ['10.0.0.1']]);
  assert.deepEqual(addresses(choose([{ addresses: ['10.0.0.1'], conditions: ending }]).cluster), ['10.0.0.1']);
  assert.equal(choose([{ addresses: ['10.0.0.1'], conditions: { ready: false, serving: false, terminating: true } }]).hasAny, false);
});

test('zone hints count when every endpoint has one and one is for here', () => {
  const hint = (address: string, zone?: string): Endpoint => ({ addresses: [address], hints: zone ? { forZones: [{ name: zone }] } : undefined });
  assert.deepEqual(addresses(choose([hint('10.0.0.1', 'z1'), hint('10.0.0.2', 'z2')]).cluster), ['10.0.0.1']);
  assert.deepEqual(addresses(choose([hint('10.0.0.1', 'z1'), hint('10.0.0.2')]).cluster), ['10.0.0.1', '10.0.0.2']);
  assert.deepEqual(addresses(choose([hint('10.0.0.1', 'z3'), hint('10.0.0.2', 'z2')]).cluster), ['10.0.0.1', '10.0.0.2']);
});

test('node hints come before zone hints', () => {
  const hint = (address: string, node: string): Endpoint => ({ addresses: [address], hints: { forNodes: [{ name: node }], forZones: [{ name: 'z1' }] } });
  assert.deepEqual(addresses(choose([hint('10.0.0.1', 'n1'), hint('10.0.0.2', 'n2')]).cluster), ['10.0.0.1']);
  assert.deepEqual(addresses(choose([hint('10.0.0.1', 'n3'), hint('10.0.0.2', 'n2')]).cluster), ['10.0.0.1', '10.0.0.2']);
});

test('an endpoint in two slices counts once, and ready if it is in one of them', () => {
  assert.ok(PORT);
  const slice = (ready: boolean) => ({ addressType: 'IPv4', ports: [{ name: 'http', port: 8080 }], endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }] });
  const found = portEndpoints([slice(false), slice(true)], PORT, NODE);
  assert.deepEqual(found.map((endpoint) => endpoint.ready), [true]);
});

test('headless Services, ExternalNames and those of other proxies have no ports to serve', () => {
  assert.deepEqual(servicePorts({ spec: { clusterIP: 'None', ports: [{ port: 1 }] } }), []);
  assert.deepEqual(servicePorts({ spec: { type: 'ExternalName', externalName: 'x', ports: [{ port: 1 }] } }), []);
  assert.deepEqual(servicePorts({ metadata: { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } }, spec: { clusterIP: '10.96.0.1', ports: [{ port: 1 }] } }), []);
});
