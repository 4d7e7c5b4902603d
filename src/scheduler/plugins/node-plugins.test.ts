import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { PodInfo } from '../state/pod-info.ts';
import { filtered, node, pod, scored, world } from '../testing/objects.ts';
import { nodeAffinityFilter, nodeAffinityScore } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { taintFilter, taintScore } from './taint-toleration.ts';
import { imageLocality } from './image-locality.ts';
import { dynamicResources } from './dynamic-resources.ts';

const SELECTOR_REASON = "node(s) didn't match Pod's node affinity/selector";
const required = (matchExpressions: object[], matchFields: object[] = []) =>
  ({ spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions, matchFields }] } } } } }) as never;

describe('node name', () => {
  it('takes only the named node', () => {
    const cluster = world({ nodes: [node('a'), node('b')] });
    assert.deepEqual(filtered(nodeName, pod('p', { spec: { nodeName: 'b' } }), cluster), { a: "node(s) didn't match the requested node name", b: '' });
    assert.deepEqual(filtered(nodeName, pod('p'), cluster), {});
  });
});

describe('node selector and affinity', () => {
  const cluster = world({ nodes: [node('a', { labels: { disk: 'ssd', size: '4' } }), node('b', { labels: { disk: 'hdd', size: '16' } }), node('c')] });

  it('asks for every label of nodeSelector', () => {
    assert.deepEqual(filtered(nodeAffinityFilter, pod('p', { spec: { nodeSelector: { disk: 'ssd' } } }), cluster), { a: '', b: SELECTOR_REASON, c: SELECTOR_REASON });
  });

  for (const [operator, values, fits] of [
    ['In', ['ssd', 'nvme'], 'a'], ['NotIn', ['ssd'], 'bc'], ['Exists', undefined, 'ab'], ['DoesNotExist', undefined, 'c'],
  ] as const) {
    it(`knows the operator ${operator}`, () => {
      const result = filtered(nodeAffinityFilter, pod('p', required([{ key: 'disk', operator, values }])), cluster);
      assert.equal(Object.keys(result).filter((name) => result[name] === '').join(''), fits);
    });
  }

  it('compares whole numbers with Gt and Lt', () => {
    const fits = (operator: string): string => {
      const result = filtered(nodeAffinityFilter, pod('p', required([{ key: 'size', operator, values: ['8'] }])), cluster);
      return Object.keys(result).filter((name) => result[name] === '').join('');
    };
    assert.deepEqual([fits('Gt'), fits('Lt')], ['b', 'a']);
  });

  it('matches nothing with an empty term', () => {
    assert.deepEqual(new Set(Object.values(filtered(nodeAffinityFilter, pod('p', required([])), cluster))), new Set([SELECTOR_REASON]));
  });

  it('narrows the search to nodes named by metadata.name', () => {
    const preparation = nodeAffinityFilter.prepare(new PodInfo(pod('p', required([], [{ key: 'metadata.name', operator: 'In', values: ['b'] }]))), cluster);
    assert.ok(preparation && 'only' in preparation);
    assert.deepEqual([...(preparation.only ?? [])], ['b']);
  });

  it('scores preferred terms by their weights', () => {
    const preferred = pod('p', {
      spec: { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 30, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } },
        { weight: 30, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
      ] } } },
    });
    assert.deepEqual(scored(nodeAffinityScore, preferred, cluster), { a: 100, b: 50, c: 0 });
    assert.deepEqual(scored(nodeAffinityScore, pod('p'), cluster), {});
  });
});

