import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoints, Pod, Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { EndpointSlice } from '../../../schema/v1.37/types/discovery-v1.ts';
import { pod, type PodOptions } from '../testing/objects.ts';
import { wantedEndpoints } from './endpoints-object.ts';
import { mirroredSlices } from './mirroring.ts';
import { endpointGroups } from './service-endpoints.ts';
import { planSlices, TRIGGER_TIME } from './slices.ts';

function service(spec: object = {}): Service {
  return { metadata: { name: 'web', namespace: 'default', uid: 'u', labels: { team: 'a' } }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }], ...spec } };
}
const member = (number: number, options: PodOptions = {}): Pod => pod(`p${number}`, { node: 'n1', ip: `10.0.${number >> 8}.${number & 255}`, ...options });
const groupsOf = (pods: Pod[], of = service()) => endpointGroups(of, pods, (node) => (node === 'n1' ? 'z1' : undefined));
const stored = (slices: EndpointSlice[]): EndpointSlice[] => slices.map((slice, index) => ({ ...slice, metadata: { ...slice.metadata, name: `s${index}` } }));
const counts = (slices: EndpointSlice[]): number[] => slices.map((slice) => slice.endpoints?.length ?? 0);

test('a pod is ready while it serves and stays; publishNotReadyAddresses shows it always', () => {
  const [group] = groupsOf([member(1), member(2, { ready: false }), member(3, { deleting: true })]);
  assert.deepEqual(group?.endpoints.map(({ conditions }) => [conditions?.ready, conditions?.serving, conditions?.terminating]), [[true, true, false], [false, false, false], [false, true, true]]);
  const [always] = groupsOf([member(2, { ready: false })], service({ publishNotReadyAddresses: true }));
  assert.deepEqual(always?.endpoints[0]?.conditions, { ready: true, serving: false, terminating: false });
  assert.equal(group?.endpoints[0]?.zone, 'z1');
});

test('pods without address or node, and those that ended, are no endpoints', () => {
  assert.deepEqual(groupsOf([pod('x', { node: 'n1' }), pod('y', { ip: '10.0.0.9' }), member(1, { phase: 'Succeeded' })]), []);
});

test('pods whose named port has another number make a group of their own', () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
  const listening = (number: number, containerPort: number): Pod => {
    const made = member(number);
    made.spec!.containers[0]!.ports = [{ name: 'web', containerPort }];
    return made;
  };
  const groups = groupsOf([listening(1, 8080), listening(2, 9090), member(3)], named);
  assert.deepEqual(groups.map(({ ports, endpoints }) => [ports[0]?.port, endpoints.length]), [[8080, 1], [9090, 1]]);
});

test('a host name counts only under the Service the subdomain names', () => {
  const named = member(1);
  Object.assign(named.spec!, { hostname: 'one', subdomain: 'web' });
  assert.equal(groupsOf([named])[0]?.endpoints[0]?.hostname, 'one');
  named.spec!.subdomain = 'other';
  assert.equal(groupsOf([named])[0]?.endpoints[0]?.hostname, undefined);
});

test('slices hold a hundred endpoints each', () => {
  const plan = planSlices(service(), groupsOf(Array.from({ length: 250 }, (_, index) => member(index))), []);
  assert.deepEqual(counts(plan.create), [100, 100, 50]);
  assert.equal(plan.create[0]?.metadata?.labels?.['team'], 'a');
});

test('what stands is left alone, a change touches one slice', () => {
  const pods = Array.from({ length: 150 }, (_, index) => member(index));
  const existing = stored(planSlices(service(), groupsOf(pods), []).create);
  assert.deepEqual(planSlices(service(), groupsOf(pods), existing), { create: [], update: [], remove: [] });
  const fewer = planSlices(service(), groupsOf(pods.slice(1)), existing);
  assert.deepEqual([fewer.create.length, fewer.update.map((slice) => slice.metadata?.name)], [0, ['s0']]);
  const more = planSlices(service(), groupsOf([...pods, member(200)]), existing);
  assert.deepEqual([more.create.length, more.update.map((slice) => slice.metadata?.name)], [0, ['s1']]);
});

test('a Service without endpoints keeps one empty slice', () => {
  const [empty] = planSlices(service(), [], []).create;
  assert.deepEqual([empty?.endpoints, empty?.ports], [[], []]);
  assert.deepEqual(planSlices(service(), [], stored([empty!])), { create: [], update: [], remove: [] });
});

test('slices of ports that are no more go', () => {
  const existing = stored(planSlices(service(), groupsOf([member(1)]), []).create);
  const other = service({ ports: [{ name: 'http', port: 80, targetPort: 9090 }] });
  const plan = planSlices(other, groupsOf([member(1)], other), existing);
  assert.deepEqual([plan.create.length, plan.remove.map((slice) => slice.metadata?.name)], [1, ['s0']]);
});

test('a change carries the time since when it was due', () => {
  assert.equal(planSlices(service(), groupsOf([member(1)]), [], '2026-03-01T11:00:00Z').create[0]?.metadata?.annotations?.[TRIGGER_TIME], '2026-03-01T11:00:00Z');
});

test('Endpoints list ready and other addresses, without pods that end', () => {
  const made = wantedEndpoints(service(), groupsOf([member(2), member(1), member(3, { ready: false }), member(4, { deleting: true })]), undefined);
  assert.deepEqual(made?.subsets?.map(({ addresses, notReadyAddresses, ports }) => [addresses?.map(({ ip }) => ip), notReadyAddresses?.map(({ ip }) => ip), ports?.[0]?.port]), [[['10.0.0.1', '10.0.0.2'], ['10.0.0.3'], 8080]]);
  assert.equal(wantedEndpoints(service(), groupsOf([member(2), member(1), member(3, { ready: false })]), made), undefined);
});

test('handwritten Endpoints are mirrored by address family, without what is only theirs', () => {
  const endpoints: Endpoints = {
    metadata: { name: 'web', namespace: 'default', uid: 'e', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', mine: 'yes' } },
    subsets: [{ addresses: [{ ip: '1.2.3.4' }, { ip: 'fd00::1' }], notReadyAddresses: [{ ip: '1.2.3.5' }], ports: [{ port: 80 }] }],
  };
  const slices = mirroredSlices(endpoints);
  assert.deepEqual(slices.map(({ addressType, endpoints: list }) => [addressType, list?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready])]), [['IPv4', [['1.2.3.4', true], ['1.2.3.5', false]]], ['IPv6', [['fd00::1', true]]]]);
  assert.deepEqual(slices[0]?.metadata?.annotations, { mine: 'yes' });
});
