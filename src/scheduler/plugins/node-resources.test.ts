import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { Container } from '../../../schema/v1.37/types/core-v1.ts';
import { PodInfo } from '../state/pod-info.ts';
import { podRequests } from '../state/pod-resources.ts';
import { filtered, node, pod, scored, world } from '../testing/objects.ts';
import { balancedAllocationScore, leastAllocatedScore, nodeResourcesFit } from './node-resources.ts';

const asking = (requests: Record<string, string>): Partial<Container> => ({ resources: { requests } });
const GIB = 2 ** 30;

describe('pod requests', () => {
  it('add up containers and overhead', () => {
    const requests = podRequests(pod('p', { containers: [asking({ cpu: '100m', memory: '1Gi' }), asking({ cpu: '1' })], spec: { overhead: { cpu: '50m' } } }));
    assert.deepEqual(Object.fromEntries(requests), { cpu: 1150, memory: GIB });
  });

  it('are those of an init container where it needs more, with the sidecars started before it', () => {
    const initContainers = [
      { name: 's', restartPolicy: 'Always', ...asking({ cpu: '200m' }) }, { name: 'i', ...asking({ cpu: '900m', memory: '2Gi' }) },
    ] as Container[];
    const requests = podRequests(pod('p', { requests: { cpu: '500m', memory: '1Gi' }, spec: { initContainers } }));
    assert.deepEqual(Object.fromEntries(requests), { cpu: 1100, memory: 2 * GIB });
  });

  it('are those of the pod where it states its own', () => {
    const requests = podRequests(pod('p', { requests: { cpu: '500m', memory: '1Gi' }, spec: { resources: { requests: { cpu: '2' } } } }));
    assert.deepEqual(Object.fromEntries(requests), { cpu: 2000, memory: GIB });
  });

  const resized = (reason?: string) => pod('p', {
    requests: { cpu: '2' },
    status: {
      containerStatuses: [{ name: 'c0', image: '', imageID: '', ready: true, restartCount: 0, allocatedResources: { cpu: '1' }, resources: { requests: { cpu: '1500m' } } }],
      conditions: reason ? [{ type: 'PodResizePending', status: 'True', reason }] : [],
    },
  });

  it('hold the largest of old and new while a pod is resized in place', () => {
    assert.equal(podRequests(resized()).get('cpu'), 2000);
    assert.equal(podRequests(resized('Infeasible')).get('cpu'), 1500);
  });
});

describe('resources fit', () => {
  const cluster = world({
    nodes: [node('small', { cpu: '1', memory: '1Gi' }), node('busy'), node('full', { pods: '1' }), node('gpu', { more: { 'example.com/gpu': '2' } })],
    running: { busy: [pod('x', { requests: { cpu: '3500m', memory: '7Gi' } })], full: [pod('y')] },
  });

  it('names each resource that is short', () => {
    assert.deepEqual(filtered(nodeResourcesFit, pod('p', { requests: { cpu: '2', memory: '2Gi' } }), cluster), {
      small: 'Insufficient cpu, Insufficient memory', busy: 'Insufficient cpu, Insufficient memory', full: 'Too many pods', gpu: '',
    });
  });

  it('counts extended resources', () => {
    const result = filtered(nodeResourcesFit, pod('p', { requests: { 'example.com/gpu': '2' } }), cluster);
    assert.deepEqual([result['gpu'], result['small']], ['', 'Insufficient example.com/gpu']);
  });

  it('tells what preemption could change from what it could not', () => {
    const preparation = nodeResourcesFit.prepare(new PodInfo(pod('p', { requests: { cpu: '2' } })), cluster);
    assert.ok(preparation && 'filter' in preparation);
    const resolvable = (name: string): boolean | undefined => preparation.filter(cluster.node(name) as never)?.resolvable;
    assert.deepEqual([resolvable('small'), resolvable('busy'), resolvable('full')], [false, true, true]);
  });

  it('lets a pod without requests onto a node without free resources', () => {
    const crowded = world({ nodes: [node('a', { cpu: '1' })], running: { a: [pod('x', { requests: { cpu: '1' } })] } });
    assert.deepEqual(filtered(nodeResourcesFit, pod('p'), crowded), { a: '' });
  });
});

describe('least allocated', () => {
  it('gives the share left free over cpu and memory', () => {
    const cluster = world({
      nodes: [node('empty'), node('half')], running: { half: [pod('x', { requests: { cpu: '2', memory: '4Gi' } })] },
    });
    assert.deepEqual(scored(leastAllocatedScore, pod('p', { requests: { cpu: '1', memory: '2Gi' } }), cluster), { empty: 75, half: 25 });
  });

  it('sends a pod that asks for 2Gi to the node with more memory left', () => {
    const cluster = world({ nodes: [node('node1', { memory: '4Gi' }), node('node2', { memory: '8Gi' })] });
    const scores = scored(leastAllocatedScore, pod('p', { requests: { memory: '2Gi' } }), cluster);
    assert.ok((scores['node2'] as number) > (scores['node1'] as number));
  });

  it('counts pods without requests with a default, so that they spread', () => {
    const cluster = world({ nodes: [node('a'), node('b')], running: { a: [pod('x'), pod('y')] } });
    const scores = scored(leastAllocatedScore, pod('p'), cluster);
    assert.ok((scores['b'] as number) > (scores['a'] as number));
  });
});

describe('balanced allocation', () => {
  it('is above 75 where the pod evens out cpu and memory and below where it does not', () => {
    const cluster = world({
      nodes: [node('much-cpu'), node('much-memory')],
      running: { 'much-cpu': [pod('x', { requests: { cpu: '2' } })], 'much-memory': [pod('y', { requests: { memory: '4Gi' } })] },
    });
    assert.deepEqual(scored(balancedAllocationScore, pod('p', { requests: { memory: '4Gi' } }), cluster), { 'much-cpu': 87, 'much-memory': 62 });
  });

  it('has no say about pods without requests', () => {
    assert.deepEqual(scored(balancedAllocationScore, pod('p'), world({ nodes: [node('a')] })), {});
  });
});
