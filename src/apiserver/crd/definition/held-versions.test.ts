import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomResourceDefinition } from '../types.ts';
import { heldVersions } from './held-versions.ts';
import { definitionRules } from './rules.ts';

const OTHER = { name: 'v2', served: true, storage: false, selectableFields: [{ jsonPath: '.a' }], schema: { openAPIV3Schema: { type: 'object' } } };

test('parts that all versions share are not quoted with a version', () => {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  assert.equal(heldVersions(versions).text,
    '[{"Name":"v1","Served":true,"Storage":true,"Deprecated":false,"DeprecationWarning":null,"Schema":null,"Subresources":null,"AdditionalPrinterColumns":null,"SelectableFields":null}]');
  assert.equal(heldVersions(undefined).text, 'null');
});

test("a version's own parts are quoted with every field", () => {
  const column = { name: 'A', type: 'string', jsonPath: '.a' };
  const { text } = heldVersions([{ name: 'v1', served: true, storage: false, subresources: { status: {} }, additionalPrinterColumns: [column],
    schema: { openAPIV3Schema: { type: 'object', properties: { b: { type: 'array', items: { type: 'string' } }, a: { type: 'object', additionalProperties: true } } } } }, OTHER]);
  const [version] = JSON.parse(text) as { Subresources: object; AdditionalPrinterColumns: object[]; Schema: { OpenAPIV3Schema: Record<string, unknown> & { Properties: Record<string, Record<string, unknown>> } } }[];
  assert.deepEqual(version?.Subresources, { Status: {}, Scale: null });
  assert.deepEqual(version?.AdditionalPrinterColumns, [{ Name: 'A', Type: 'string', Format: '', Description: '', Priority: 0, JSONPath: '.a' }]);
  const schema = version?.Schema.OpenAPIV3Schema;
  assert.equal(Object.keys(schema ?? {}).length, 44);
  assert.deepEqual(Object.keys(schema?.Properties ?? {}), ['a', 'b']);
  assert.deepEqual(schema?.Properties['a']?.['AdditionalProperties'], { Allows: true, Schema: null });
  assert.equal((schema?.Properties['b']?.['Items'] as { JSONSchemas: null }).JSONSchemas, null);
});

test('a version named twice is not stored by its second name', () => {
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  const definition = {
    metadata: { name: 'as.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'as', singular: 'a', kind: 'A', listKind: 'AList' }, versions: [version, version] },
    status: { storedVersions: ['v1'] },
  } as unknown as CustomResourceDefinition;
  const found = definitionRules(undefined).validate?.(definition as never, {} as never) ?? [];
  assert.deepEqual(found.filter(({ field }) => field === 'status.storedVersions').map(({ detail }) => detail), ['Invalid value: ["v1"]: must have the storage version v1']);
});
