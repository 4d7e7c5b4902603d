import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { ago, NOW, pod, type PodOptions } from '../testing/objects.ts';
import { completeBehavior, decideScale, type ScalingWish } from './behavior.ts';
import { proposeReplicas, type ProposalInput, type Usage } from './proposal.ts';

function wish(current: number, desired: number, more: Partial<ScalingWish> = {}): ScalingWish {
  return { behavior: completeBehavior(undefined), minimum: 1, maximum: 20, current, desired, recommendations: [], events: [], now: NOW, ...more };
}
const decided = (input: ScalingWish): [number, string, string] => { const { replicas, able, limited } = decideScale(input); return [replicas, able.reason, limited.reason]; };
const seconds = (value: number): number => NOW - value * 1000;

test('growth is doubled or four more at a time, and never beyond the maximum', () => {
  assert.deepEqual(decided(wish(2, 4)), [4, 'ReadyForNewScale', 'DesiredWithinRange']);
  assert.deepEqual(decided(wish(2, 15)), [6, 'ReadyForNewScale', 'ScaleUpLimit']);
  assert.deepEqual(decided(wish(8, 19)), [16, 'ReadyForNewScale', 'ScaleUpLimit']);
  assert.deepEqual(decided(wish(18, 30)), [20, 'ReadyForNewScale', 'TooManyReplicas']);
});

test('what was added in the period counts against its policy', () => {
  assert.equal(decided(wish(6, 15, { events: [{ change: 4, at: seconds(10) }] }))[0], 6);
  assert.equal(decided(wish(6, 15, { events: [{ change: 4, at: seconds(20) }] }))[0], 12);
});

test('shrinking follows the highest wish of the last five minutes, down to the minimum', () => {
  assert.deepEqual(decided(wish(8, 2, { recommendations: [{ replicas: 6, at: seconds(100) }] })), [6, 'ScaleDownStabilized', 'DesiredWithinRange']);
  assert.deepEqual(decided(wish(8, 2, { recommendations: [{ replicas: 6, at: seconds(400) }] })), [2, 'ReadyForNewScale', 'DesiredWithinRange']);
  assert.deepEqual(decided(wish(8, 1, { minimum: 3 })), [3, 'ReadyForNewScale', 'TooFewReplicas']);
});

test('policies slow shrinking down, the stricter one with Min, and Disabled stops it', () => {
  const policies = [{ type: 'Pods', value: 1, periodSeconds: 60 }, { type: 'Percent', value: 50, periodSeconds: 60 }];
  const down = (selectPolicy: string) => completeBehavior({ scaleDown: { stabilizationWindowSeconds: 0, selectPolicy, policies } });
  assert.deepEqual(decided(wish(10, 1, { behavior: down('Max') })), [5, 'ReadyForNewScale', 'ScaleDownLimit']);
  assert.equal(decided(wish(10, 1, { behavior: down('Min') }))[0], 9);
  assert.equal(decided(wish(10, 1, { behavior: down('Disabled') }))[0], 10);
});

const running = (name: string, options: PodOptions & { startedFor?: number } = {}): Pod => {
  const made = pod(name, { readyFor: 900, ...options });
  made.status!.startTime = ago(options.startedFor ?? 1000);
  made.spec!.containers[0]!.resources = { requests: { cpu: '1' } };
  return made;
};
const uses = (...entries: [string, number][]): Map<string, Usage> => new Map(entries.map(([name, value]) => [name, { value, at: NOW - 1000, windowMilliseconds: 30_000 }]));
function propose(pods: Pod[], usage: Map<string, Usage>, more: Partial<ProposalInput> = {}): number {
  return proposeReplicas({ target: { resource: 'cpu', utilization: 50 }, current: pods.length, pods, usage, toleranceUp: 0.1, toleranceDown: 0.1, now: NOW, ...more }).replicas;
}
const three = [running('a'), running('b'), running('c')];

test('replicas follow the share of requests in use', () => {
  assert.equal(propose(three, uses(['a', 1000], ['b', 1000], ['c', 1000])), 6);
  assert.equal(propose(three, uses(['a', 100], ['b', 100], ['c', 100])), 1);
});

test('within the tolerance nothing changes, and it may be narrower', () => {
  const usage = uses(['a', 540], ['b', 540], ['c', 540]);
  assert.equal(propose(three, usage), 3);
  assert.equal(propose(three, usage, { toleranceUp: 0.01 }), 4);
});

test('pods that are not measured count as idle when growing and as busy when shrinking', () => {
  assert.equal(propose(three, uses(['a', 1000], ['b', 1000])), 4);
  assert.equal(propose(three, uses(['a', 100], ['b', 100])), 3);
});

test('young pods that are not ready do not drive growth, pods on their way out do not count', () => {
  assert.equal(propose([running('a'), running('b', { ready: false, startedFor: 60, readyFor: 10 })], uses(['a', 1000], ['b', 1000])), 2);
  assert.equal(propose([running('a'), running('b', { deleting: true })], uses(['a', 500], ['b', 1000]), { current: 1 }), 1);
});

test('an average is compared without requests; a missing request is an error with a share', () => {
  assert.equal(propose(three, uses(['a', 300], ['b', 300], ['c', 300]), { target: { resource: 'cpu', average: 100 } }), 9);
  const silent = running('d');
  silent.spec!.containers[0]!.resources = {};
  assert.throws(() => propose([silent], uses(['d', 1])), /missing request for cpu in container main of Pod d/);
});

test('without measures or pods there is no answer', () => {
  assert.throws(() => propose(three, new Map()), /did not receive metrics/);
  assert.throws(() => propose([], new Map()), /no pods returned/);
});
