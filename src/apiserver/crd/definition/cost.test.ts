import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, createEnvironment } from '../../../cel/compile.ts';
import { declare, registerDeclared, sizesOf } from '../../../cel/declarations.ts';
import type { Schema } from '../../../api/schema.ts';
import { structuralSchema } from '../structural.ts';
import type { JSONSchemaProps } from '../types.ts';

function estimateOf(properties: Record<string, object>, rule: string): number {
  const schema: Schema = structuralSchema({ type: 'object', properties } as JSONSchemaProps);
  const declared = declare(schema, 'selfType', false)!;
  const environment = createEnvironment();
  registerDeclared(environment, declared);
  environment.registerVariable('self', declared.type);
  return compile(environment, rule).estimate(sizesOf(declared)).max;
}
const text = (maxLength?: number): object => ({ type: 'string', ...(maxLength === undefined ? {} : { maxLength }) });
const list = (items: object, maxItems?: number): object => ({ type: 'array', items, ...(maxItems === undefined ? {} : { maxItems }) });

test('bounds of the schema bound the cost', () => {
  assert.equal(estimateOf({ a: { type: 'integer' } }, 'self.a > 1'), 3);
  assert.equal(estimateOf({ a: text(10) }, 'self.a == "abc"'), 3);
  assert.ok(estimateOf({ l: list(text(10), 10) }, 'self.l.all(x, self.l.all(y, x == y))') < 10_000_000);
  assert.ok(estimateOf({ l: list(text()) }, 'self.l.all(x, self.l.all(y, x == y))') > 1_000_000_000);
});

test('an evaluation that costs more than it may is stopped', () => {
  const program = compile(createEnvironment({ l: 'list<int>' }), 'l.all(x, l.all(y, x + y >= 0))');
  const l = Array.from({ length: 100 }, (_, index) => BigInt(index));
  let spent = 0;
  assert.equal(program.run({ l }, undefined, (cost) => { spent = cost; }), true);
  assert.ok(spent > 10_000);
  assert.throws(() => program.run({ l }, 1000), /operation cancelled: actual cost limit exceeded/);
});
