import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { KubernetesObject } from '../object.ts';
import { cases } from './testdata/cases.ts';
import { type Recorded, baseObject, changed, create, disagreements, keyOf, update } from './testdata/corpus.ts';

// What upstream's API server v1.37 answered to each case; test/parity-kinds/compare.ts --record wrote it.
const recorded = JSON.parse(readFileSync(new URL('testdata/recorded.json', import.meta.url), 'utf8')) as Record<string, Recorded>;

for (const base of new Set(cases.map(([name]) => name))) {
  test(`${base}: refused and completed as upstream does`, () => {
    for (const entry of cases.filter(([name]) => name === base)) {
      const [, changes, then] = entry;
      const answer = recorded[keyOf(entry)];
      if (!answer) continue;
      const ours = then ? update(changed(answer.old as KubernetesObject, then), answer.old as KubernetesObject) : create(changed(baseObject(base), changes));
      assert.deepEqual(disagreements(answer, ours), [], keyOf(entry));
    }
  });
}

test('the recording covers the corpus', () => {
  assert.ok(Object.keys(recorded).length > cases.length * 0.9);
});
