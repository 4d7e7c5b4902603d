import { strict as assert } from 'node:assert';
import { describe, it } from 'node:test';
import { PodInfo } from '../state/pod-info.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import { pod, type PodOptions } from '../testing/objects.ts';
import { Heap } from './heap.ts';
import { PodQueue, type QueuedPod } from './pod-queue.ts';

function setup(): { clock: FakeClock; queue: PodQueue; put(name: string, options?: PodOptions, worthATry?: boolean): void; pop(): string | undefined; take(): QueuedPod } {
  const clock = new FakeClock();
  const queue = new PodQueue(clock, () => undefined);
  return {
    clock, queue,
    put: (name, options, worthATry = true) => queue.put(new PodInfo(pod(name, options)), worthATry),
    pop: () => queue.pop()?.pod.name,
    take: () => queue.pop() as QueuedPod,
  };
}

describe('pod queue', () => {
  it('gives the highest priority first, then who came first', () => {
    const { clock, put, pop } = setup();
    for (const [name, priority] of [['a', 0], ['b', 10], ['c', 0], ['d', 10]] as const) {
      put(name, { priority });
      clock.advance(1);
    }
    assert.deepEqual([pop(), pop(), pop(), pop(), pop()], ['b', 'd', 'a', 'c', undefined]);
  });

  it('holds a pod with scheduling gates until the last is gone', () => {
    const { put, pop } = setup();
    put('a', { spec: { schedulingGates: [{ name: 'x' }] } });
    assert.equal(pop(), undefined);
    put('a');
    assert.equal(pop(), 'a');
  });

  it('forgets a deleted pod wherever it is', () => {
    const { queue, put, pop, take } = setup();
    put('a');
    queue.delete('default/a');
    assert.equal(pop(), undefined);
    put('a');
    queue.waitForEvent(take(), new Set(['NodeResourcesFit']));
    queue.delete('default/a');
    queue.move('NodeAdded');
    assert.deepEqual([pop(), queue.size], [undefined, 0]);
  });

  it('tries a rejected pod again only for an event that concerns what rejected it', () => {
    const { queue, put, pop, take } = setup();
    put('a');
    queue.waitForEvent(take(), new Set(['NodeResourcesFit']));
    queue.move('NodeTaints');
    assert.equal(pop(), undefined);
    queue.move('PodGone');
    assert.equal(pop(), 'a');
  });

  it('does not let a rejected pod that waits out its delay go before active ones', () => {
    const { queue, put, pop, take } = setup();
    put('a', { priority: 100 });
    queue.waitForEvent(take(), new Set());
    put('b');
    queue.move('NodeAdded');
    assert.deepEqual([pop(), pop()], ['b', 'a']);
  });

  it('tries only some of very many rejected pods before their delay is over', () => {
    const { clock, queue, put, pop, take } = setup();
    for (let index = 0; index < 200; index++) put(`p${index}`);
    for (let index = 0; index < 200; index++) queue.waitForEvent(take(), new Set());
    queue.move('NodeAdded');
    let tried = 0;
    while (pop()) tried++;
    assert.equal(tried, 50);
    clock.advance(1000);
    while (pop()) tried++;
    assert.equal(tried, 200);
  });

  it('doubles the delay of a pod that failed by an error, from 1 s to 10 s, and does not cut it short', () => {
    const { clock, queue, put, pop, take } = setup();
    put('a');
    let entry = take();
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      queue.retryLater(entry);
      clock.advance(seconds * 1000 - 1);
      assert.equal(pop(), undefined);
      clock.advance(1);
      entry = take();
      assert.equal(entry.pod.name, 'a');
    }
  });

  it('tries an unschedulable pod again after five minutes without any event', () => {
    const { clock, queue, put, pop, take } = setup();
    put('a');
    queue.waitForEvent(take(), new Set(['NodeName']));
    clock.advance(299_000);
    assert.equal(pop(), undefined);
    clock.advance(60_000);
    assert.equal(pop(), 'a');
  });

  it('tries a waiting pod again when it was changed itself', () => {
    const { queue, put, pop, take } = setup();
    put('a');
    queue.waitForEvent(take(), new Set(['NodeAffinity']));
    put('a', {}, false);
    assert.equal(pop(), undefined);
    put('a', { labels: { x: 'y' } });
    assert.equal(pop(), 'a');
  });

  it('does not try a pod that is held, and makes up for it when it is let go', () => {
    const { queue, put, pop, take } = setup();
    put('a');
    queue.waitForEvent(take(), new Set(['NodeResourcesFit']));
    queue.hold('default/a');
    queue.move('NodeAdded');
    assert.equal(pop(), undefined);
    queue.letGo('default/a', false);
    const entry = take();
    queue.waitForEvent(entry, new Set(['NodeResourcesFit']));
    queue.hold('default/a');
    queue.letGo('default/a', false);
    assert.equal(pop(), undefined);
    queue.hold('default/a');
    queue.letGo('default/a', true);
    assert.equal(pop(), 'a');
  });

  it('takes a pod of the same name with another uid for a new one', () => {
    const { queue, put, take } = setup();
    put('a');
    queue.waitForEvent(take(), new Set(['NodeName']));
    put('a', { metadata: { name: 'a', namespace: 'default', uid: 'other' } });
    const entry = take();
    assert.deepEqual([entry.pod.uid, entry.attempts], ['other', 1]);
  });
});

describe('heap', () => {
  it('gives items in order', () => {
    const heap = new Heap<number>((left, right) => left < right);
    const items = [5, 3, 8, 1, 9, 2, 7, 3, 0, 6];
    for (const item of items) heap.push(item);
    assert.deepEqual(items.map(() => heap.pop()), items.toSorted((left, right) => left - right));
    assert.equal(heap.pop(), undefined);
  });
});
