import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../scheme.ts';
import type { Schema } from '../schema.ts';
import { StatusError } from '../status.ts';
import { bodyEncoding, encodeBody, negotiate, parseBody } from './index.ts';
import { parseYaml } from './yaml.ts';

const pod = createScheme().kindSchema('', 'v1', 'Pod') as Schema;
const status = (code: number, message: string) => (error: unknown): boolean => error instanceof StatusError && error.code === code && (assert.equal(error.message, message), true);

test('the first acceptable entry wins', () => {
  assert.equal(negotiate(undefined).encoding, 'json');
  assert.equal(negotiate('application/vnd.kubernetes.protobuf,application/json').encoding, 'protobuf');
  assert.equal(negotiate('application/json;q=0.5,application/yaml').encoding, 'yaml');
  assert.equal(negotiate('application/vnd.kubernetes.protobuf,*/*', { encodings: ['json', 'yaml'] }).encoding, 'json');
  assert.equal(negotiate('text/html, application/*').encoding, 'json');
});

test('tables and partial objects are asked for in the media type', () => {
  const kubectl = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';
  assert.deepEqual([negotiate(kubectl).as, negotiate(kubectl).version], ['Table', 'v1']);
  assert.equal(negotiate('application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io').as, 'PartialObjectMetadataList');
  assert.equal(negotiate('application/json;as=Table;v=v9;g=meta.k8s.io,application/json').as, undefined);
  assert.equal(negotiate(kubectl, { as: [] }).as, undefined);
});

test('watches stream protobuf and JSON, not YAML', () => {
  assert.equal(negotiate('application/vnd.kubernetes.protobuf;stream=watch', { watch: true }).contentType, 'application/vnd.kubernetes.protobuf;stream=watch');
  assert.equal(negotiate('application/json', { watch: true }).contentType, 'application/json');
  assert.throws(() => negotiate('application/yaml', { watch: true }), status(406, 'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'));
});

test('what cannot be given or read is refused with the list of what can', () => {
  assert.throws(() => negotiate('application/json;as=Table;v=v9;g=meta.k8s.io'), status(406, 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf'));
  assert.throws(() => bodyEncoding('text/foo'), status(415, 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf'));
  assert.equal(bodyEncoding('application/json; charset=utf-8'), 'json');
});

test('one object in three encodings decodes to the same', () => {
  const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x', labels: { on: 'yes', n: '012' } }, spec: { containers: [{ name: 'c', resources: {} }] }, status: {} };
  for (const encoding of ['json', 'yaml', 'protobuf'] as const) {
    const body = parseBody(encodeBody(object, encoding, pod), encoding);
    assert.deepEqual([body.apiVersion, body.kind], ['v1', 'Pod']);
    assert.deepEqual(body.decode(pod, { strict: true }).object, object, encoding);
  }
});

test('YAML: scalars as upstream reads them, duplicates told', () => {
  const { value, duplicates } = parseYaml('a: yes\nb: 2020-01-01\nc: 1:30\nd: 0x10\ne: ~\n1: x\nf: {g: on}\nf: 2\n');
  assert.deepEqual(value, { 1: 'x', a: true, b: '2020-01-01', c: '1:30', d: 16, e: null, f: 2 });
  assert.deepEqual(duplicates, ['line 8: key "f" already set in map']);
  assert.deepEqual(parseYaml('{"a": "yes", "b": 12}'), { value: { a: 'yes', b: 12 }, duplicates: [] });
  assert.deepEqual(parseYaml('{"a": 1, "a": 2}').duplicates, ['line 1: key "a" already set in map']);
  assert.throws(() => parseYaml('a: [1'), /error converting YAML to JSON: yaml: line 1/);
});
