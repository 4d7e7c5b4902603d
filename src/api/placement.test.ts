import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSelectorTerm } from '../../schema/v1.37/types/core-v1.ts';
import { matchesRequiredNodeAffinity, tolerates, untoleratedTaint } from './placement.ts';

test('node affinity: terms are alternatives, requirements of one all hold', () => {
  const spec = (...nodeSelectorTerms: object[]) => ({ spec: { containers: [], affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: nodeSelectorTerms as NodeSelectorTerm[] } } } } });
  const ssd = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }, { key: 'size', operator: 'Gt', values: ['5'] }] };
  assert.equal(matchesRequiredNodeAffinity(spec(ssd), { name: 'n', labels: { disk: 'ssd', size: '6' } }), true);
  assert.equal(matchesRequiredNodeAffinity(spec(ssd), { name: 'n', labels: { disk: 'ssd', size: '5' } }), false);
  assert.equal(matchesRequiredNodeAffinity(spec(ssd, { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }), { name: 'n', labels: {} }), true);
  assert.equal(matchesRequiredNodeAffinity(spec({}), { name: 'n', labels: {} }), false);
});

test('tolerations: an empty key with Exists takes all, an effect narrows', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoExecute' };
  assert.equal(tolerates({ operator: 'Exists' }, taint), true);
  assert.equal(tolerates({ key: 'k', value: 'v', effect: 'NoSchedule' }, taint), false);
  assert.equal(tolerates({ key: 'k', value: 'w' }, taint), false);
  assert.equal(untoleratedTaint([taint, { key: 'x', effect: 'PreferNoSchedule' }], [{ key: 'k', operator: 'Exists' }], ['NoExecute', 'NoSchedule']), undefined);
});
