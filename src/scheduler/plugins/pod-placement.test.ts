import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import type { Affinity, PodAffinityTerm, TopologySpreadConstraint } from '../../../schema/v1.37/types/core-v1.ts';
import { filtered, node, pod, scored, world, type PodOptions } from '../testing/objects.ts';
import { interPodAffinityFilter, interPodAffinityScore } from './inter-pod-affinity.ts';
import { podTopologySpreadFilter, podTopologySpreadScore } from './pod-topology-spread.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const inZone = (name: string, zone: string) => node(name, { labels: { [ZONE]: zone } });
const threeNodes = [inZone('a1', 'a'), inZone('a2', 'a'), inZone('b1', 'b')];
const app = (name: string, value: string, more: PodOptions = {}) => pod(name, { labels: { app: value }, ...more });
const term = (value: string, topologyKey: string, more: Partial<PodAffinityTerm> = {}): PodAffinityTerm =>
  ({ labelSelector: { matchLabels: { app: value } }, topologyKey, ...more });
const affine = (name: string, affinity: Affinity, options: PodOptions = {}) => pod(name, { ...options, spec: { affinity } });
const together = (...terms: PodAffinityTerm[]): Affinity => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });
const apart = (...terms: PodAffinityTerm[]): Affinity => ({ podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } });

describe('pod affinity', () => {
  const cluster = world({ nodes: threeNodes, running: { a1: [app('db', 'db')] } });
  const refused = "node(s) didn't match pod affinity rules";

  it('wants a node of a domain where the other runs', () => {
    assert.deepEqual(filtered(interPodAffinityFilter, affine('p', together(term('db', ZONE))), cluster), { a1: '', a2: '', b1: refused });
    assert.deepEqual(filtered(interPodAffinityFilter, affine('p', together(term('db', HOST))), cluster), { a1: '', a2: refused, b1: refused });
  });

  it('lets the first of a group that wants to be together start', () => {
    const first = affine('p', together(term('web', ZONE)), { labels: { app: 'web' } });
    assert.deepEqual(filtered(interPodAffinityFilter, first, cluster), { a1: '', a2: '', b1: '' });
    assert.deepEqual(filtered(interPodAffinityFilter, affine('p', together(term('web', ZONE))), cluster).a1, refused);
  });

  it('looks in its own namespace, in named ones, and in those a selector picks', () => {
    const spaces = world({
      nodes: threeNodes, running: { a1: [app('db', 'db', { namespace: 'data' })] }, namespaces: { data: { team: 'x' }, default: {} },
    });
    const fits = (more: Partial<PodAffinityTerm>): string => filtered(interPodAffinityFilter, affine('p', together(term('db', HOST, more))), spaces)['a1'] as string;
    assert.equal(fits({}), refused);
    assert.equal(fits({ namespaces: ['data'] }), '');
    assert.equal(fits({ namespaceSelector: { matchLabels: { team: 'x' } } }), '');
    assert.equal(fits({ namespaceSelector: { matchLabels: { team: 'y' } } }), refused);
    assert.equal(fits({ namespaceSelector: {} }), '');
  });
});

describe('pod anti-affinity', () => {
  it('keeps away from domains where the other runs', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [app('w', 'web')] } });
    const refused = "node(s) didn't match pod anti-affinity rules";
    assert.deepEqual(filtered(interPodAffinityFilter, affine('p', apart(term('web', ZONE))), cluster), { a1: refused, a2: refused, b1: '' });
    assert.deepEqual(filtered(interPodAffinityFilter, affine('p', apart(term('web', HOST))), cluster), { a1: refused, a2: '', b1: '' });
  });

  it('is respected the other way round', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [affine('lone', apart(term('web', ZONE)))] } });
    const refused = "node(s) didn't satisfy existing pods anti-affinity rules";
    assert.deepEqual(filtered(interPodAffinityFilter, app('p', 'web'), cluster), { a1: refused, a2: refused, b1: '' });
    assert.deepEqual(filtered(interPodAffinityFilter, app('p', 'db'), cluster), {});
    cluster.removePod('default/lone');
    assert.deepEqual(filtered(interPodAffinityFilter, app('p', 'web'), cluster), {});
  });
});

describe('preferred pod affinity', () => {
  const prefers = (kind: 'podAffinity' | 'podAntiAffinity', weight: number): Affinity =>
    ({ [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight, podAffinityTerm: term('web', ZONE) }] } });

  it('scores domains by weight, in both directions', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [app('w', 'web')] } });
    assert.deepEqual(scored(interPodAffinityScore, affine('p', prefers('podAffinity', 10)), cluster), { a1: 100, a2: 100, b1: 0 });
    assert.deepEqual(scored(interPodAffinityScore, affine('p', prefers('podAntiAffinity', 10)), cluster), { a1: 0, a2: 0, b1: 100 });
    const existing = world({ nodes: threeNodes, running: { b1: [affine('fan', prefers('podAffinity', 5))] } });
    assert.deepEqual(scored(interPodAffinityScore, app('p', 'web'), existing), { a1: 0, a2: 0, b1: 100 });
  });

  it('has no say when nobody prefers anything', () => {
    assert.deepEqual(scored(interPodAffinityScore, app('p', 'web'), world({ nodes: threeNodes, running: { a1: [app('w', 'web')] } })), {});
  });
});

