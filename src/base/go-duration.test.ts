import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goDurationMilliseconds, parseGoDuration } from './go-duration.ts';

test('durations have signs, fractions and several units', () => {
  assert.equal(parseGoDuration('1h30m'), 5_400_000_000_000n);
  assert.equal(parseGoDuration('-1.5s'), -1_500_000_000n);
  assert.deepEqual(['.5us', '.5µs', '.5μs', '+0'].map(parseGoDuration), [500n, 500n, 500n, 0n]);
  assert.deepEqual([goDurationMilliseconds('1h1ms'), goDurationMilliseconds('250us'), goDurationMilliseconds('nonsense'), goDurationMilliseconds('')], [3_600_001, 0.25, 0, 0]);
});

test('what has no unit, a wrong one, or more than 64 bits hold is none', () => {
  for (const text of ['', '1', '5d', '1 s', 's', '.s', '9223372037s', '1s\n']) assert.equal(parseGoDuration(text), undefined, text);
  assert.equal(parseGoDuration('9223372036s'), 9_223_372_036_000_000_000n);
});
