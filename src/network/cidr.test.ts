import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrContains, ipv4ToNumber, numberToIPv4, parseCidr } from './cidr.ts';

test('addresses are numbers and back', () => {
  for (const address of ['0.0.0.0', '10.244.0.1', '172.30.7.200', '255.255.255.255']) assert.equal(numberToIPv4(ipv4ToNumber(address)), address);
  for (const wrong of ['10.1.1', '10.1.1.256', 'a.b.c.d', '']) assert.throws(() => ipv4ToNumber(wrong), RangeError);
});

test('a range drops host bits and knows its members', () => {
  assert.deepEqual(parseCidr('10.244.1.77/24'), { first: ipv4ToNumber('10.244.1.0'), size: 256, prefixLength: 24 });
  assert.equal(cidrContains('172.30.1.192/26', '172.30.1.255'), true);
  assert.equal(cidrContains('172.30.1.192/26', '172.30.1.191'), false);
  assert.equal(cidrContains('10.0.0.0/8', 'fd00::1'), false);
});
