import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../../object.ts';
import { createScheme } from '../../scheme.ts';
import type { Field, ResourceInfo, Schema } from '../../schema.ts';
import { StatusError } from '../../status.ts';
import { applyConfiguration, managerName, resetFields, trackUpdate, type ApplyContext } from './index.ts';
import { difference, intersection, members, pathText, recursiveDifference, sorted, union } from './field-set.ts';

const scheme = createScheme();
const NOW = Date.parse('2026-01-01T00:00:00Z');
const contextOf = (info: ResourceInfo, manager: string, subresource = '', time = NOW): ApplyContext => ({
  apiVersion: info.group ? `${info.group}/${info.version}` : info.version, kind: info.kind, schema: info.schema, subresource, manager, time, resetFields: resetFields(info, subresource),
});
const configMaps = scheme.resource('', 'v1', 'configmaps') as ResourceInfo;
const configMap = (data: Record<string, unknown> | undefined, metadata: object = {}): KubernetesObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', uid: 'u', ...metadata }, ...(data ? { data } : {}) });

const fields = (schemas: Record<string, Schema>): Map<string, Field> => new Map(Object.entries(schemas).map(([name, schema]) => [name, { name, schema, required: false }]));
const text: Schema = { type: 'string' };
const widgets: ResourceInfo = {
  group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', singularName: 'widget', namespaced: true, shortNames: [], categories: [], verbs: [],
  listKind: 'WidgetList', subresources: new Map(), storageVersion: 'v1', builtIn: false,
  schema: {
    type: 'object', source: {}, fields: fields({
      spec: {
        type: 'object', fields: fields({
          set: { type: 'array', listType: 'set', items: text },
          list: { type: 'array', items: text },
          items: { type: 'array', listType: 'map', listMapKeys: ['name', 'protocol'], items: { type: 'object', fields: fields({ name: text, protocol: { type: 'string', default: 'TCP' }, value: text, other: text }) } },
          open: { type: 'object', preserveUnknownFields: true },
          atom: { type: 'map', mapType: 'atomic', values: text },
        }),
      },
    }),
  },
};
const widget = (spec: object): KubernetesObject => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec });
const applied = (live: KubernetesObject | undefined, config: KubernetesObject, manager: string, info = configMaps, force = false): KubernetesObject =>
  applyConfiguration(live, config, force, contextOf(info, manager)).object;
const owners = (object: KubernetesObject): Record<string, string[]> => Object.fromEntries((object.metadata?.managedFields ?? []).map((entry) => [`${entry.manager}/${entry.operation}`, [...members(entry.fieldsV1 as {})].map(pathText)]));

test('an applier owns what it names; what it names no more goes away unless another owns it', () => {
  const first = applied(undefined, configMap({ a: '1', b: '2' }), 'one');
  const both = applied(first, configMap({ b: '2', c: '3' }), 'two');
  assert.deepEqual(owners(both), { 'one/Apply': ['.data.a', '.data.b'], 'two/Apply': ['.data.b', '.data.c'] });
  const less = applied(both, configMap({}), 'one');
  assert.deepEqual(less['data'], { b: '2', c: '3' });
  assert.deepEqual(owners(less), { 'one/Apply': ['.data'], 'two/Apply': ['.data.b', '.data.c'] });
});

test('a live object whose list items cannot be told apart is named as what does not fit', () => {
  const live = widget({ set: [{ value: 'no text' }] });
  assert.throws(() => applied(live, widget({ list: ['a'] }), 'one', widgets), (error) => {
    assert.ok(error instanceof StatusError);
    assert.match(error.message, /^failed to create typed live object \(\/w; example\.com\/v1, Kind=Widget\): \.spec\.set: element 0: /);
    return error.code === 500 && error.reason === '';
  });
});

