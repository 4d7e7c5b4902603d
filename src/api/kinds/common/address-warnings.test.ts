import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressWarnings, networkWarnings } from './address-warnings.ts';

test('an address that is written the usual way is not warned of', () => {
  for (const address of ['10.0.0.1', '2001:db8::1', '::', 'None', '']) assert.deepEqual(addressWarnings('ip', address), []);
});

test('leading zeros, mapped addresses and long forms are warned of', () => {
  assert.deepEqual(addressWarnings('ip', '010.0.0.01'), ['ip: non-standard IP address "010.0.0.01" is invalid: use "10.0.0.1"']);
  assert.deepEqual(addressWarnings('ip', '::ffff:1.2.3.4'), ['ip: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"']);
  assert.deepEqual(addressWarnings('ip', '2001:DB8:0:0::1'), ['ip: IPv6 address "2001:DB8:0:0::1" should be in RFC 5952 canonical format ("2001:db8::1")']);
});

test('networks with bits behind the prefix are ambiguous', () => {
  assert.deepEqual(networkWarnings('net', '10.1.0.0/16'), []);
  assert.deepEqual(networkWarnings('net', '10.1.2.3/20'), ['net: CIDR value "10.1.2.3/20" is ambiguous in this context (should be "10.1.0.0/20" or "10.1.2.3/32"?)']);
  assert.deepEqual(networkWarnings('net', '10.01.0.0/16'), ['net: non-standard CIDR value "10.01.0.0/16" is invalid: use "10.1.0.0/16"']);
  assert.deepEqual(networkWarnings('net', '::ffff:10.0.0.0/104'), ['net: non-standard CIDR value "::ffff:10.0.0.0/104" is invalid: use "10.0.0.0/8"']);
  assert.deepEqual(networkWarnings('net', '2001:DB8::/32'), ['net: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format ("2001:db8::/32")']);
});
