import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../base/clock.ts';
import type { OutgoingEvent } from '../request/call.ts';
import { EventPacer } from './event-pace.ts';

const event = (name: string): OutgoingEvent => ({ type: 'BOOKMARK', object: { metadata: { name } } });

/** A pacer, what its streams delivered, and a clock whose timers go off when told. */
function scene(): { pacer: EventPacer; delivered: string[]; deliver(name: string, takes?: () => boolean): (events: OutgoingEvent[]) => boolean; tick(): void } {
  const timers: (() => void)[] = [];
  const clock: Clock = { now: () => 0, monotonic: () => 0, after: (_milliseconds, callback) => { timers.push(callback); return { cancel: () => undefined }; } };
  const delivered: string[] = [];
  return {
    pacer: new EventPacer(clock), delivered,
    deliver: (name, takes = () => true) => (events) => {
      delivered.push(`${name}: ${events.map((each) => ('object' in each ? each.object.metadata?.name : '')).join(' ')}`);
      return takes();
    },
    tick: () => { for (const timer of timers.splice(0)) timer(); },
  };
}

test('the first event goes out at once, those of the window together at its end', () => {
  const { pacer, delivered, deliver, tick } = scene();
  const one = pacer.stream(deliver('one')), two = pacer.stream(deliver('two'));
  one.add([event('a')]);
  one.add([event('b')]);
  two.add([event('b')]);
  one.add([event('c')]);
  assert.deepEqual(delivered, ['one: a']);
  tick();
  assert.deepEqual(delivered, ['one: a', 'one: b c', 'two: b']);
  tick();
  two.add([event('d')]);
  assert.deepEqual(delivered.at(-1), 'two: d', 'a quiet window closes');
});

test('a stream that is behind keeps one batch, refuses more, and goes on when it has drained', () => {
  const { pacer, delivered, deliver, tick } = scene();
  let takes = false;
  const stream = pacer.stream(deliver('slow', () => takes));
  assert.equal(stream.add([event('a')]), false);
  assert.equal(stream.add([event('b')]), false);
  tick();
  tick();
  assert.deepEqual(delivered, ['slow: a']);
  takes = true;
  stream.drain();
  assert.deepEqual(delivered, ['slow: a', 'slow: b']);
  tick();
  assert.equal(stream.add([event('c')]), true);
});

test('what is left is sent before the end, and never twice', () => {
  const { pacer, delivered, deliver, tick } = scene();
  const stream = pacer.stream(deliver('one'));
  stream.add([event('a')]);
  stream.add([event('b')]);
  stream.finish();
  tick();
  assert.deepEqual(delivered, ['one: a', 'one: b']);
});
