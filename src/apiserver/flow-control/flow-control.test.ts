import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriorityLevelConfiguration } from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import { flowSchemas, priorityLevels } from '../bootstrap/flow-control.ts';
import { parseRequestInfo } from '../request/request-info.ts';
import { allocateSeats, limitsOf } from './allocation.ts';
import { digest, sharesOf, widestSeats } from './configuration.ts';
import { DemandMeter, NO_DEMAND, smoothDemand } from './demand.ts';
import { schemaMatches } from './matching.ts';
import { FlowMetrics } from './metrics.ts';
import { QueueSet, type LevelRequest, type WorkEstimate } from './queue-set.ts';
import { RetryAfter } from './retry-after.ts';
import { estimateWork, WatchCounter } from './seat-estimate.ts';
import { dealHand, flowHash } from './shuffle-sharding.ts';

const metrics = new FlowMetrics('level', 'schema');
const ONE: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalSeconds: 0 };

function request(flow: string, work: WorkEstimate = ONE): LevelRequest {
  const info = parseRequestInfo('GET', '/api/v1/namespaces/default/pods');
  return { info, user: { name: flow, groups: [] }, flowSchema: 'schema', distinguisher: flow, work: { ...work }, metrics, state: 'new', arrived: 0, started: 0, arrivalR: 0, queue: undefined, onDispatch: undefined };
}

const stored = (): { schemas: never[]; levels: never[] } => ({ schemas: flowSchemas() as never[], levels: priorityLevels() as never[] });

test('an idle server shares its 600 seats out as upstream does', () => {
  const levels = [...digest(stored().schemas, stored().levels).levels].map(([name, object]) => ({ name, object, shares: sharesOf(name, object as PriorityLevelConfiguration) }));
  const limits = limitsOf(levels.map(({ shares }) => shares), 600);
  const { current, fairFraction } = allocateSeats(levels.map(({ name, shares }) => ({
    name, exempt: shares.exempt, limits: limits.get(name)!, demand: { ...NO_DEMAND, highWatermark: name === 'exempt' ? 1 : 0 },
  })));
  assert.deepEqual(Object.fromEntries([...current].sort()), {
    'catch-all': 30, exempt: 1, 'global-default': 56, 'leader-election': 58, 'node-high': 170, system: 117, 'workload-high': 114, 'workload-low': 56,
  });
  assert.equal(fairFraction.toFixed(4), '2.3333');
  assert.deepEqual(limits.get('node-high'), { nominal: 98, minimum: 73, maximum: 698 });
});

test('a busy level borrows what others do not need, and these keep their minimum', () => {
  const level = (name: string, highWatermark: number) => ({ name, exempt: false, limits: { nominal: 100, minimum: 40, maximum: 300 }, demand: { highWatermark, average: highWatermark, deviation: 0, smoothed: highWatermark } });
  const { current } = allocateSeats([level('busy', 150), level('idle', 0), level('half', 50)]);
  const sum = [...current.values()].reduce((seats, more) => seats + more);
  assert.ok(Math.abs(sum - 300) <= 1, `rounded: ${sum}`);
  assert.ok((current.get('busy') ?? 0) > 150, `${current.get('busy')}`);
  assert.ok((current.get('idle') ?? 0) >= 40);
});

test('a hand has different queues, the same for the same flow', () => {
  const hand = dealHand(flowHash('schema', 'jane'), 128, 6);
  assert.equal(new Set(hand).size, 6);
  assert.ok(hand.every((queue) => queue >= 0 && queue < 128));
  assert.deepEqual(dealHand(flowHash('schema', 'jane'), 128, 6), hand);
  assert.notDeepEqual(dealHand(flowHash('schema', 'john'), 128, 6), hand);
});

