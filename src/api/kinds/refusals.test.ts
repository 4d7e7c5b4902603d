import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson } from '../codec/json.ts';
import type { RuleContext } from '../kind-rules.ts';
import type { Schema } from '../schema.ts';
import { definitionSchema } from '../schema-tables.ts';
import { kindRules } from './index.ts';

const context = { now: 0, operation: 'create', subresource: '', group: '', namespace: 'd', options: { allowDuplicatePorts: false } } as unknown as RuleContext;
type Fields = Record<string, unknown>;
const object = (fields: Fields): never => ({ metadata: { name: 'x', namespace: 'd' }, ...fields }) as never;
const clusterWide = (fields: Fields): never => ({ metadata: { name: 'x' }, ...fields }) as never;

function created(group: string, kind: string, made: never): string[] {
  const rules = kindRules(group, kind);
  rules?.default?.(made);
  return (rules?.validate?.(made, context) ?? []).map(({ field, detail }) => `${field}: ${detail}`);
}

test('pod ranges of a node that cannot be read are two findings', () => {
  const found = created('', 'Node', clusterWide({ spec: { podCIDRs: ['10.1.0.0/24', '5'] } }));
  assert.ok(found.includes('spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: 5)'), String(found));
  assert.ok(found.includes('spec.podCIDRs: Invalid value: ["10.1.0.0/24","5"]: may specify no more than one CIDR for each IP family'), String(found));
});

test('mount options in an annotation are for some volumes only', () => {
  const volume = (source: Fields): never => ({ metadata: { name: 'x', annotations: { 'volume.beta.kubernetes.io/mount-options': 'a' } }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...source } }) as never;
  const refusal = 'metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type';
  assert.ok(created('', 'PersistentVolume', volume({ hostPath: { path: '/a' } })).includes(refusal));
  assert.deepEqual(created('', 'PersistentVolume', volume({ nfs: { server: 'a', path: '/a' } })), []);
});

test('the data of a revision is an object', () => {
  assert.deepEqual(created('apps', 'ControllerRevision', object({ revision: 1, data: [{}] })), ['data: Required value: data must be a valid JSON object']);
  assert.deepEqual(created('apps', 'ControllerRevision', object({ revision: 1, data: {} })), []);
});

test('a metric of containers names a resource and a container that can be', () => {
  const target = { type: 'Utilization', averageUtilization: 50 };
  const scaled = (containerResource: Fields): string[] => created('autoscaling', 'HorizontalPodAutoscaler', object({
    apiVersion: 'autoscaling/v2', spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }, metrics: [{ type: 'ContainerResource', containerResource: { ...containerResource, target } }] },
  }));
  assert.deepEqual(scaled({ name: 'cpu', container: 'a' }), []);
  assert.deepEqual(scaled({ name: '*', container: 'a b' }).map((text) => text.split(':')[0]), ['spec.metrics[0].containerResource.name', 'spec.metrics[0].containerResource.name', 'spec.metrics[0].containerResource.container']);
});

test('scopes of a quota may not become an empty one', () => {
  const quota = (spec: Fields): never => object({ spec: { hard: { pods: '1' }, ...spec } });
  const found = (kindRules('', 'ResourceQuota')?.validateUpdate?.(quota({ scopes: [''] }), quota({}), context) ?? []).map(({ detail }) => detail);
  assert.ok(found.includes('Invalid value: [""]: field is immutable'), String(found));
});

test('the generation of a network policy grows when something empty is given in place of nothing', () => {
  const policy = (podSelector: string): never => decodeJson(`{"metadata":{"name":"x","namespace":"d","generation":1},"spec":{"podSelector":${podSelector}}}`, definitionSchema('io.k8s.api.networking.v1.NetworkPolicy') as Schema).object as never;
  const generation = (podSelector: string): unknown => {
    const now = policy(podSelector) as { metadata: { generation?: number } };
    kindRules('networking.k8s.io', 'NetworkPolicy')?.prepareForUpdate?.(now as never, policy('{}'), context);
    return now.metadata.generation;
  };
  assert.deepEqual([generation('{}'), generation('{"matchLabels":{}}'), generation('{"matchLabels":{"a":"b"}}')], [1, 2, 2]);
});
