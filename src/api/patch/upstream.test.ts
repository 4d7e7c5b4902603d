/** Replays what upstream's API server did (recorded in testdata) and compares owners, objects and refusals. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeObject } from '../codec/json.ts';
import type { KubernetesObject } from '../object.ts';
import { createScheme } from '../scheme.ts';
import type { ResourceInfo } from '../schema.ts';
import { StatusError, type Status } from '../status.ts';
import { applyConfiguration, applyPatch, resetFields, trackUpdate, type ApplyContext, type PatchType } from './index.ts';

interface Step {
  resource: string; operation: 'create' | 'put' | 'apply' | 'force' | Exclude<PatchType, 'apply'>; manager: string; subresource: string;
  request: unknown; before?: KubernetesObject | 'previous'; after: KubernetesObject | Status;
}
const steps = JSON.parse(readFileSync(new URL('testdata/apply-trace.json', import.meta.url), 'utf8')) as Step[];
const scheme = createScheme();

const withoutTimes = (entries: unknown): unknown => JSON.parse(JSON.stringify(entries ?? [], (key, value) => (key === 'time' ? undefined : value)));

/** When upstream wrote: the newest time in its answer. */
const timeOf = (after: KubernetesObject): number => Math.max(0, ...(after.metadata?.managedFields ?? []).map(({ time }) => (time ? Date.parse(time) : 0)));

/** Runs a step with our code; content that defaults or admission add is taken from upstream's answer. */
function replay(step: Step, before: KubernetesObject | undefined, info: ResourceInfo): { managedFields: unknown } {
  const context: ApplyContext = {
    apiVersion: info.group ? `${info.group}/${info.version}` : info.version, kind: info.kind, schema: info.schema, subresource: step.subresource,
    manager: step.manager, time: timeOf(step.after as KubernetesObject), resetFields: resetFields(info, step.subresource),
  };
  const after = step.after as KubernetesObject;
  const written = (managedFields: unknown): KubernetesObject => ({ ...after, metadata: { ...after.metadata, managedFields: managedFields as [] } });
  switch (step.operation) {
    case 'create': return { managedFields: trackUpdate(undefined, written(undefined), context) };
    case 'put': return { managedFields: trackUpdate(before, written((step.request as KubernetesObject).metadata?.managedFields), context) };
    case 'apply': case 'force':
      return { managedFields: applyConfiguration(before, step.request as KubernetesObject, step.operation === 'force', context).object.metadata?.managedFields };
    default: {
      const patched = decodeObject<KubernetesObject>(applyPatch(step.operation, before as KubernetesObject, step.request, info.schema), info.schema).object;
      assert.deepEqual(patched.metadata?.labels, after.metadata?.labels);
      assert.deepEqual(patched.metadata?.finalizers, after.metadata?.finalizers);
      return { managedFields: trackUpdate(before, written(patched.metadata?.managedFields), context) };
    }
  }
}

let previous: KubernetesObject | undefined;
for (const [index, step] of steps.entries()) {
  const before = step.before === 'previous' ? previous : step.before;
  if (step.after.kind !== 'Status') previous = step.after as KubernetesObject;
  const [group, version, resource] = step.resource.split('/') as [string, string, string];
  test(`step ${index}: ${step.operation} ${resource} by ${step.manager}`, () => {
    const info = scheme.resource(group, version, resource) as ResourceInfo;
    if (step.after.kind !== 'Status') {
      assert.deepEqual(withoutTimes(replay(step, before, info).managedFields), withoutTimes((step.after as KubernetesObject).metadata?.managedFields));
      return;
    }
    const expected = step.after as Status;
    assert.throws(() => replay(step, before, info), (error) => {
      assert.ok(error instanceof StatusError, String(error));
      assert.equal(error.message, expected.message);
      assert.equal(error.code, expected.code);
      assert.deepEqual(error.details?.causes, expected.details?.causes);
      return true;
    });
  });
}
