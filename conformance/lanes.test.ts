import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planLanes } from './lanes.ts';

const TESTS = ['a', 'b', 'c', 'd [Serial]', 'e [Serial]', 'f [Serial]', 'g [Slow]'];
const SECONDS = new Map([['a', 20], ['b', 300], ['c', 30], ['d [Serial]', 60], ['e [Serial]', 40], ['f [Serial]', 30]]);
const plan = (clusters: number, tests = TESTS): (string | number)[][] => planLanes(tests, SECONDS, 4, clusters).map((lane) => [lane.name, lane.procs, ...lane.tests]);

test('one cluster takes everything', () => {
  assert.deepEqual(plan(1), [['all', 4, ...TESTS]]);
});

test('a short run gets one cluster, however many it may have', () => {
  assert.deepEqual(plan(4, ['a', 'c', 'd [Serial]']), [['all', 4, 'a', 'c', 'd [Serial]']]);
});

test('serial tests stand apart first, then long ones and those never measured that call themselves slow', () => {
  assert.deepEqual(plan(2), [['parallel', 4, 'a', 'b', 'c', 'g [Slow]'], ['serial-1', 1, 'd [Serial]', 'e [Serial]', 'f [Serial]']]);
  assert.deepEqual(plan(3), [['parallel', 4, 'a', 'c'], ['long', 2, 'b', 'g [Slow]'], ['serial-1', 1, 'd [Serial]', 'e [Serial]', 'f [Serial]']]);
});

test('more clusters share the serial tests by their length', () => {
  assert.deepEqual(plan(4).slice(2), [['serial-1', 1, 'd [Serial]'], ['serial-2', 1, 'e [Serial]', 'f [Serial]']]);
});

test('no test is lost and none runs twice', () => {
  for (const clusters of [1, 2, 3, 4, 7]) assert.deepEqual(planLanes(TESTS, SECONDS, 4, clusters).flatMap((lane) => lane.tests).sort(), [...TESTS].sort());
});
