import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lists, planForCi, randomNumbers, selectTests } from './selection.ts';

const TESTS = ['[sig-apps] Job a', '[sig-apps] Job b [Slow]', '[sig-network] DNS c', '[sig-network] DNS d [Serial]'];
const LISTS: Lists = {
  tests: TESTS, passing: new Set(TESTS.slice(0, 3)),
  seconds: new Map([[TESTS[0] as string, 2], [TESTS[1] as string, 300], [TESTS[2] as string, 5]]),
};
const NOTHING = { focus: [], skip: [], sigs: [] };

test('without wishes every test is chosen', () => {
  assert.deepEqual(selectTests(LISTS, NOTHING, randomNumbers(1)), TESTS);
});

test('wishes narrow one another down', () => {
  assert.deepEqual(selectTests(LISTS, { ...NOTHING, sigs: ['network'], skip: [/\[Serial\]/] }, randomNumbers(1)), [TESTS[2]]);
  assert.deepEqual(selectTests(LISTS, { ...NOTHING, focus: [/Job/, /d/], notPassing: true }, randomNumbers(1)), [TESTS[3]]);
  assert.deepEqual(selectTests(LISTS, { ...NOTHING, names: [TESTS[0] as string, 'unknown'], passing: true }, randomNumbers(1)), [TESTS[0]]);
});

test('a sample depends on the seed alone', () => {
  const sample = (seed: number): string[] => selectTests(LISTS, { ...NOTHING, sample: 2 }, randomNumbers(seed));
  assert.equal(sample(7).length, 2);
  assert.deepEqual(sample(7), sample(7));
  assert.ok(new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => sample(seed).join())).size > 1);
});

test('CI takes the quick ones and what else fits into its time', () => {
  const width = { procs: 2, serialClusters: 1 };
  assert.deepEqual(planForCi(LISTS, 60, width, randomNumbers(1)), { tests: [TESTS[0], TESTS[2]], quick: 2, drawn: 0, left: 1 });
  assert.deepEqual(planForCi(LISTS, 600, width, randomNumbers(1)), { tests: TESTS.slice(0, 3), quick: 2, drawn: 1, left: 0 });
});

test("CI's serial tests take none of the others' time, but have an end too", () => {
  const serial = ['a [Serial]', 'b [Serial]', 'c [Serial]'];
  const lists = { tests: [...serial, 'd'], passing: new Set([...serial, 'd']), seconds: new Map([...serial.map((name): [string, number] => [name, 50]), ['d', 100]]) };
  assert.deepEqual(planForCi(lists, 100, { procs: 1, serialClusters: 1 }, randomNumbers(1)).tests.filter((name) => name === 'd'), ['d']);
  assert.equal(planForCi(lists, 100, { procs: 1, serialClusters: 1 }, randomNumbers(1)).left, 1);
  assert.equal(planForCi(lists, 100, { procs: 1, serialClusters: 2 }, randomNumbers(1)).left, 0);
});
