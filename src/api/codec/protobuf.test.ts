import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheme } from '../scheme.ts';
import type { Schema } from '../schema.ts';
import { decodeJson, DecodeError } from './json.ts';
import { decodeEnvelope, decodeMessage, decodeProtobuf, encodeEnvelope, encodeList, encodeMessage, encodeProtobuf, isProtobuf } from './protobuf.ts';

const scheme = createScheme();
const pod = scheme.kindSchema('', 'v1', 'Pod') as Schema;
const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' }, spec: { containers: [{ name: 'c', image: 'i', resources: {} }] }, status: {} };

test('a list is put together from messages that were encoded before', () => {
  const bytes = encodeList('v1', 'PodList', { resourceVersion: '5' }, [encodeMessage(object, pod), encodeMessage(object, pod)]);
  const { kind: _, apiVersion: __, ...bare } = object;
  assert.deepEqual(decodeProtobuf(bytes, (_version, kind) => scheme.kindSchema('', 'v1', kind)), { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '5' }, items: [bare, bare] });
});

test('an empty list has an empty list of items', () => {
  assert.deepEqual(decodeProtobuf(encodeList('v1', 'PodList', {}, []), (_version, kind) => scheme.kindSchema('', 'v1', kind))['items'], []);
});

test('an envelope may hold JSON', () => {
  const bytes = encodeEnvelope('v1', 'Pod', Buffer.from('{"kind":"Pod"}'), 'application/json');
  assert.deepEqual(decodeProtobuf(bytes, () => undefined), { kind: 'Pod' });
});

test('bytes that are no message of the kind are refused, whatever they are', () => {
  assert.throws(() => decodeEnvelope(Buffer.from('{}')), /does not appear to be a protobuf message/);
  const bytes = encodeProtobuf(object, pod);
  assert.ok(isProtobuf(bytes));
  for (let length = 4; length < bytes.length; length++) {
    try {
      decodeProtobuf(bytes.subarray(0, length), () => pod);
    } catch (error) {
      assert.ok(error instanceof DecodeError, `${length}: ${String(error)}`);
    }
  }
  for (let index = 0; index < 500; index++) {
    const broken = Uint8Array.from(encodeMessage(object, pod), (byte, at) => (at === index % 40 ? (byte * 7 + index) & 255 : byte));
    try {
      decodeMessage(broken, pod);
    } catch (error) {
      assert.ok(error instanceof DecodeError || error instanceof SyntaxError, String(error));
    }
  }
  assert.throws(() => decodeProtobuf(bytes, () => undefined), /no kind "Pod" is registered for version "v1"/);
});

test('nesting deeper than the stack is refused', () => {
  const depth = 200_000;
  const revision = scheme.kindSchema('apps', 'v1', 'ControllerRevision') as Schema;
  assert.throws(() => decodeJson(`{"data":${'['.repeat(depth)}${']'.repeat(depth)}}`, revision, { strict: true }), DecodeError);
});
