import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attribute, decodeAttributes, decodeMessages, encodeMessage, nested, text, u32 } from './netlink-message.ts';
import { addressBytes } from './netlink-route.ts';

test('attributes are padded and found again, nested ones too', () => {
  const inner = nested(18, attribute(1, text('veth')), attribute(3, u32(7)));
  const payload = Buffer.concat([attribute(3, text('eth0')), inner]);
  assert.equal(payload.length % 4, 0);
  const attributes = decodeAttributes(payload);
  assert.equal(attributes.get(3)?.toString(), 'eth0\0');
  assert.equal(decodeAttributes(attributes.get(18) as Buffer).get(3)?.readUInt32LE(0), 7);
});

test('messages behind each other are told apart, and a cut one ends the list', () => {
  const first = encodeMessage({ type: 16, flags: 0, payload: Buffer.from('abc') }, 1);
  const second = encodeMessage({ type: 17, flags: 0, payload: Buffer.alloc(0) }, 2);
  const decoded = decodeMessages(Buffer.concat([first, second]));
  assert.deepEqual(decoded.map(({ type, sequence, payload }) => [type, sequence, payload.toString()]), [[16, 1, 'abc'], [17, 2, '']]);
  assert.equal(decodeMessages(Buffer.concat([first, second]).subarray(0, first.length + 8)).length, 1);
});

test('addresses of both families have their bytes', () => {
  assert.deepEqual([...addressBytes('10.244.0.255')], [10, 244, 0, 255]);
  assert.equal(addressBytes('fd00::1:2').toString('hex'), 'fd000000000000000000000000010002');
  assert.equal(addressBytes('::').toString('hex'), '0'.repeat(32));
});