test('a quiet flow does not wait behind a noisy one', () => {
  const set = new QueueSet({ type: 'queue', queues: 16, handSize: 2, queueLengthLimit: 100 }, 4, 0);
  const noisy = Array.from({ length: 60 }, () => request('noisy'));
  for (const one of noisy) set.enter(one, 0);
  assert.deepEqual([set.executing, set.waiting], [4, 56]);
  const quiet = request('quiet');
  assert.equal(set.enter(quiet, 0.001), 'waiting');
  let before = 0;
  for (let now = 1; quiet.state === 'waiting'; now++) {
    const oldest = noisy.find(({ state }) => state === 'executing')!;
    set.leave(oldest, now);
    before++;
  }
  assert.ok(before <= 2, `${before} noisy ones went before`);
});

test('a full queue refuses, and only those who wait in it', () => {
  const set = new QueueSet({ type: 'queue', queues: 64, handSize: 1, queueLengthLimit: 3 }, 1, 0);
  const outcomes = Array.from({ length: 6 }, () => set.enter(request('noisy'), 0));
  assert.deepEqual(outcomes, ['executing', 'waiting', 'waiting', 'waiting', 'queue-full', 'queue-full']);
  assert.equal(set.enter(request('quiet'), 0), 'waiting');
  assert.equal(set.counts.rejected, 2);
});

test('a level without queues refuses what does not fit, the exempt one nothing', () => {
  const refusing = new QueueSet({ type: 'refuse' }, 1, 0);
  assert.deepEqual([refusing.enter(request('a'), 0), refusing.enter(request('a'), 0)], ['executing', 'concurrency-limit']);
  const exempt = new QueueSet({ type: 'exempt' }, 0, 0);
  assert.deepEqual([exempt.enter(request('a'), 0), exempt.enter(request('a'), 0)], ['executing', 'executing']);
});

test('seats that linger are free only later, who gives up leaves no seat behind', () => {
  const set = new QueueSet({ type: 'queue', queues: 1, handSize: 1, queueLengthLimit: 10 }, 2, 0);
  const write = request('a', { initialSeats: 1, finalSeats: 2, additionalSeconds: 0.5 });
  set.enter(write, 0);
  const next = request('a');
  const impatient = request('a');
  assert.deepEqual([set.enter(impatient, 0), set.enter(next, 0)], ['waiting', 'waiting']);
  assert.equal(set.giveUp(impatient, 0.1), true);
  assert.equal(set.leave(write, 1), 0.5);
  assert.equal(next.state, 'waiting');
  set.freeLingering(write, 1.5);
  assert.equal(next.state, 'executing');
  set.leave(next, 2);
  assert.deepEqual([set.seatsInUse, set.seatsWaiting, set.waiting, set.executing, set.idle], [0, 0, 0, 0, true]);
});

test('a request wider than its level runs alone', () => {
  const set = new QueueSet({ type: 'queue', queues: 4, handSize: 1, queueLengthLimit: 10 }, 2, 0);
  const narrow = request('a');
  const wide = request('b', { initialSeats: 5, finalSeats: 0, additionalSeconds: 0 });
  set.enter(narrow, 0);
  assert.equal(set.enter(wide, 0), 'waiting');
  set.leave(narrow, 1);
  assert.equal(wide.state, 'executing');
});

test('fewer queues: those beyond drain and go', () => {
  const set = new QueueSet({ type: 'queue', queues: 8, handSize: 1, queueLengthLimit: 10 }, 1, 0);
  const all = Array.from({ length: 8 }, (_, index) => request(`flow${index}`));
  for (const one of all) set.enter(one, 0);
  set.configure({ type: 'queue', queues: 2, handSize: 1, queueLengthLimit: 10 }, 1, 1);
  for (let now = 2; !set.idle; now++) set.leave(all.find(({ state }) => state === 'executing')!, now);
  assert.equal(set.queues.length, 2);
});

