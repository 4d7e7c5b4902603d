import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reinvocation, sameMeaning } from './reinvocation.ts';

test('what is empty says as much as what is absent, everything else counts', () => {
  assert.ok(sameMeaning({ a: 1, labels: {} }, { a: 1, list: [] }));
  assert.ok(!sameMeaning({ a: 1 }, { a: 1, b: false }));
  assert.ok(!sameMeaning({ a: [1, 2] }, { a: [2, 1] }));
  assert.ok(!sameMeaning([], { a: 1 }));
});

test('who was called before a change is called again, who comes after it is not', () => {
  const calls = new Reinvocation().callsOf('p');
  calls.note('early');
  calls.requireAgain();
  calls.note('late');
  assert.deepEqual([calls.mustCallAgain('early'), calls.mustCallAgain('late')], [true, false]);
});
