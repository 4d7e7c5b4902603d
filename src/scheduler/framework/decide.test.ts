import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { NominatedPods } from './nominated-pods.ts';
import { enoughNodes } from './feasible.ts';
import { nodeReasonsMessage, nodeScoresMessage } from './messages.ts';
import { violatesBudgets } from './preemption.ts';
import { PodInfo } from '../state/pod-info.ts';
import { decided, node, outcome, pod, world } from '../testing/objects.ts';

const cpu = (amount: string) => ({ requests: { cpu: amount } });

describe('a decision', () => {
  it('takes the node with more memory left for a pod that asks for 2Gi', () => {
    const cluster = world({ nodes: [node('node1', { memory: '4Gi' }), node('node2', { memory: '8Gi' }), node('node3', { memory: '1Gi' })] });
    const decision = decided(pod('p', { requests: { memory: '2Gi' } }), cluster);
    assert.ok(decision.kind === 'placed');
    assert.equal(decision.node.name, 'node2');
    const message = nodeScoresMessage(decision.scores, decision.rejections);
    assert.match(message, /^node2 \d+ \(taints 300, least allocated \d+, balance \d+\); node1 \d+ \(.*\); node3: didn't fit: Insufficient memory$/);
  });

  it('says how often each reason was given, in upstream\'s words', () => {
    const cluster = world({ nodes: [node('a', { memory: '1Gi' }), node('b', { labels: { disk: 'hdd' } }), node('c', { labels: { disk: 'hdd' } })] });
    cluster.setNode(node('a', { memory: '1Gi', labels: { disk: 'ssd' } }));
    assert.equal(outcome(pod('p', { requests: { memory: '2Gi' }, spec: { nodeSelector: { disk: 'ssd' } } }), cluster),
      "0/3 nodes are available: 1 Insufficient memory, 2 node(s) didn't match Pod's node affinity/selector. "
      + 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.');
  });

  it('tells node by node why none fits', () => {
    const cluster = world({ nodes: [node('b', { spec: { unschedulable: true } }), node('a', { cpu: '1' })] });
    const decision = decided(pod('p', cpu('2')), cluster);
    assert.ok(decision.kind === 'unschedulable');
    assert.equal(nodeReasonsMessage(decision.rejections), 'a: Insufficient cpu; b: node(s) were unschedulable');
    assert.deepEqual(decision.plugins, new Set(['NodeUnschedulable', 'NodeResourcesFit']));
  });

  it('says that there are no nodes', () => {
    assert.equal(outcome(pod('p'), world({})), 'no nodes available to schedule pods');
  });

  it('tells a reason that holds for all nodes once', () => {
    const claiming = pod('p', { spec: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } });
    assert.equal(outcome(claiming, world({ nodes: [node('a')] })),
      '0/1 nodes are available: persistentvolumeclaim "data" not found. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.');
  });

  it('names the plugin that left nodes out unasked', () => {
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] } } };
    const cluster = world({ nodes: [node('a', { spec: { unschedulable: true } }), node('b')] });
    assert.match(outcome(pod('p', { spec: { affinity } }), cluster), /^0\/2 nodes are available: 1 node\(s\) didn't satisfy plugin\(s\) \[NodeAffinity\], 1 node\(s\) were unschedulable\./);
  });

  it('stops looking when enough nodes fit and goes on from there the next time', () => {
    assert.deepEqual([50, 99, 100, 1000, 5000].map(enoughNodes), [50, 99, 100, 420, 500]);
    const cluster = world({ nodes: Array.from({ length: 300 }, (_, index) => node(`n${index}`)) });
    const decision = decided(pod('p'), cluster);
    assert.ok(decision.kind === 'placed');
    assert.deepEqual([decision.scores.length, decision.nextStart], [144, 144]);
  });
});

describe('nominated pods', () => {
  it('keep their room from pods of no higher priority', () => {
    const cluster = world({ nodes: [node('a', { cpu: '2' })] });
    const nominated = new NominatedPods();
    nominated.set(new PodInfo(pod('vip', { ...cpu('2'), priority: 10 })), 'a');
    assert.match(outcome(pod('low', { ...cpu('1'), priority: 5 }), cluster, nominated), /Insufficient cpu/);
    assert.equal(outcome(pod('higher', { ...cpu('1'), priority: 11 }), cluster, nominated), 'a');
    assert.equal(outcome(pod('vip', { ...cpu('2'), priority: 10 }), cluster, nominated), 'a');
    assert.equal(cluster.node('a')?.pods.size, 0);
  });

  it('go to their node when it fits, though another is better', () => {
    const cluster = world({ nodes: [node('a', { cpu: '2' }), node('b', { cpu: '64', memory: '64Gi' })] });
    assert.equal(outcome(pod('vip', { ...cpu('1'), status: { nominatedNodeName: 'a' } }), cluster), 'a');
  });
});

