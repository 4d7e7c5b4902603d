import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressesExhaustedError, AddressPool } from './address-pool.ts';

test('network, gateway and broadcast address are never handed out', () => {
  const pool = new AddressPool('10.1.0.0/29');
  assert.deepEqual(Array.from({ length: 5 }, () => pool.take()), ['10.1.0.2', '10.1.0.3', '10.1.0.4', '10.1.0.5', '10.1.0.6']);
  assert.throws(() => pool.take(), AddressesExhaustedError);
});

test('a freed address is used again only after all others', () => {
  const pool = new AddressPool('10.1.0.0/29');
  const first = pool.take();
  pool.release(first);
  assert.deepEqual(Array.from({ length: 5 }, () => pool.take()).at(-1), first);
});

test('after a restart allocation goes on behind the youngest claim', () => {
  const pool = new AddressPool('10.1.0.0/24');
  for (const address of ['10.1.0.9', '10.1.0.5']) pool.claim(address);
  assert.equal(pool.take(), '10.1.0.6');
  pool.claim('10.2.0.1');
  assert.equal(pool.take(), '10.1.0.7');
});
