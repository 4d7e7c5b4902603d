import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateValue } from './validate-value.ts';

const told = (schema: object, value: unknown, path?: string): string[] => validateValue(schema, value, undefined, path).map(({ field, detail }) => `${field}: ${detail}`);

test('a free key of the outermost object is told with the dot before it, a property without', () => {
  const integer = { type: 'integer' };
  assert.deepEqual(told({ type: 'object', additionalProperties: integer }, { a: 'x' }, 'default'), ['default.a: Invalid value: "string": .a in body must be of type integer: "string"']);
  assert.deepEqual(told({ type: 'object', properties: { a: integer } }, { a: 'x' }), ['a: Invalid value: "string": a in body must be of type integer: "string"']);
  assert.deepEqual(told({ type: 'object', properties: { a: { type: 'object', additionalProperties: integer } } }, { a: { b: 'x' } }), ['a.b: Invalid value: "string": a.b in body must be of type integer: "string"']);
});

test('numbers that are no 64-bit integers are shown as floats and have no multiples that can be told', () => {
  const schema = { type: 'number', maximum: 1, multipleOf: 2 };
  assert.deepEqual(told(schema, 1e20), ['<nil>: Invalid value: 1e+20:  in body should be a multiple of 2', '<nil>: Invalid value: 1e+20:  in body should be less than or equal to 1']);
  assert.deepEqual(told({ type: 'number', maximum: 1 }, 1234567.5), ['<nil>: Invalid value: 1.2345675e+06:  in body should be less than or equal to 1']);
  assert.deepEqual(told({ type: 'number', maximum: 1 }, 2.5), ['<nil>: Invalid value: 2.5:  in body should be less than or equal to 1']);
  assert.deepEqual(told({ type: 'integer', maximum: 1 }, 5000000), ['<nil>: Invalid value: 5000000:  in body should be less than or equal to 1']);
});
