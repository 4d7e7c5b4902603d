import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalDiff, internalFieldType, internalJson } from './internal-form.ts';
import { unifiedDiff } from './unified-diff.ts';

test('a value is shown with every field of the internal type, in its order', () => {
  assert.equal(internalJson('*core.SecurityContext', undefined), 'null');
  assert.equal(internalJson('core.ResourceRequirements', { requests: { memory: '1Gi', cpu: '1' } }), '{"Limits":null,"Requests":{"cpu":"1","memory":"1Gi"},"Claims":null}');
  assert.equal(internalJson('core.Volume', { name: '<v>', emptyDir: {} }).slice(0, 63), '{"Name":"\\u003cv\\u003e","HostPath":null,"EmptyDir":{"Medium":""');
});

test('metadata inside a template is shown as clients know it', () => {
  const shown = internalJson('core.PodTemplateSpec', { metadata: { labels: { app: 'x' } }, spec: { containers: [] } });
  assert.ok(shown.startsWith('{"labels":{"app":"x"},"Spec":{"Volumes":null,'), shown);
  assert.equal(internalFieldType('batch.JobSpec', 'template'), 'core.PodTemplateSpec');
});

test('a diff shows the lines around a change', () => {
  assert.equal(internalDiff('core.PersistentVolumeClaimSpec', { accessModes: ['ReadWriteOnce'] }, { accessModes: ['ReadWriteMany'] }),
    '@@ -1,6 +1,6 @@\n {\n  "AccessModes": [\n-  "ReadWriteOnce"\n+  "ReadWriteMany"\n  ],\n  "Selector": null,\n  "Resources": {\n');
  assert.equal(internalDiff('core.PersistentVolumeClaimSpec', {}, {}), '');
});

test('changes far apart are hunks of their own', () => {
  const lines = Array.from({ length: 20 }, (_, index) => String(index));
  const changed = lines.with(1, 'one').toSpliced(17, 1);
  assert.equal(unifiedDiff(lines, changed), '@@ -1,5 +1,5 @@\n 0\n-1\n+one\n 2\n 3\n 4\n@@ -15,6 +15,5 @@\n 14\n 15\n 16\n-17\n 18\n 19\n');
});