test('schemas match by subject, verb, resource and path', () => {
  const named = (name: string): never => flowSchemas().find((schema) => schema.metadata?.name === name) as never;
  const lease = parseRequestInfo('PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x');
  const node = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
  assert.equal(schemaMatches(named('system-node-high'), lease, node), true);
  assert.equal(schemaMatches(named('system-node-high'), parseRequestInfo('GET', '/api/v1/pods'), node), false);
  assert.equal(schemaMatches(named('system-leader-election'), lease, { name: 'system:serviceaccount:kube-system:any', groups: [] }), true);
  assert.equal(schemaMatches(named('system-leader-election'), lease, { name: 'system:serviceaccount:default:any', groups: [] }), false);
  const anybody = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  assert.equal(schemaMatches(named('probes'), parseRequestInfo('GET', '/readyz/ping'), anybody), true);
  assert.equal(schemaMatches(named('probes'), parseRequestInfo('GET', '/readyzed'), anybody), false);
});

test('a schema without its level counts for nothing, the mandatory ones are always there', () => {
  const { schemas, levels } = digest([{ metadata: { name: 'lost' }, spec: { priorityLevelConfiguration: { name: 'gone' } } }], []);
  assert.deepEqual(schemas.map((schema) => schema.metadata?.name), ['exempt', 'catch-all']);
  assert.deepEqual([...levels.keys()].sort(), ['catch-all', 'exempt']);
});

test('large lists and writes that wake many watches are wide, within what their level allows', () => {
  const big = () => ({ count: 2000, averageBytes: 2000 });
  const seats = (path: string, widest?: number): number => estimateWork(parseRequestInfo('GET', path), widest, big, () => 0).initialSeats;
  assert.deepEqual([seats('/api/v1/pods'), seats('/api/v1/pods', 4), seats('/api/v1/pods?limit=100'), seats('/api/v1/pods?fieldSelector=metadata.name%3Da')], [10, 4, 2, 1]);
  assert.deepEqual([seats('/api/v1/pods?watch=1&resourceVersion=7'), seats('/api/v1/pods?watch=1'), seats('/api/v1/namespaces/a/pods/b')], [1, 10, 1]);
  const write = (watchers: number): WorkEstimate => estimateWork(parseRequestInfo('PUT', '/api/v1/namespaces/a/pods/b'), 10, big, () => watchers);
  assert.deepEqual(write(9), ONE);
  assert.deepEqual(write(250), { initialSeats: 1, finalSeats: 10, additionalSeconds: 0.0125 });
  assert.deepEqual([widestSeats({ type: 'queue', queues: 128, handSize: 6, queueLengthLimit: 50 }, 49), widestSeats({ type: 'refuse' }, 13)], [8, undefined]);
});

test('a write counts the watches of its resource, namespace and name', () => {
  const counter = new WatchCounter();
  const watch = (path: string) => counter.add(parseRequestInfo('GET', `${path}?watch=1`));
  watch('/api/v1/configmaps');
  watch('/api/v1/namespaces/b/configmaps');
  const forget = watch('/api/v1/namespaces/a/configmaps');
  const write = parseRequestInfo('PUT', '/api/v1/namespaces/a/configmaps/x');
  assert.equal(counter.interested(write), 2);
  forget();
  forget();
  assert.equal(counter.interested(write), 1);
});

test('demand is a mean over time, rises at once and falls slowly', () => {
  const meter = new DemandMeter(0);
  meter.set(10, 5);
  const busy = smoothDemand(NO_DEMAND, meter.reset(10));
  assert.deepEqual([busy.average, busy.deviation, busy.highWatermark, busy.smoothed], [5, 5, 10, 10]);
  meter.set(0, 10);
  const calm = smoothDemand(busy, meter.reset(20));
  assert.ok(calm.smoothed > 9 && calm.smoothed < 10, `${calm.smoothed}`);
});

test('the refused are told to wait longer while many are refused', () => {
  const retry = new RetryAfter();
  const told: number[] = [];
  for (let second = 1; second <= 8; second++) {
    for (let count = 0; count < 20; count++) retry.refused(second);
    told.push(retry.value);
  }
  assert.ok((told.at(-1) ?? 0) >= 4, told.join());
  for (let second = 100; second < 300; second += 10) retry.refused(second);
  assert.equal(retry.value, 1);
});
