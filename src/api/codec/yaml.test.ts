import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../scheme.ts';
import type { Schema } from '../schema.ts';
import { decodeJson, decodeObject } from './json.ts';
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts';
import { parseYaml, stringifyYaml } from './yaml.ts';

const pod = createScheme().kindSchema('', 'v1', 'Pod') as Schema;

test('one object in three encodings decodes to the same', () => {
  const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', labels: { on: 'yes', n: '012' } }, spec: { containers: [{ name: 'c', resources: {} }] }, status: {} };
  assert.deepEqual(decodeJson(JSON.stringify(object), pod).object, object);
  assert.deepEqual(decodeObject(parseYaml(stringifyYaml(object)).value, pod).object, object);
  assert.deepEqual(decodeProtobuf(encodeProtobuf(object, pod), () => pod), object);
});

test('YAML: scalars as upstream reads them, duplicates told', () => {
  const { value, duplicates } = parseYaml('a: yes\nb: 2020-01-01\nc: 1:30\nd: 0x10\ne: ~\n1: x\nf: {g: on}\nf: 2\n');
  assert.deepEqual(value, { 1: 'x', a: true, b: '2020-01-01', c: '1:30', d: 16, e: null, f: 2 });
  assert.deepEqual(duplicates, ['line 8: key "f" already set in map']);
  assert.deepEqual(parseYaml('{"a": "yes", "b": 12}'), { value: { a: 'yes', b: 12 }, duplicates: [] });
  assert.deepEqual(parseYaml('{"a": 1, "a": 2}').duplicates, ['line 1: key "a" already set in map']);
  assert.throws(() => parseYaml('a: [1'), /error converting YAML to JSON: yaml: line 1/);
  assert.deepEqual(parseYaml('a: 1\n---\nb: [').value, { a: 1 });
});

test('YAML: what is nested deeper than upstream reads is refused before it is read', () => {
  for (const text of [`a: ${'['.repeat(10_001)}`, '{a: '.repeat(10_001), '- '.repeat(10_001), `a:\n${'  - '.repeat(10_001)}`]) {
    assert.throws(() => parseYaml(text), { message: 'error converting YAML to JSON: yaml: exceeded max depth of 10000' });
  }
  assert.deepEqual(parseYaml(`a: "${'['.repeat(10_001)}"`).value, { a: '['.repeat(10_001) });
});

test('YAML: what is wrong, in the words of upstream\'s parser', () => {
  const texts: Record<string, string> = {
    'a: [': "line 1: did not find expected node content", 'a: [b': "line 1: did not find expected ',' or ']'", 'a: {b': "line 1: did not find expected ',' or '}'",
    'a: [b,\n': 'line 1: did not find expected node content', '[a, b': "line 1: did not find expected ',' or ']'", 'a: ]': 'did not find expected node content',
    'a: b: c': 'mapping values are not allowed in this context', 'kind: x\n  y: z\n': 'line 2: mapping values are not allowed in this context',
    'x\ny: z': 'line 2: mapping values are not allowed in this context', 'a: "x': 'found unexpected end of stream', 'a: @x': 'found character that cannot start any token',
    'a:\n\tb: c': 'line 2: found character that cannot start any token', '- a\nb: c': "line 1: did not find expected '-' indicator",
    'a: b\n- c': 'line 1: did not find expected key', 'a: b\nc': "line 3: could not find expected ':'", 'a: "\\q"': 'found unknown escape character',
    'a: *': 'did not find expected alphabetic or numeric character', 'a: !<x': "did not find the expected '>'", 'a: *x': "unknown anchor 'x' referenced",
  };
  for (const [text, expected] of Object.entries(texts)) assert.throws(() => parseYaml(text), { message: `error converting YAML to JSON: yaml: ${expected}` }, text);
});
