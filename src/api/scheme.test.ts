import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersions, createScheme } from './scheme.ts';
import { definitionNames, definitionSchema } from './schema-tables.ts';
import type { ResourceInfo, Schema } from './schema.ts';

test('the scheme serves the stable versions, and others when asked to', () => {
  const scheme = createScheme();
  assert.equal(scheme.resource('', 'v1', 'pods')?.kind, 'Pod');
  assert.equal(scheme.resource('resource.k8s.io', 'v1beta1', 'resourceclaims'), undefined);
  assert.deepEqual(scheme.groups().find(({ group }) => group === 'autoscaling'), { group: 'autoscaling', versions: ['v2', 'v1'], preferredVersion: 'v2' });
  const all = createScheme({ enabled: () => true });
  assert.ok(all.resource('resource.k8s.io', 'v1beta1', 'resourceclaims'));
  assert.ok(all.resources().length > scheme.resources().length);
});

test('every resource and subresource has a schema, and every field resolves', () => {
  const scheme = createScheme({ enabled: () => true });
  for (const info of scheme.resources()) {
    assert.ok(info.schema, info.resource);
    for (const sub of info.subresources.values()) assert.ok(sub.schema, `${info.resource}/${sub.name}`);
  }
  for (const name of definitionNames()) for (const field of definitionSchema(name)?.fields?.values() ?? []) assert.ok(field.schema, `${name}.${field.name}`);
});

test('kinds that are no resource are known in every group', () => {
  const scheme = createScheme();
  for (const kind of ['DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions', 'GetOptions', 'ListOptions', 'Status', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList', 'WatchEvent', 'APIGroupList', 'APIResourceList']) {
    assert.ok(scheme.kindSchema('', 'v1', kind), kind);
    assert.ok(scheme.kindSchema('apps', 'v1', kind), kind);
  }
  for (const [group, kind] of [['policy', 'Eviction'], ['autoscaling', 'Scale'], ['', 'Binding'], ['authentication.k8s.io', 'TokenRequest'], ['apps', 'DeploymentList']] as const) assert.ok(scheme.kindSchema(group, 'v1', kind), kind);
  assert.equal(scheme.kindSchema('', 'v1', 'Nonsense'), undefined);
});

test('facts of fields: merge keys, list types, defaults, protobuf numbers', () => {
  const fields = definitionSchema('io.k8s.api.core.v1.Container')?.fields;
  const ports = fields?.get('ports');
  assert.deepEqual([ports?.listType, ports?.listMapKeys, ports?.patchMergeKey, ports?.protobufNumber], ['map', ['containerPort', 'protocol'], 'containerPort', 6]);
  assert.equal(definitionSchema('io.k8s.api.core.v1.ContainerPort')?.fields?.get('protocol')?.default, 'TCP');
  assert.deepEqual(definitionSchema('io.k8s.api.core.v1.Volume')?.fields?.get('emptyDir')?.protobufInside, [2]);
});

test('resources of CRDs come and go, and listeners hear of it', () => {
  const scheme = createScheme();
  const schema: Schema = { type: 'object', fields: new Map() };
  const widget: ResourceInfo = {
    group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', singularName: 'widget', namespaced: true, shortNames: [], categories: [],
    verbs: ['get'], schema, listKind: 'WidgetList', subresources: new Map(), storageVersion: 'v1', builtIn: false,
  };
  let changes = 0;
  const end = scheme.onChange(() => { changes++; });
  scheme.register(widget);
  assert.equal(scheme.kind('example.com', 'v1', 'Widget'), widget);
  assert.equal(scheme.kindSchema('example.com', 'v1', 'WidgetList')?.fields?.get('items')?.schema.items, schema);
  assert.ok(scheme.groups().some(({ group }) => group === 'example.com'));
  scheme.unregister('example.com', 'v1', 'widgets');
  assert.equal(scheme.resource('example.com', 'v1', 'widgets'), undefined);
  assert.ok(!scheme.groups().some(({ group }) => group === 'example.com'));
  end();
  scheme.register(widget);
  assert.equal(changes, 2);
});

test('versions are ordered as Kubernetes orders them', () => {
  assert.deepEqual(['v1alpha1', 'foo', 'v1', 'v2beta1', 'v2', 'v1beta2', 'v10', 'bar'].sort(compareVersions), ['v10', 'v2', 'v1', 'v2beta1', 'v1beta2', 'v1alpha1', 'bar', 'foo']);
});
