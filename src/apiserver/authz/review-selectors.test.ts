import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSelectors, selectorErrors } from './review-selectors.ts';

test('a review tells what it could not read of a selector', () => {
  const partly = readSelectors({ labelSelector: { requirements: [{ key: 'a', operator: 'Exists' }, { key: 'b', operator: 'Newer' }] } });
  assert.deepEqual([partly.label, partly.faults], ['a', ['spec.resourceAttributes.labelSelector partially ignored due to parse error']]);
  assert.deepEqual(readSelectors({ labelSelector: { rawSelector: 'a in (' } }).faults, ['spec.resourceAttributes.labelSelector ignored due to parse error']);
  assert.equal(readSelectors({ fieldSelector: { requirements: [{ key: 'a', operator: 'NotIn', values: ['b'] }] } }).field, 'a!=b');
});

test('a requirement without the values it needs is refused', () => {
  const [error] = selectorErrors({ labelSelector: { requirements: [{ key: 'a', operator: 'In' }] } });
  assert.deepEqual([error?.type, error?.field], ['FieldValueRequired', 'spec.resourceAttributes.labelSelector.requirements[0].values']);
});
