import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addQuantities, canonicalQuantity, canonicalResourceQuantity, compareQuantities, parseQuantity, QuantityError, quantityMilliValue, quantityValue, subtractQuantities } from './quantity.ts';

test('quantities are brought into the form upstream stores', () => {
  const cases: [string | number, string][] = [
    ['0', '0'], ['1000m', '1'], ['0.5', '500m'], ['1.5Gi', '1536Mi'], ['1024Mi', '1Gi'], ['1000', '1k'], ['1025Ki', '1025Ki'], ['1.500', '1.500'],
    ['1e3', '1e3'], ['100e1', '1e3'], [2048, '2048'], ['0.5Ki', '512'], ['1.2Ki', '1228800m'], ['-1.5', '-1500m'], ['+5', '+5'], ['00012', '00012'], ['.5', '500m'],
    ['10Ei', '9223372036854775807'], ['0.1n', '1n'], ['1000000', '1M'], ['3.000', '3'],
  ];
  for (const [given, expected] of cases) assert.equal(canonicalQuantity(given), expected, String(given));
});

test('amounts of resources round up to thousandths', () => {
  assert.equal(canonicalResourceQuantity('1u'), '1m');
  assert.equal(canonicalResourceQuantity('1.5m'), '2m');
  assert.equal(canonicalResourceQuantity('0.1'), '100m');
  assert.equal(canonicalResourceQuantity('1.500'), '1.500');
});

test('what is no quantity is refused with the text of upstream', () => {
  assert.throws(() => parseQuantity(''), QuantityError);
  assert.throws(() => parseQuantity('1 Gi'), /quantities must match the regular expression/);
  assert.throws(() => parseQuantity('1Kii'), /unable to parse quantity's suffix/);
  assert.throws(() => parseQuantity('1ee3'), /unable to parse quantity's suffix/);
});

test('arithmetic is exact and keeps the format', () => {
  assert.equal(addQuantities('100m', '0.9'), '1');
  assert.equal(addQuantities('1Gi', '512Mi'), '1536Mi');
  assert.equal(addQuantities('0', '1Gi'), '1Gi');
  assert.equal(subtractQuantities('1', '1500m'), '-500m');
  assert.equal(compareQuantities('1Gi', '1G'), 1);
  assert.equal(compareQuantities('1000m', '1'), 0);
  assert.equal(compareQuantities('9223372036854775807', '9223372036854775806'), 1);
});

test('numbers for computing round up', () => {
  assert.equal(quantityMilliValue('1.0005'), 1001);
  assert.equal(quantityValue('1500m'), 2);
  assert.equal(quantityValue('1Gi'), 2 ** 30);
});
