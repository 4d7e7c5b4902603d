import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathWarnings } from './path-warnings.ts';

test('files of one volume that are in each other are warned of', () => {
  const items = [{ key: 'a', path: 'one' }, { key: 'b', path: 'one/two/' }, { key: 'c', path: 'onetwo' }, { key: 'd', path: 'one' }];
  assert.deepEqual(pathWarnings([{ name: 'v', configMap: { name: 'c', items } }]), [
    'volume "v" (ConfigMap "c"): overlapping paths: "one/two" with "one"',
    'volume "v" (ConfigMap "c"): overlapping paths: "one" with "one"',
    'volume "v" (ConfigMap "c"): overlapping paths: "one" with "one/two"',
  ]);
});

test('projected sources are told apart, and missed where there are none', () => {
  const sources = [{ secret: { name: 's', items: [{ key: 'a', path: 'token' }] } }, {}, { serviceAccountToken: { path: 'token' } }];
  assert.deepEqual(pathWarnings([{ name: 'v', projected: { sources } }]), [
    'volume "v" (Projected) has no sources provided',
    'volume "v" (Projected): overlapping paths: "token" (ServiceAccountToken) with "token" (Secret "s")',
  ]);
});
