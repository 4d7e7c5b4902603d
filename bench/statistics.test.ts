import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable, measurement, percentile } from './statistics.ts';

test('percentiles are samples, by nearest rank', () => {
  const samples = [5, 1, 4, 2, 3];
  assert.equal(percentile(samples, 0.5), 3);
  assert.equal(percentile(samples, 0.95), 5);
  assert.equal(percentile(samples, 0), 1);
  assert.equal(percentile([7, 9], 0.5), 7);
  assert.ok(Number.isNaN(percentile([], 0.5)));
});

test('the table has a line a measurement, with its goal', () => {
  const lines = formatTable([measurement('up', 's', [0.5, 0.7, 0.6], 1.5), measurement('exec', 'ms', [12])]).split('\n');
  assert.equal(lines.length, 3);
  assert.match(lines[1] ?? '', /^up +0\.60 +0\.70 +0\.50 +0\.70 +3 +s +<= 1\.5/);
  assert.match(lines[2] ?? '', /^exec +12\.0 /);
});