describe('taints', () => {
  const taint = (key: string, effect: string, value = '') => ({ spec: { taints: [{ key, effect, value }] } });
  const cluster = world({ nodes: [node('a', taint('gpu', 'NoSchedule', 'yes')), node('b', taint('slow', 'PreferNoSchedule')), node('c', taint('dying', 'NoExecute'))] });

  it('keeps pods off unless they tolerate key, value and effect', () => {
    const reason = 'node(s) had untolerated taint(s)';
    assert.deepEqual(filtered(taintFilter, pod('p'), cluster), { a: reason, b: '', c: reason });
    const tolerations = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }, { key: 'dying', operator: 'Exists' }];
    assert.deepEqual(filtered(taintFilter, pod('p', { spec: { tolerations } }), cluster), { a: '', b: '', c: '' });
    assert.deepEqual(filtered(taintFilter, pod('p', { spec: { tolerations: [{ key: 'gpu', value: 'no' }] } }), cluster).a, reason);
    assert.deepEqual(filtered(taintFilter, pod('p', { spec: { tolerations: [{ operator: 'Exists' }] } }), cluster), { a: '', b: '', c: '' });
  });

  it('prefers nodes without PreferNoSchedule taints', () => {
    assert.deepEqual(scored(taintScore, pod('p'), cluster), { a: 100, b: 0, c: 100 });
    assert.deepEqual(scored(taintScore, pod('p', { spec: { tolerations: [{ key: 'slow', operator: 'Exists' }] } }), cluster), { a: 100, b: 100, c: 100 });
  });
});

describe('cordoned nodes', () => {
  const cluster = world({ nodes: [node('a', { spec: { unschedulable: true } }), node('b')] });

  it('take only pods that tolerate it', () => {
    assert.deepEqual(filtered(nodeUnschedulable, pod('p'), cluster), { a: 'node(s) were unschedulable', b: '' });
    const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }];
    assert.deepEqual(filtered(nodeUnschedulable, pod('p', { spec: { tolerations } }), cluster), {});
  });
});

describe('host ports', () => {
  const withPort = (name: string, hostPort: number, hostIP?: string, protocol?: string) =>
    pod(name, { containers: [{ ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}), ...(protocol ? { protocol } : {}) }] }] });
  const cluster = world({ nodes: [node('a'), node('b'), node('c')], running: { a: [withPort('x', 80)], b: [withPort('y', 80, '10.0.0.1')] } });
  const conflict = "node(s) didn't have free ports for the requested pod ports";

  it('conflict on the same protocol, port and address', () => {
    assert.deepEqual(filtered(nodePorts, withPort('p', 80), cluster), { a: conflict, b: conflict, c: '' });
    assert.deepEqual(filtered(nodePorts, withPort('p', 80, '10.0.0.2'), cluster), { a: conflict, b: '', c: '' });
    assert.deepEqual(filtered(nodePorts, withPort('p', 80, undefined, 'UDP'), cluster), { a: '', b: '', c: '' });
    assert.deepEqual(filtered(nodePorts, pod('p'), cluster), {});
  });

  it('are free again when the pod is gone', () => {
    const other = world({ nodes: [node('a')], running: { a: [withPort('x', 80)] } });
    other.removePod('default/x');
    assert.deepEqual(filtered(nodePorts, withPort('p', 80), other), { a: '' });
  });
});

describe('image locality', () => {
  const GIB = 2 ** 30;

  it('prefers nodes that have a large image, less so when few nodes have it', () => {
    const image: [string, number][] = [['app:latest', GIB]];
    assert.deepEqual(scored(imageLocality, pod('p'), world({ nodes: [node('a', { images: image }), node('b', { images: image })] })), { a: 100, b: 100 });
    const one = scored(imageLocality, pod('p'), world({ nodes: [node('a', { images: image }), node('b')] }));
    assert.deepEqual(one, { a: 50, b: 0 });
  });

  it('has no say when no node has the image', () => {
    assert.deepEqual(scored(imageLocality, pod('p'), world({ nodes: [node('a')] })), {});
  });
});

describe('resource claims', () => {
  it('are refused with a reason', () => {
    const result = filtered(dynamicResources, pod('p', { spec: { resourceClaims: [{ name: 'gpu' }] } }), world({ nodes: [node('a')] }));
    assert.deepEqual(result, { '*': 'resource claims are not supported by this scheduler' });
  });
});