describe('preemption', () => {
  const running = (name: string, amount: string, priority: number, more = {}) => pod(name, { ...cpu(amount), priority, ...more });
  const victims = (newcomer: ReturnType<typeof pod>, cluster: ReturnType<typeof world>): string => {
    const decision = decided(newcomer, cluster);
    assert.ok(decision.kind === 'unschedulable');
    return decision.preemption ? `${decision.preemption.node.name}: ${decision.preemption.victims.map((each) => each.name).join(' ')}` : decision.message;
  };

  it('lets go of as few and as unimportant pods as will do', () => {
    const cluster = world({ nodes: [node('a')], running: { a: [running('low', '2', 1), running('mid', '1', 5), running('lowest', '1', 0)] } });
    assert.equal(victims(pod('p', { ...cpu('2'), priority: 10 }), cluster), 'a: low');
    assert.equal(victims(pod('p', { ...cpu('1'), priority: 10 }), cluster), 'a: lowest');
    assert.equal(victims(pod('p', { ...cpu('4'), priority: 10 }), cluster), 'a: mid low lowest');
    assert.equal(cluster.node('a')?.pods.size, 3);
    assert.equal(cluster.node('a')?.requested.get('cpu'), 4000);
  });

  it('spares equal and higher priorities', () => {
    const cluster = world({ nodes: [node('a')], running: { a: [running('same', '4', 10)] } });
    assert.equal(victims(pod('p', { ...cpu('1'), priority: 10 }), cluster),
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.');
  });

  it('picks the node where the least important pod goes', () => {
    const cluster = world({ nodes: [node('a'), node('b'), node('c')], running: { a: [running('x', '4', 5)], b: [running('y', '4', 2)], c: [running('z1', '2', 2), running('z2', '2', 1)] } });
    assert.equal(victims(pod('p', { ...cpu('4'), priority: 10 }), cluster), 'b: y');
  });

  it('prefers the node where pods have run for a shorter time, all else being equal', () => {
    const started = (startTime: string) => ({ status: { phase: 'Running', startTime } });
    const cluster = world({ nodes: [node('a'), node('b')], running: { a: [running('old', '4', 1, started('2026-01-01T00:00:00Z'))], b: [running('young', '4', 1, started('2026-02-01T00:00:00Z'))] } });
    assert.equal(victims(pod('p', { ...cpu('4'), priority: 10 }), cluster), 'b: young');
  });

  it('goes round pods whose disruption budget is used up', () => {
    const budget = { metadata: { name: 'b', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'db' } } }, status: { currentHealthy: 1, desiredHealthy: 1, disruptionsAllowed: 0, expectedPods: 1 } };
    const guarded = running('guarded', '2', 0, { labels: { app: 'db' } });
    const cluster = world({ nodes: [node('a')], running: { a: [guarded, running('free', '2', 5)] }, budgets: [budget] });
    assert.equal(victims(pod('p', { ...cpu('2'), priority: 10 }), cluster), 'a: free');
    const infos = [new PodInfo(guarded), new PodInfo(running('second', '1', 0, { labels: { app: 'db' } }))];
    assert.equal(violatesBudgets(infos, [{ ...budget, status: { ...budget.status, disruptionsAllowed: 1 } }]).size, 1);
  });

  it('can lift an anti-affinity and a port conflict', () => {
    const antiAffinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' }] } };
    const cluster = world({ nodes: [node('a')], running: { a: [running('w', '100m', 0, { labels: { app: 'web' } }), running('x', '100m', 0)] } });
    assert.equal(victims(pod('p', { priority: 1, spec: { affinity: antiAffinity } }), cluster), 'a: w');
  });

  it('is not for pods that never preempt, nor while its victims are still leaving', () => {
    const cluster = world({ nodes: [node('a')], running: { a: [running('low', '4', 1)] } });
    assert.match(victims(pod('p', { ...cpu('1'), priority: 10, spec: { preemptionPolicy: 'Never' } }), cluster), /preemption: not eligible due to preemptionPolicy=Never\.$/);
    const leaving = running('low', '4', 1, {
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] },
    });
    const later = world({ nodes: [node('a')], running: { a: [leaving] } });
    assert.match(victims(pod('p', { ...cpu('1'), priority: 10, status: { nominatedNodeName: 'a' } }), later), /not eligible due to a terminating pod on the nominated node\.$/);
  });
});
