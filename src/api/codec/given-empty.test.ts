import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionSchema } from '../schema-tables.ts';
import type { Schema } from '../schema.ts';
import { asGiven, keepGivenEmpty } from './given-empty.ts';
import { copyJson, decodeObject } from './json.ts';

const schema = definitionSchema('io.k8s.api.rbac.v1.ClusterRole') as Schema;
const decoded = (role: object): Record<string, unknown> => decodeObject({ metadata: { name: 'a' }, ...role }, schema).object;

test('a list given empty is told from one that is absent', () => {
  const role = decoded({ rules: [] });
  assert.equal(role['rules'], null);
  assert.deepEqual(asGiven(role)['rules'], []);
  assert.equal(role['rules'], null);
  const absent = decoded({});
  assert.equal(asGiven(absent), absent);
});

test('inside other lists, and in a copy', () => {
  const role = decoded({ rules: [{ verbs: ['get'], apiGroups: [], resources: [] }] });
  const copy = keepGivenEmpty(role, copyJson(role));
  assert.deepEqual(asGiven(copy)['rules'], [{ verbs: ['get'], apiGroups: [], resources: [] }]);
  // Clients never see these fields when they are empty.
  assert.deepEqual(asGiven(copy, true)['rules'], [{ verbs: ['get'] }]);
});
