import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatRatios, ratiosOf, type Sample } from './ratios.ts';

const rate = (side: Sample['side'], name: string, value: number, processorMilliseconds = 1): Sample => ({ side, name, unit: '/s', value, processorMilliseconds });

test('more a second and less memory both count as times better, by the medians of the rounds', () => {
  const ratios = ratiosOf([
    rate('upstream', 'get, json', 90, 4), rate('upstream', 'get, json', 100, 5), rate('upstream', 'get, json', 900, 9),
    rate('naru', 'get, json', 300, 2), rate('naru', 'get, json', 250, 2), rate('naru', 'get, json', 10, 2),
    { side: 'upstream', name: 'memory', unit: 'MB', value: 900 }, { side: 'naru', name: 'memory', unit: 'MB', value: 300 },
  ]);
  assert.deepEqual(ratios.map(({ name, ratio, processor }) => [name, ratio, processor?.ratio]), [['get, json', 2.5, 2.5], ['memory', 3, undefined]]);
});

test("naru has no limits of its own: its one figure stands beside upstream's with and without", () => {
  const ratios = ratiosOf([rate('upstream', 'bind, protobuf', 100), rate('upstream', "bind, upstream's default limits", 50), rate('naru', 'bind, protobuf', 200)]);
  assert.deepEqual(ratios.map(({ name, ratio }) => [name, ratio]), [['bind, protobuf', 2], ["bind, upstream's default limits", 4]]);
});

test('a side that was not measured leaves a gap, not a number', () => {
  assert.match(formatRatios(ratiosOf([rate('naru', 'get, json', 5)])).split('\n')[1] as string, /^get, json +- +5\.0 +\/s +- /);
});
