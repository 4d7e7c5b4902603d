import assert from 'node:assert/strict';
import { test } from 'node:test';
import { structuralSchema } from '../structural.ts';
import type { JSONSchemaProps } from '../types.ts';
import { embeddedErrors } from './embedded.ts';
import { listTypeErrors } from './list-types.ts';
import { loadCel } from './rule-programs.ts';
import { validateRules } from './validate-rules.ts';

const schemaOf = (properties: object): ReturnType<typeof structuralSchema> => structuralSchema({ type: 'object', properties } as JSONSchemaProps);
const text = { type: 'string' };

test('items that stand twice are told once each', () => {
  const schema = schemaOf({
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
    ports: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['port', 'protocol'], items: { type: 'object', properties: { port: { type: 'integer' }, protocol: text } } },
  });
  const found = listTypeErrors(schema, { set: ['a', 'b', 'a', 'a'], ports: [{ port: 1, protocol: 'TCP' }, { port: 1, protocol: 'UDP' }, { protocol: 'TCP', port: 1 }] });
  assert.deepEqual(found.map(({ field, detail }) => `${field}: ${detail}`), ['set[2]: Duplicate value: "a"', 'ports[2]: Duplicate value: {"port":1,"protocol":"TCP"}']);
});

test('an embedded object says what it is', () => {
  const schema = schemaOf({ inner: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true } });
  assert.deepEqual(embeddedErrors(schema, { inner: {} }).map(({ field }) => field), ['inner.apiVersion', 'inner.kind']);
  const [wrong] = embeddedErrors(schema, { inner: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { 'a b': 'c' } } } });
  assert.match(`${wrong?.field}: ${wrong?.detail}`, /^inner\.metadata\.labels: Invalid value: "a b": name part must consist/);
});

test('a rule that an unchanged part breaks is a warning, a changed one an error', async () => {
  await loadCel();
  const schema = schemaOf({ a: { ...text, 'x-kubernetes-validations': [{ rule: 'self.startsWith("x")', message: 'must start with x' }] }, b: text });
  const warnings: string[] = [];
  assert.deepEqual(validateRules(schema, { a: 'y', b: 'new' }, { value: { a: 'y', b: 'old' } }, '', false, warnings), []);
  assert.deepEqual(warnings, ['a: Invalid value: "y": must start with x']);
  assert.equal(validateRules(schema, { a: 'z' }, { value: { a: 'y' } })[0]?.detail, 'Invalid value: "z": must start with x');
});
