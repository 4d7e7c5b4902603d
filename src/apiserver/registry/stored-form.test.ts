import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../../api/scheme.ts';
import { JSON_FORM, upstreamForm } from './stored-form.ts';

const form = upstreamForm(createScheme());
const text = (value: Uint8Array): string => new TextDecoder().decode(value);

test('resources stand below the keys that upstream gives them, and are known by them', () => {
  const places: [group: string, resource: string, prefix: string, name: string][] = [
    ['', 'pods', '/registry/pods/', 'pods'], ['', 'services', '/registry/services/specs/', 'services'], ['', 'endpoints', '/registry/services/endpoints/', 'endpoints'],
    ['', 'nodes', '/registry/minions/', 'nodes'], ['', 'replicationcontrollers', '/registry/controllers/', 'replicationcontrollers'],
    ['apps', 'deployments', '/registry/deployments/', 'deployments.apps'], ['networking.k8s.io', 'ingresses', '/registry/ingress/', 'ingresses.networking.k8s.io'],
    ['apiextensions.k8s.io', 'customresourcedefinitions', '/registry/apiextensions.k8s.io/customresourcedefinitions/', 'customresourcedefinitions.apiextensions.k8s.io'],
    ['bears.example', 'pandas', '/registry/bears.example/pandas/', 'pandas.bears.example'],
  ];
  for (const [group, resource, prefix, name] of places) {
    assert.equal(form.prefix({ group, resource }), prefix);
    assert.equal(form.resourceAt(`${prefix}default/x`), name);
    assert.equal(JSON_FORM.resourceAt(`${JSON_FORM.prefix({ group, resource })}default/x`), name);
  }
  assert.equal(form.resourceAt('compact_rev_key'), undefined);
});

test('built-in kinds are protobuf, all others JSON, and both come back as they were', () => {
  const map = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default' }, data: { x: 'y' } };
  const panda = { kind: 'Panda', apiVersion: 'bears.example/v1', metadata: { name: 'p' }, spec: { x: [1, null] } };
  assert.ok(text(form.encode(map)).startsWith('k8s\0'));
  assert.equal(text(form.encode(panda)), JSON.stringify(panda));
  assert.deepEqual(form.decode(form.encode(panda)), panda);
  const { metadata, data } = form.decode(form.encode(map)) as typeof map;
  assert.deepEqual([metadata.name, data], ['a', { x: 'y' }]);
});

test('a definition in the form in which upstream stores it is read as v1', () => {
  const stored = {
    kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1beta1', metadata: { name: 'pandas.bears.example' },
    spec: {
      group: 'bears.example', version: 'v1', names: { plural: 'pandas', kind: 'Panda' }, scope: 'Namespaced', validation: { openAPIV3Schema: { type: 'object' } },
      additionalPrinterColumns: [{ name: 'A', type: 'string', JSONPath: '.spec.a' }], versions: [{ name: 'v1', served: true, storage: true }],
      conversion: { strategy: 'Webhook', webhookClientConfig: { url: 'https://x' }, conversionReviewVersions: ['v1'] }, preserveUnknownFields: false,
    },
  };
  assert.deepEqual(form.decode(new TextEncoder().encode(JSON.stringify(stored))), {
    kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', metadata: { name: 'pandas.bears.example' },
    spec: {
      group: 'bears.example', names: { plural: 'pandas', kind: 'Panda' }, scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } }, additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }] }],
      conversion: { strategy: 'Webhook', webhook: { clientConfig: { url: 'https://x' }, conversionReviewVersions: ['v1'] } },
    },
  });
});
