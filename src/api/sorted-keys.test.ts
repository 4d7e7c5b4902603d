import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortedKeys } from './sorted-keys.ts';

test('keys come in the order of sort(), few or many', () => {
  for (const count of [0, 1, 2, 23, 24, 25, 200]) {
    const keys = Array.from({ length: count }, (_, index) => `${'fkvé😀.Z'[(index * 7) % 8] ?? '~'}:${(index * 7919) % 101}`);
    const object = Object.fromEntries(keys.map((key) => [key, 1]));
    assert.deepEqual(sortedKeys(object), Object.keys(object).sort(), String(count));
  }
});
