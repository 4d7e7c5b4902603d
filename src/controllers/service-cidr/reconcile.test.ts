import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, NOW } from '../testing/objects.ts';
import { heldAddresses, withReady } from './reconcile.ts';

const range = (name: string, ...cidrs: string[]) => ({ metadata: { name }, spec: { cidrs } });
const address = (name: string) => ({ metadata: { name }, spec: { parentRef: { resource: 'services', name: 'x' } } });

test('a range is held by addresses that no other living range covers', () => {
  const mine = range('mine', '10.0.0.0/24', 'fd00::/112');
  assert.deepEqual(heldAddresses(mine, [mine], [address('10.0.0.5'), address('10.0.1.5'), address('fd00::7')]), ['10.0.0.5', 'fd00::7']);
  assert.deepEqual(heldAddresses(mine, [mine, range('wide', '10.0.0.0/8')], [address('10.0.0.5')]), []);
  const leaving = { ...range('wide', '10.0.0.0/8'), metadata: { name: 'wide', deletionTimestamp: ago(1) } };
  assert.deepEqual(heldAddresses(mine, [mine, leaving], [address('10.0.0.5')]), ['10.0.0.5']);
});

test('readiness is written when it changes only', () => {
  const ready = withReady(range('r', '10.0.0.0/24'), false, NOW);
  assert.deepEqual([ready[0]?.type, ready[0]?.status], ['Ready', 'True']);
  const standing = { ...range('r', '10.0.0.0/24'), status: { conditions: ready } };
  assert.equal(withReady(standing, false, NOW + 1000), ready);
  assert.equal(withReady(standing, true, NOW)[0]?.reason, 'Terminating');
});
