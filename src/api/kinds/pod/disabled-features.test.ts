import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropDisabledFeatures } from './disabled-features.ts';
import type { PodSpec } from './types.ts';

const spec = (): PodSpec => ({
  containers: [{ name: 'a', lifecycle: { stopSignal: 'SIGTERM' } }, { name: 'b', lifecycle: { stopSignal: 'SIGTERM', preStop: { httpGet: { port: 80, protocol: 'HTTP2' } } } }],
  volumes: [{ name: 'v', emptyDir: { mode: 448 } }], schedulingGroup: { podGroupName: 'g' },
});

test('fields of features that are off are dropped, and a lifecycle that had nothing else', () => {
  const now = spec();
  const metadata = { annotations: { a: 'b', 'pod.beta.kubernetes.io/init-containers': '[]' } };
  dropDisabledFeatures(now, undefined, metadata);
  assert.deepEqual(now, { containers: [{ name: 'a' }, { name: 'b', lifecycle: { preStop: { httpGet: { port: 80 } } } }], volumes: [{ name: 'v', emptyDir: {} }] });
  assert.deepEqual(metadata, { annotations: { a: 'b' } });
});

test('a feature that the object used before stays', () => {
  const now = spec();
  dropDisabledFeatures(now, { containers: [], volumes: [{ name: 'w', emptyDir: { mode: 1 } }] }, undefined);
  assert.deepEqual(now.volumes, spec().volumes);
  assert.equal(now.schedulingGroup, undefined);
});
