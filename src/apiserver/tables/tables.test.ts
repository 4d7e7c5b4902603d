import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../api/object.ts';
import { humanDuration, selectorText } from './format.ts';
import { findJsonPath, parseJsonPath } from './json-path.ts';
import { tableFor } from './table.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const pods = { group: '', kind: 'Pod', builtIn: true };
const created = '2026-01-01T00:00:00Z';

function podCells(spec: object, status: object, metadata: object = {}): unknown[] {
  const pod = { metadata: { name: 'p', creationTimestamp: created, ...metadata }, spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec }, status } as KubernetesObject;
  return tableFor(pods, [pod], NOW).rows[0]?.cells.slice(0, 5) ?? [];
}

test('durations', () => {
  const texts: [seconds: number, text: string][] = [[-5, '<invalid>'], [0, '0s'], [119, '119s'], [120, '2m'], [150, '2m30s'], [600, '10m'], [10800, '3h'], [12000, '3h20m'], [28800, '8h'], [172799, '47h'], [172800, '2d'], [180000, '2d2h'], [691200, '8d'], [63072000, '2y'], [63158400, '2y1d'], [252288000, '8y']];
  for (const [seconds, text] of texts) assert.equal(humanDuration(seconds * 1000), text, String(seconds));
});

test('the state of a pod', () => {
  const running = { name: 'a', ready: true, restartCount: 0, state: { running: {} } };
  assert.deepEqual(podCells({}, { phase: 'Pending' }), ['p', '0/2', 'Pending', '0', '60m']);
  assert.deepEqual(podCells({}, { phase: 'Running', containerStatuses: [running, { ...running, name: 'b', ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } } }] }), ['p', '1/2', 'CrashLoopBackOff', '3 (5m ago)', '60m']);
  assert.deepEqual(podCells({}, { phase: 'Succeeded', containerStatuses: [{ name: 'a', state: { terminated: { reason: 'Completed', exitCode: 0 } } }] })[2], 'Completed');
  assert.deepEqual(podCells({}, { phase: 'Failed', containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 0, signal: 9 } } }] })[2], 'Signal:9');
  assert.deepEqual(podCells({}, { phase: 'Running' }, { deletionTimestamp: created })[2], 'Terminating');
  assert.deepEqual(podCells({}, { phase: 'Failed', reason: 'Evicted' }, { deletionTimestamp: created })[2], 'Evicted');
  assert.deepEqual(podCells({}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] })[2], 'SchedulingGated');
});

test('the state of a pod that starts', () => {
  const init = { initContainers: [{ name: 'i' }, { name: 's', restartPolicy: 'Always' }] };
  assert.deepEqual(podCells(init, { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] }).slice(1, 3), ['0/3', 'Init:0/2']);
  assert.deepEqual(podCells(init, { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 1 } } }] })[2], 'Init:ExitCode:1');
  assert.deepEqual(podCells(init, { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'ErrImagePull' } } }] })[2], 'Init:ErrImagePull');
  const started = { name: 's', started: true, ready: true, restartCount: 0, state: { running: {} } };
  assert.deepEqual(podCells(init, { phase: 'Running', initContainerStatuses: [{ name: 'i', restartCount: 2, state: { terminated: { exitCode: 0 } } }, started], containerStatuses: [{ name: 'a', ready: true, state: { running: {} } }] }).slice(1, 4), ['2/3', 'Running', '0']);
});

test('a finished pod is marked completed', () => {
  const { rows } = tableFor(pods, [{ metadata: { name: 'p' }, spec: { containers: [] }, status: { phase: 'Succeeded' } }], NOW);
  assert.equal(rows[0]?.conditions?.[0]?.type, 'Completed');
});

test('services', () => {
  const cells = (spec: object, status: object = {}): unknown[] => tableFor({ group: '', kind: 'Service', builtIn: true }, [{ metadata: { name: 's', creationTimestamp: created }, spec, status } as KubernetesObject], NOW).rows[0]?.cells ?? [];
  assert.deepEqual(cells({ type: 'NodePort', clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5'], ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }], selector: { b: '2', a: '1' } }), ['s', 'NodePort', '10.96.0.5', '<none>', '80:30080/TCP,53/UDP', '60m', 'a=1,b=2']);
  assert.equal(cells({ type: 'LoadBalancer', clusterIPs: ['x'] })[3], '<pending>');
  assert.equal(cells({ type: 'LoadBalancer', clusterIPs: ['x'] }, { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } })[3], '1.2.3.4');
  assert.deepEqual(cells({ type: 'ExternalName', externalName: 'a.b' }).slice(2, 5), ['<none>', 'a.b', '<none>']);
});

test('unknown kinds and custom resources', () => {
  const object = { metadata: { name: 'x', creationTimestamp: created }, spec: { size: 3, list: [{ type: 'A', v: 'no' }, { type: 'B', v: 'yes' }] } } as KubernetesObject;
  assert.deepEqual(tableFor({ group: 'rbac.authorization.k8s.io', kind: 'Role', builtIn: true }, [object], NOW).rows[0]?.cells, ['x', created]);
  const custom = { group: 'example.com', kind: 'Foo', builtIn: false };
  assert.deepEqual(tableFor(custom, [object], NOW).rows[0]?.cells, ['x', '60m']);
  const table = tableFor(custom, [object], NOW, [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }, { name: 'V', type: 'string', priority: 1, jsonPath: '.spec.list[?(@.type=="B")].v' }, { name: 'None', type: 'string', jsonPath: '.spec.nothing' }, { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' }]);
  assert.deepEqual(table.columnDefinitions.map(({ name, type, priority }) => [name, type, priority]), [['Name', 'string', 0], ['Size', 'integer', 0], ['V', 'string', 1], ['None', 'string', 0], ['Since', 'date', 0]]);
  assert.deepEqual(table.rows[0]?.cells, ['x', 3, 'yes', null, '60m']);
});

test('JSON paths', () => {
  const value = { a: [{ b: 1 }, { b: 2 }], 'c.d': 'e' };
  const find = (path: string): unknown[] => findJsonPath(value, parseJsonPath(path) ?? []);
  assert.deepEqual(find('.a[*].b'), [1, 2]);
  assert.deepEqual(find('{.a[-1].b}'), [2]);
  assert.deepEqual(find("['c.d']"), ['e']);
  assert.deepEqual(find('.c\\.d'), ['e']);
  assert.equal(parseJsonPath('.a[?('), undefined);
});

test('selectors', () => {
  assert.equal(selectorText({ matchLabels: { b: '1' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['y', 'x'] }, { key: 'c', operator: 'DoesNotExist' }] }), 'a in (x,y),b=1,!c');
  assert.equal(selectorText({}), '<none>');
});
