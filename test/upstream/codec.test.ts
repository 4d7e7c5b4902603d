/** Objects in which every field is set, as upstream keeps them beside its types in JSON, YAML and protobuf. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { decodeObject } from '../../src/api/codec/json.ts';
import { decodeProtobuf, encodeProtobuf } from '../../src/api/codec/protobuf.ts';
import { parseYaml } from '../../src/api/codec/yaml.ts';
import type { KubernetesObject } from '../../src/api/object.ts';
import { definitionNameOfKind, definitionSchema } from '../../src/api/schema-tables.ts';
import type { Schema } from '../../src/api/schema.ts';

function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const slash = apiVersion.indexOf('/');
  const name = definitionNameOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  return name ? definitionSchema(name) : undefined;
}
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const everyField = `${process.env['GOMODCACHE'] ?? `${homedir()}/go/pkg/mod`}/k8s.io/api@v0.37.2/testdata/HEAD/`;
test('every field of every kind: upstream\'s own test data', { skip: existsSync(everyField) ? false : 'the pinned module is not in the Go module cache' }, () => {
  let compared = 0;
  for (const file of readdirSync(everyField)) {
    if (!file.endsWith('.json') || file.includes('after_roundtrip')) continue;
    const json = JSON.parse(readFileSync(everyField + file, 'utf8')) as KubernetesObject;
    const schema = json.apiVersion ? schemaOf(json.apiVersion, json.kind as string) : undefined;
    if (!schema || !existsSync(everyField + file.replace('.json', '.pb'))) continue;
    const decoded = decodeProtobuf(readFileSync(everyField + file.replace('.json', '.pb')), schemaOf);
    assert.deepEqual(plain(decoded), json, file);
    assert.deepEqual(decodeObject(json, schema).object, json, file);
    assert.deepEqual(decodeProtobuf(encodeProtobuf(decoded, schema), schemaOf), decoded, file);
    assert.deepEqual(parseYaml(readFileSync(everyField + file.replace('.json', '.yaml'), 'utf8')).value, json, file);
    compared++;
  }
  assert.ok(compared > 100, `${compared} kinds compared`);
});
