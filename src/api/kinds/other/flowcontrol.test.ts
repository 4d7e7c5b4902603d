import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import { kindRules } from '../index.ts';

const GROUP = 'flowcontrol.apiserver.k8s.io';
const context: RuleContext = { now: 0, operation: 'create', subresource: '', namespace: '', user: '', options: { allowDuplicatePorts: false } };
const found = (kind: string, name: string, spec: object): string[] => {
  const rules = kindRules(GROUP, kind);
  const object = { apiVersion: `${GROUP}/v1`, kind, metadata: { name }, spec: structuredClone(spec) } as KubernetesObject;
  rules?.default?.(object);
  return rules?.validate?.(object, context).map(({ field, detail }) => `${field}: ${detail}`) ?? [];
};
const level = (name: string, spec: object): string[] => found('PriorityLevelConfiguration', name, spec);
const schema = (rule: object, more: object = {}): string[] => found('FlowSchema', 'one', { priorityLevelConfiguration: { name: 'l' }, matchingPrecedence: 5, rules: [rule], ...more });

test('parts of a level go with its type', () => {
  const limited = { limitResponse: { type: 'Reject' } };
  assert.deepEqual(level('one', { type: 'Limited', limited }), []);
  assert.deepEqual(level('one', { type: 'Odd', limited }), ['spec.type: Unsupported value: "Odd": supported values: "Exempt", "Limited"', 'spec.limited: Forbidden']);
  assert.deepEqual(level('one', { type: 'Limited', limited: { limitResponse: { type: 'Queue' } }, exempt: {} }), ['spec.exempt: Forbidden', 'spec.limited.limitResponse.queuing: Required value']);
});

test('hands that need too much chance are refused', () => {
  const queuing = { queues: 1024, handSize: 7, queueLengthLimit: 1 };
  assert.deepEqual(level('one', { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing } } }), ['spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60']);
});

test('what every cluster has stays as it is, but for the shares of what is exempt', () => {
  assert.deepEqual(level('exempt', { type: 'Exempt', exempt: { nominalConcurrencyShares: 7 } }), []);
  const changed = { type: 'Limited', limited: { nominalConcurrencyShares: 7, limitResponse: { type: 'Reject' } } };
  assert.match(level('catch-all', changed)[0] ?? '', /^spec: Invalid value: \{"Type":"Limited",.*\}: spec of 'catch-all' must equal the fixed value$/);
});

test('rules name subjects, verbs and places that can be', () => {
  const subjects = [{ kind: 'User', user: { name: 'u' }, group: { name: 'g' } }];
  assert.deepEqual(schema({ subjects, nonResourceRules: [{ verbs: ['get', 'sing'], nonResourceURLs: ['/a', 'b', '/a*'] }] }), [
    "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
    'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["get","sing"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "b": must start with slash',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a*": wildcard can only do suffix matching',
  ]);
  assert.deepEqual(schema({ subjects: [], resourceRules: [{ verbs: ['*', 'get'], apiGroups: ['*'], resources: ['*'] }] }, { matchingPrecedence: 1 }), [
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    'spec.rules[0].subjects: Required value: subjects must contain at least one value',
    "spec.rules[0].resourceRules[0].verbs: Invalid value: [\"*\",\"get\"]: if '*' is present, must not specify other verbs",
    'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
  ]);
});
