import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, ResourceQuota } from '../../../schema/v1.37/types/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { quotaEvaluator } from '../../api/quota/usage.ts';
import { NOW, pod, type PodOptions } from '../testing/objects.ts';
import { concernedByNew, concerns, quotaStatus } from './reconcile.ts';

const quota = (hard: Record<string, string>, spec: object = {}, used?: Record<string, string>): ResourceQuota => ({ metadata: { name: 'q', namespace: 'default' }, spec: { hard, ...spec }, status: { used } });
const asking = (name: string, cpu: string, options: PodOptions = {}): Pod => {
  const made = pod(name, options);
  made.spec!.containers[0]!.resources = { requests: { cpu } };
  return made;
};
const pods = (...objects: Pod[]) => ({ evaluator: quotaEvaluator('', 'pods'), objects: objects as KubernetesObject[] });

test('pods that run are added up, those that ended use only their place', () => {
  const status = quotaStatus(quota({ pods: '5', 'requests.cpu': '2', 'count/pods': '9' }), [pods(asking('a', '250m'), asking('b', '500m'), asking('c', '1', { phase: 'Succeeded' }))], NOW);
  assert.deepEqual(status.used, { pods: '2', 'requests.cpu': '750m', 'count/pods': '3' });
  assert.deepEqual(status.hard, { pods: '5', 'requests.cpu': '2', 'count/pods': '9' });
});

test('without objects all is zero', () => {
  assert.deepEqual(quotaStatus(quota({ pods: '5' }, {}, { pods: '4' }), [pods()], NOW).used, { pods: '0' });
});

test('only pods of all scopes count', () => {
  const bestEffort = quotaStatus(quota({ pods: '5' }, { scopes: ['BestEffort'] }), [pods(asking('a', '1'), pod('b'))], NOW);
  assert.deepEqual(bestEffort.used, { pods: '1' });
});

test('names that nobody answers for keep what is noted', () => {
  assert.deepEqual(quotaStatus(quota({ 'count/widgets.example.com': '5' }, {}, { 'count/widgets.example.com': '3', pods: '1' }), [], NOW).used, { 'count/widgets.example.com': '3' });
});

test('a kind concerns a quota that limits one of its names', () => {
  assert.equal(concerns(quota({ 'count/deployments.apps': '1' }), quotaEvaluator('apps', 'deployments')), true);
  assert.equal(concerns(quota({ secrets: '1' }), quotaEvaluator('', 'configmaps')), false);
});

test('a kind that comes to be served has only those quotas counted that limit it', () => {
  const onPods = quota({ pods: '2' }), onWidgets = quota({ 'count/widgets.example.com': '5' });
  const builtIn = [{ group: '', resource: 'pods' }], all = [...builtIn, { group: 'example.com', resource: 'widgets' }];
  const found = (known: string[] | undefined, served = all): ResourceQuota[] => [...concernedByNew([onPods, onWidgets], known && new Set(known), served)];
  assert.deepEqual(found(undefined), [onPods, onWidgets]);
  assert.deepEqual(found(['/pods']), [onWidgets]);
  assert.deepEqual(found(['/pods', 'example.com/widgets']), []);
  assert.deepEqual(found(['/pods', 'example.com/widgets'], builtIn), []);
});
