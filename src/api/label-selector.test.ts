import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesLabels, matchesLabelSelector } from './label-selector.ts';

test('selectors in objects: none matches nothing, an empty one everything', () => {
  assert.equal(matchesLabelSelector(undefined, { a: 'b' }), false);
  assert.equal(matchesLabelSelector({}, undefined), true);
});

test('all pairs and all expressions must hold', () => {
  const selector = { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'In', values: ['x', 'y'] }, { key: 'c', operator: 'DoesNotExist' }] };
  assert.equal(matchesLabelSelector(selector, { a: '1', b: 'y' }), true);
  assert.equal(matchesLabelSelector(selector, { a: '1', b: 'y', c: '' }), false);
  assert.equal(matchesLabelSelector(selector, { a: '1', b: 'z' }), false);
  assert.equal(matchesLabelSelector(selector, { a: '2', b: 'x' }), false);
});

test('what is absent is in no list and outside every list', () => {
  const one = (operator: string, values?: string[]) => ({ matchExpressions: [{ key: 'k', operator, ...(values && { values }) }] });
  assert.equal(matchesLabelSelector(one('In', ['v']), {}), false);
  assert.equal(matchesLabelSelector(one('NotIn', ['v']), {}), true);
  assert.equal(matchesLabelSelector(one('NotIn', ['v']), { k: 'v' }), false);
  assert.equal(matchesLabelSelector(one('Exists'), {}), false);
});

test('a plain map matches labels that carry all of it', () => {
  assert.equal(matchesLabels({ a: 'b' }, { a: 'b', c: 'd' }), true);
  assert.equal(matchesLabels({ a: 'b' }, undefined), false);
});
