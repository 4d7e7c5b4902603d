import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindRules, RuleContext } from '../../kind-rules.ts';
import type { KubernetesObject } from '../../object.ts';
import { registrationRules } from './extensions.ts';
import { flowcontrolRules } from './flowcontrol.ts';

const CONTEXT = { now: 0, operation: 'create', subresource: '', group: '', namespace: '', user: '' } as unknown as RuleContext;
const service = registrationRules()['APIService'] as KindRules;
const spec = { group: 'example.com', version: 'v1', groupPriorityMinimum: 100, versionPriority: 10 };
const named = (name: string, more: object = {}): KubernetesObject => ({ metadata: { name }, spec: { ...spec, ...more } }) as unknown as KubernetesObject;
const found = (object: KubernetesObject): string[] => (service.validate?.(object, CONTEXT) ?? []).map(({ field, detail }) => `${field}: ${detail}`);

test('an APIService is named after its version and group', () => {
  assert.deepEqual(found(named('v1.example.com')), []);
  assert.deepEqual(found(named('other')), ['metadata.name: Invalid value: "other": must be `spec.version+"."+spec.group`: "v1.example.com"']);
  assert.deepEqual(found(named('a/b')), ['metadata.name: Invalid value: "a/b": may not contain \'/\'']);
});

test('only v1 goes without a group', () => {
  assert.deepEqual(found(named('v1.', { group: '' })), []);
  assert.match(found(named('v2.', { group: '', version: 'v2' })).join(), /^spec\.group: .*only v1 may have an empty group/);
});

test('conditions of a status are checked: known states, each type once', () => {
  const statusOf = (rules: KindRules | undefined, conditions: object[]): string[] => {
    const object = { ...named('v1.example.com'), status: { conditions } } as unknown as KubernetesObject;
    return (rules?.validateStatusUpdate?.(object, named('v1.example.com'), CONTEXT) ?? []).map(({ field }) => field);
  };
  assert.deepEqual(statusOf(service, [{ type: 'Ready', status: 'True' }, { type: 'Ready', status: 'Maybe' }]), ['status.conditions[1].status']);
  const { FlowSchema, PriorityLevelConfiguration } = flowcontrolRules();
  assert.deepEqual(statusOf(FlowSchema, [{ type: 'Ready' }, { type: 'Other' }]), []);
  assert.deepEqual(statusOf(FlowSchema, [{ type: 'Ready' }, { type: 'Ready' }, {}]), ['status.conditions[1].type', 'status.conditions[2].type']);
  assert.deepEqual(statusOf(PriorityLevelConfiguration, [{ type: '' }]), ['status.conditions[0].type']);
});