test('a conflict is refused with one cause a field, and force takes over', () => {
  const live = applied(applied(undefined, configMap({ a: '1', b: '2' }), 'one'), configMap({ c: '3' }), 'two');
  assert.throws(() => applied(live, configMap({ a: '9', c: '9' }), 'three'), (error) => {
    assert.ok(error instanceof StatusError);
    assert.equal(error.message, 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\nconflicts with "two":\n- .data.c');
    assert.deepEqual(error.details?.causes?.[0], { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' });
    return error.code === 409;
  });
  const forced = applied(live, configMap({ a: '9', c: '9' }), 'three', configMaps, true);
  assert.deepEqual(forced['data'], { a: '9', b: '2', c: '9' });
  assert.deepEqual(owners(forced), { 'one/Apply': ['.data.b'], 'three/Apply': ['.data.a', '.data.c'] });
});

test('the same value may be owned by several; applying the same again changes nothing', () => {
  const live = applied(undefined, configMap({ a: '1' }), 'one');
  const again = applyConfiguration(live, configMap({ a: '1' }), false, contextOf(configMaps, 'one', '', NOW + 60_000));
  assert.equal(again.changed, false);
  assert.deepEqual(again.object, live);
});

test('sets, keyed lists with defaulted keys, open objects, atomic lists and maps', () => {
  const live = applied(undefined, widget({ set: ['a', 'b'], items: [{ name: 'x' }, { name: 'x', protocol: 'UDP', value: '1' }], open: { deep: { k: [1] } }, atom: { a: '1' } }), 'one', widgets);
  const both = applied(live, widget({ set: ['c'], items: [{ name: 'x', protocol: 'TCP', value: 'v' }], open: { deep: { l: 2 } } }), 'two', widgets);
  assert.deepEqual(both['spec'], { set: ['a', 'b', 'c'], items: [{ name: 'x', protocol: 'TCP', value: 'v' }, { name: 'x', protocol: 'UDP', value: '1' }], open: { deep: { k: [1], l: 2 } }, atom: { a: '1' } });
  assert.deepEqual(owners(both)['two/Apply'], ['.spec.items[name="x",protocol="TCP"]', '.spec.items[name="x",protocol="TCP"].name', '.spec.items[name="x",protocol="TCP"].protocol', '.spec.items[name="x",protocol="TCP"].value', '.spec.open.deep', '.spec.open.deep.l', '.spec.set[="c"]']);
  assert.throws(() => applied(both, widget({ atom: { b: '2' } }), 'two', widgets), /conflict with "one": \.spec\.atom/);
  const gone = applied(both, widget({ items: [{ name: 'x', protocol: 'UDP', value: '1' }] }), 'one', widgets);
  assert.deepEqual(gone['spec'], { set: ['c'], items: [{ name: 'x', protocol: 'TCP', value: 'v' }, { name: 'x', protocol: 'UDP', value: '1' }], open: { deep: { l: 2 } } });
});

test('what the schema does not declare is refused', () => {
  const refuses = (spec: object, message: string): void => assert.throws(() => applied(undefined, widget(spec), 'one', widgets), (error) => error instanceof StatusError && error.code === 500 && (assert.equal(error.message, message), true));
  refuses({ nope: 1 }, 'failed to create typed patch object (/w; example.com/v1, Kind=Widget): .spec.nope: field not declared in schema');
  refuses({ set: ['a', 'a'], list: 5 }, 'failed to create typed patch object (/w; example.com/v1, Kind=Widget): errors:\n  .spec.list: expected list, got &{5}\n  .spec.set: duplicate entries for key [="a"]');
  assert.throws(() => applied(undefined, { ...widget({}), apiVersion: 'v1' }, 'one', widgets), /invalid object type: \/v1, Kind=Widget/);
  assert.throws(() => applied(undefined, { ...widget({}), metadata: { name: 'w', managedFields: [] } }, 'one', widgets), /metadata.managedFields must be nil/);
});

test('updates are tracked by manager, version and subresource', () => {
  const created = configMap({ a: '1' });
  created.metadata = { ...created.metadata, managedFields: trackUpdate(undefined, created, contextOf(configMaps, 'one')) };
  const changed = configMap({ a: '2', b: '1' });
  const entries = trackUpdate(created, changed, contextOf(configMaps, 'two'));
  assert.deepEqual(entries, [
    { manager: 'one', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } },
    { manager: 'two', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } },
  ]);
});

test('an update that changes nothing gives back the very entries', () => {
  const live = configMap({ a: '1' });
  live.metadata = { ...live.metadata, managedFields: trackUpdate(undefined, live, contextOf(configMaps, 'one')) };
  assert.equal(trackUpdate(live, structuredClone(live), contextOf(configMaps, 'two')), live.metadata.managedFields);
  assert.equal(trackUpdate(live, { ...live, metadata: { ...live.metadata, resourceVersion: '5' } }, contextOf(configMaps, 'two')), live.metadata.managedFields);
});

test('an empty managedFields list forgets all owners; then updates are not tracked until somebody applies', () => {
  const live = configMap({ a: '1' });
  live.metadata = { ...live.metadata, managedFields: trackUpdate(undefined, live, contextOf(configMaps, 'one')) };
  const reset = configMap({ a: '1' }, { managedFields: [] });
  assert.equal(trackUpdate(live, reset, contextOf(configMaps, 'one')), undefined);
  assert.equal(trackUpdate(configMap({ a: '1' }), configMap({ a: '2' }), contextOf(configMaps, 'one')), undefined);
  const after = applied(configMap({ a: '1' }), configMap({ b: '1' }), 'two');
  assert.deepEqual(owners(after), { 'two/Apply': ['.data.b'], 'before-first-apply/Update': ['.data', '.data.a'] });
});

test('above ten updaters the oldest become one', () => {
  let live = configMap({});
  live.metadata = { ...live.metadata, managedFields: trackUpdate(undefined, configMap({ k: 'v' }), contextOf(configMaps, 'm', '', NOW)) };
  live['data'] = { k: 'v' };
  for (let index = 0; index < 14; index++) {
    const next = { ...live, data: { ...(live['data'] as object), [`k${index}`]: 'v' } };
    live = { ...next, metadata: { ...next.metadata, managedFields: trackUpdate(live, next, contextOf(configMaps, `m${index}`, '', NOW + (index + 1) * 1000)) } };
  }
  const names = live.metadata?.managedFields?.map(({ manager }) => manager) as string[];
  assert.equal(names.length, 10);
  assert.equal(names[0], 'ancient-changes');
  assert.equal(names.at(-1), 'm13');
});

test('what an endpoint resets is owned by nobody', () => {
  const deployments = scheme.resource('apps', 'v1', 'deployments') as ResourceInfo;
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd', labels: { a: 'b' } }, spec: { replicas: 1 }, status: { replicas: 5 } };
  assert.deepEqual(trackUpdate(undefined, object, contextOf(deployments, 'one'))?.[0]?.fieldsV1, { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } }, 'f:spec': { 'f:replicas': {} } });
  assert.deepEqual(trackUpdate({ ...object, status: {} }, object, contextOf(deployments, 'one', 'status')), [{ manager: 'one', operation: 'Update', apiVersion: 'apps/v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:status': { 'f:replicas': {} } }, subresource: 'status' }]);
});

