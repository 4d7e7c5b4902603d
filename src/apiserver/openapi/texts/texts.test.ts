import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Schema } from '../../../api/schema.ts';
import { createScheme } from '../../../api/scheme.ts';
import { send } from '../../testing/http-client.ts';
import { startTestServer } from '../../testing/test-server.ts';
import { parseTexts, readWords } from './index.ts';

/** Kinds all of whose fields, and those below, tell what they are. */
const TOLD = new Set([
  'Pod', 'Service', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'ConfigMap', 'Secret', 'PersistentVolumeClaim', 'PersistentVolume', 'StorageClass', 'Ingress',
  'IngressClass', 'NetworkPolicy', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding', 'HorizontalPodAutoscaler', 'Namespace', 'Node', 'ServiceAccount', 'PodDisruptionBudget',
  'Endpoints', 'EndpointSlice', 'Event', 'LimitRange', 'ResourceQuota', 'PriorityClass', 'Lease', 'CustomResourceDefinition',
]);
/** Sources of volumes that are served no more, groups of pods that are alpha, and the schema of schemas, which upstream leaves without words too. */
const LEFT_OUT = /(?:Glusterfs|RBD|Cinder|CephFS|Flocker|Quobyte|PhotonPersistentDisk|Portworx|ScaleIO|StorageOS)\w*Source$|NodeConfig|v1alpha\d|JSONSchemaProps|ExternalDocumentation/;

test('every field of the kinds in common use has a description', () => {
  const scheme = createScheme(), words = readWords();
  const seen = new Set<string>(), silent: string[] = [];
  const walk = (schema: Schema): void => {
    if (schema.items) walk(schema.items);
    if (schema.values) walk(schema.values);
    if (!schema.name || schema.type !== 'object' || seen.has(schema.name) || LEFT_OUT.test(schema.name)) return;
    seen.add(schema.name);
    if (!words.ofType(schema.name)) silent.push(schema.name);
    for (const field of schema.fields?.values() ?? []) {
      if (!words.ofField(schema.name, field.name)) silent.push(`${schema.name}.${field.name}`);
      walk(field.schema);
    }
  };
  for (const info of scheme.resources()) if (TOLD.has(info.kind)) walk(info.schema);
  assert.deepEqual(silent, []);
  assert.ok(seen.size > 250);
});

test('documents carry the descriptions, beside references too', async () => {
  const server = await startTestServer();
  try {
    const v3 = (await send(server, 'GET', '/openapi/v3/apis/apps/v1')).body.components.schemas;
    assert.match(v3['io.k8s.api.apps.v1.DeploymentSpec'].properties.replicas.description, /1 by default/);
    assert.match(v3['io.k8s.api.apps.v1.DeploymentSpec'].properties.selector.description, /cannot be changed/);
    assert.ok(v3['io.k8s.api.apps.v1.DeploymentSpec'].properties.selector.allOf);
    assert.match(v3['io.k8s.api.apps.v1.Deployment'].description, /equal pods/);
    const v2 = (await send(server, 'GET', '/openapi/v2')).body.definitions;
    assert.ok(v2['io.k8s.api.core.v1.Pod'].properties.spec.$ref && v2['io.k8s.api.core.v1.Pod'].properties.spec.description);
  } finally {
    await server.close();
  }
});

test('a text that says something twice or of nothing is refused', () => {
  assert.equal(parseTexts(['a.v1.B: A thing.\n  c: Its part: the small one.\n']).get('a.v1.B')?.fields.get('c'), 'Its part: the small one.');
  for (const text of ['  c: Lost.', 'a: One.\na: Two.', 'a: One.\n  c: One.\n  c: Two.', 'a: One.\n  c:']) assert.throws(() => parseTexts([text]), /description|field|type/);
});
