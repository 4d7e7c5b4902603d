import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convertBuiltIn, needsConversion, storagePlace } from './conversion.ts';
import type { ResourceInfo } from './schema.ts';
import { createScheme } from './scheme.ts';

const scheme = createScheme();
const info = (group: string, version: string, resource: string): ResourceInfo => scheme.resource(group, version, resource) as ResourceInfo;

test('events of both groups are stored in one place', () => {
  assert.deepEqual(storagePlace(info('events.k8s.io', 'v1', 'events')), { group: '', version: 'v1', resource: 'events', apiVersion: 'v1' });
  assert.equal(needsConversion(info('events.k8s.io', 'v1', 'events')), true);
  assert.equal(needsConversion(info('', 'v1', 'events')), false);
  assert.equal(needsConversion(info('autoscaling', 'v1', 'horizontalpodautoscalers')), true);
});

test('an event keeps its content through both faces', () => {
  const core = { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e' }, involvedObject: { name: 'x' }, message: 'm', source: {}, count: 2, firstTimestamp: null, reportingComponent: '', reportingInstance: '', eventTime: null };
  const other = convertBuiltIn(core, 'events.k8s.io/v1');
  assert.deepEqual(other, { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'e' }, regarding: { name: 'x' }, note: 'm', deprecatedSource: {}, deprecatedCount: 2, deprecatedFirstTimestamp: null, eventTime: null });
  assert.deepEqual(convertBuiltIn(other, 'v1'), core);
});

test('an autoscaler keeps metrics, behavior and status through v1', () => {
  const v2 = {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h', annotations: { mine: '1' } },
    spec: {
      maxReplicas: 3,
      metrics: [
        { type: 'Pods', pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '10' } } },
        { type: 'Object', object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'q' }, target: { type: 'Value', value: '5' } } },
        { type: 'External', external: { metric: { name: 'e', selector: { matchLabels: { a: 'b' } } }, target: { type: 'AverageValue', averageValue: '7' } } },
        { type: 'ContainerResource', containerResource: { name: 'memory', container: 'c', target: { type: 'AverageValue', averageValue: '1Gi' } } },
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 5, policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] } },
    },
    status: { desiredReplicas: 1, currentReplicas: 2, conditions: [{ type: 'AbleToScale', status: 'True' }], currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '4m' } } }] },
  };
  const before = structuredClone(v2);
  const v1 = convertBuiltIn(v2, 'autoscaling/v1') as any;
  assert.equal(v1.spec.targetCPUUtilizationPercentage, 50);
  assert.equal(v1.status.currentCPUUtilizationPercentage, 40);
  assert.equal(v1.metadata.annotations.mine, '1');
  assert.deepEqual(convertBuiltIn(v1, 'autoscaling/v2'), v2);
  assert.deepEqual(v2, before);
});

test('a v1 autoscaler without target gets the default of 80 percent', () => {
  const v2 = convertBuiltIn({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', spec: { maxReplicas: 3 } }, 'autoscaling/v2') as any;
  assert.deepEqual(v2.spec.metrics, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]);
});
