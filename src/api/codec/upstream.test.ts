/** Bytes that upstream's API server sent, recorded with its JSON of the same objects. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { KubernetesObject } from '../object.ts';
import { definitionNameOfKind, definitionSchema } from '../schema-tables.ts';
import type { Schema } from '../schema.ts';
import { decodeObject } from './json.ts';
import { decodeProtobuf, decodeWatchEvent, encodeProtobuf, encodeWatchFrame } from './protobuf.ts';

interface Recording { path: string; json: KubernetesObject; protobuf?: string; watch?: string }
const recordings = JSON.parse(readFileSync(new URL('testdata/upstream.json', import.meta.url), 'utf8')) as Recording[];

function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const slash = apiVersion.indexOf('/');
  const name = definitionNameOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  return name ? definitionSchema(name) : undefined;
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
/** Items of lists name their kind in upstream's JSON of some lists only. */
function withoutItemKinds(value: KubernetesObject): KubernetesObject {
  for (const item of (value['items'] ?? []) as KubernetesObject[]) { delete item.apiVersion; delete item.kind; }
  return value;
}

for (const { path, json, protobuf, watch } of recordings) {
  if (protobuf) {
    test(`protobuf of ${path} decodes to upstream's JSON and back`, () => {
      const bytes = Buffer.from(protobuf, 'base64');
      const schema = schemaOf(json.apiVersion as string, json.kind as string) as Schema;
      const decoded = decodeProtobuf(bytes, schemaOf);
      assert.deepEqual(withoutItemKinds(plain(decoded) as KubernetesObject), withoutItemKinds(plain(json) as KubernetesObject));
      assert.deepEqual(decodeProtobuf(encodeProtobuf(decoded, schema), schemaOf), decoded);
    });
    test(`JSON of ${path} is canonical as it is`, () => {
      const { object, strictErrors } = decodeObject(json, schemaOf(json.apiVersion as string, json.kind as string) as Schema, { strict: true });
      assert.deepEqual(strictErrors, []);
      assert.deepEqual(object, json);
    });
  }
  if (watch) {
    test('a watch frame of upstream decodes to its JSON event, and ours to the same', () => {
      const bytes = Buffer.from(watch, 'base64');
      const event = bytes.subarray(4, 4 + bytes.readUInt32BE(0));
      assert.deepEqual(plain(decodeWatchEvent(event)), json);
      const object = (json as unknown as { object: KubernetesObject }).object;
      const frame = encodeWatchFrame('ADDED', encodeProtobuf(object, schemaOf('v1', object.kind as string) as Schema));
      assert.deepEqual(plain(decodeWatchEvent(frame.subarray(4))), json);
    });
  }
}