describe('topology spread', () => {
  const spread = (more: Partial<TopologySpreadConstraint> = {}, options: PodOptions = {}) => app('p', 'web', {
    ...options,
    spec: { ...options.spec, topologySpreadConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } }, ...more }] },
  });
  const refused = "node(s) didn't match pod topology spread constraints";

  it('keeps the difference between domains within maxSkew', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [app('w1', 'web'), app('x', 'db')] } });
    assert.deepEqual(filtered(podTopologySpreadFilter, spread(), cluster), { a1: refused, a2: refused, b1: '' });
    assert.deepEqual(filtered(podTopologySpreadFilter, spread({ maxSkew: 2 }), cluster), { a1: '', a2: '', b1: '' });
  });

  it('does not count pods on their way out or of other namespaces', () => {
    const running = { a1: [app('w1', 'web', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), app('w2', 'web', { namespace: 'other' })] };
    assert.deepEqual(filtered(podTopologySpreadFilter, spread(), world({ nodes: threeNodes, running })), { a1: '', a2: '', b1: '' });
  });

  it('refuses nodes without the topology label', () => {
    const cluster = world({ nodes: [...threeNodes, node('bare')] });
    assert.equal(filtered(podTopologySpreadFilter, spread(), cluster)['bare'], `${refused} (missing required label)`);
  });

  it('takes the smallest count for 0 while there are fewer domains than minDomains', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [app('w1', 'web')], b1: [app('w2', 'web')] } });
    assert.equal(filtered(podTopologySpreadFilter, spread(), cluster)['a1'], '');
    assert.equal(filtered(podTopologySpreadFilter, spread({ minDomains: 3 }), cluster)['a1'], refused);
  });

  it('counts only pods of the same revision with matchLabelKeys', () => {
    const running = { a1: [app('w1', 'web', { labels: { app: 'web', hash: '1' } })] };
    const newcomer = spread({ matchLabelKeys: ['hash'] }, { labels: { app: 'web', hash: '2' } });
    assert.equal(filtered(podTopologySpreadFilter, newcomer, world({ nodes: threeNodes, running }))['a1'], '');
  });

  it('leaves out nodes that the pod could not use, unless told to ignore that', () => {
    const running = { a1: [app('w1', 'web')] };
    const options: PodOptions = { spec: { nodeSelector: { [ZONE]: 'a' } } };
    assert.equal(filtered(podTopologySpreadFilter, spread({}, options), world({ nodes: threeNodes, running }))['a1'], '');
    assert.equal(filtered(podTopologySpreadFilter, spread({ nodeAffinityPolicy: 'Ignore' }, options), world({ nodes: threeNodes, running }))['a1'], refused);
    const tainted = [inZone('a1', 'a'), node('b1', { labels: { [ZONE]: 'b' }, spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } })];
    assert.equal(filtered(podTopologySpreadFilter, spread(), world({ nodes: tainted, running }))['a1'], refused);
    assert.equal(filtered(podTopologySpreadFilter, spread({ nodeTaintsPolicy: 'Honor' }), world({ nodes: tainted, running }))['a1'], '');
  });

  it('prefers emptier domains with ScheduleAnyway', () => {
    const cluster = world({ nodes: threeNodes, running: { a1: [app('w1', 'web'), app('w2', 'web')], b1: [app('w3', 'web')] } });
    const scores = scored(podTopologySpreadScore, spread({ whenUnsatisfiable: 'ScheduleAnyway' }), cluster);
    assert.deepEqual([scores['a1'], scores['a2'], scores['b1']], [33, 33, 100]);
  });

  it('spreads the pods of a Service or an owner over nodes without being asked', () => {
    const service = { metadata: { name: 's', namespace: 'default' }, spec: { selector: { app: 'web' } } };
    const running = { a1: [app('w1', 'web')] };
    const byService = scored(podTopologySpreadScore, app('p', 'web'), world({ nodes: threeNodes, running, services: [service] }));
    assert.ok((byService['b1'] as number) > (byService['a2'] as number) && (byService['a2'] as number) > (byService['a1'] as number));
    const owned = app('p', 'web', { metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'u', controller: true }] } });
    const byOwner = scored(podTopologySpreadScore, owned, world({ nodes: threeNodes, running, owners: { 'ReplicaSet/rs': { matchLabels: { app: 'web' } } } }));
    assert.deepEqual(byOwner, byService);
    assert.deepEqual(scored(podTopologySpreadScore, app('p', 'web'), world({ nodes: threeNodes, running })), {});
  });
});
