import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole } from '../../../schema/v1.37/types/rbac-v1.ts';
import { aggregatedRules } from './aggregation.ts';

const role = (name: string, labels: Record<string, string>, resource: string) => ({ metadata: { name, labels }, rules: [{ verbs: ['get'], resources: [resource], apiGroups: [''] }] });

test('rules come from all labelled roles, each once, never from the role itself', () => {
  const view: ClusterRole = { metadata: { name: 'view', labels: { view: 'true' } }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { view: 'true' } }, { matchLabels: { also: 'true' } }] }, rules: [{ verbs: ['*'], resources: ['old'] }] };
  const rules = aggregatedRules(view, [view, role('b', { view: 'true' }, 'pods'), role('a', { view: 'true', also: 'true' }, 'services'), role('c', {}, 'secrets'), role('d', { also: 'true' }, 'pods')]);
  assert.deepEqual(rules.map((rule) => rule.resources?.[0]), ['services', 'pods']);
});
