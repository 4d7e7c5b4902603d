import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFailure } from './start-failure.ts';

test('a program that failed twice says why; one that failed once may still come up', () => {
  const once = 'node:internal\n\nTypeError: no such plugin\n    at readPluginNames (file:///a.js:1:1)\nended with code 1, starting it again\n';
  assert.equal(startFailure(once), undefined);
  assert.equal(startFailure(`${once}Error: the last one\nended with code 1, starting it again\n`), 'the last one');
  assert.equal(startFailure('ended with code 9, starting it again\n'.repeat(2)), 'it ended again and again');
});