test('a manager that wrote through another version loses what is changed through this one', () => {
  const v1 = scheme.resource('autoscaling', 'v1', 'horizontalpodautoscalers') as ResourceInfo;
  const v2 = scheme.resource('autoscaling', 'v2', 'horizontalpodautoscalers') as ResourceInfo;
  const metrics = (target: number): object[] => [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }];
  const old = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h' }, spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 50 } };
  const managedFields = trackUpdate(undefined, old, contextOf(v1, 'one'));
  const live = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', uid: 'u', managedFields }, spec: { maxReplicas: 3, metrics: metrics(50) } };
  const entries = trackUpdate(live, { ...live, spec: { maxReplicas: 3, metrics: metrics(60) } }, contextOf(v2, 'two'));
  assert.deepEqual(entries?.map(({ manager, fieldsV1 }) => [manager, fieldsV1]), [['one', { 'f:spec': { 'f:maxReplicas': {} } }], ['two', { 'f:spec': { 'f:metrics': {} } }]]);
});

test('kubectl takes over what it applied from the client before', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const last = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: '1' } });
  const live = configMap({ a: '1' }, { annotations: { [annotation]: last } });
  live.metadata = { ...live.metadata, managedFields: trackUpdate(undefined, live, contextOf(configMaps, 'kubectl-client-side-apply')) };
  assert.throws(() => applied(live, configMap({ a: '2' }), 'other'), /conflict with "kubectl-client-side-apply" using v1: \.data\.a/);
  const taken = applied(live, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { a: '2' } }, 'kubectl');
  assert.deepEqual(taken['data'], { a: '2' });
  assert.equal(taken.metadata?.annotations?.[annotation], '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"x"}}\n');
});

test('inputs of apply and tracking stay unchanged', () => {
  const live = applied(undefined, widget({ set: ['a'], items: [{ name: 'x', value: '1' }] }), 'one', widgets);
  const config = widget({ set: ['b'], items: [{ name: 'x', other: '2' }] });
  const before = structuredClone({ live, config });
  applied(live, config, 'two', widgets);
  trackUpdate(live, widget({ set: [] }), contextOf(widgets, 'three'));
  assert.deepEqual({ live, config }, before);
});

test('the manager is named by the query or the user agent', () => {
  assert.equal(managerName('mine', 'kubectl/v1'), 'mine');
  assert.equal(managerName('', 'kube-controller-manager/v1.37 (linux)'), 'kube-controller-manager');
});

test('set algebra', () => {
  const left = { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} }, 'f:d': { 'f:e': {} } };
  const right = { 'f:b': {}, 'f:d': { 'f:e': {}, 'f:f': {} } };
  assert.deepEqual(union(left, right), { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {} }, 'f:d': { 'f:e': {}, 'f:f': {} } });
  assert.deepEqual(difference(left, right), { 'f:a': {}, 'f:b': { 'f:c': {} } });
  assert.deepEqual(recursiveDifference(left, right), { 'f:a': {} });
  assert.deepEqual(intersection(left, right), { 'f:b': {}, 'f:d': { 'f:e': {} } });
  assert.deepEqual(Object.keys(sorted({ 'v:1': {}, 'k:{}': {}, 'f:b': {}, '.': {}, 'f:a': {} })), ['.', 'f:a', 'f:b', 'k:{}', 'v:1']);
});
