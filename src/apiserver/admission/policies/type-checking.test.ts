import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ValidatingAdmissionPolicy } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import { createScheme } from '../../../api/scheme.ts';
import { checkPolicyTypes, kindsToCheck } from './type-checking.ts';

const scheme = createScheme();
const rule = { operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments', 'replicasets', '*', 'deployments/scale'] };
const policy = (validations: { expression: string; messageExpression?: string }[], more: object = {}): ValidatingAdmissionPolicy =>
  ({ metadata: { name: 'p', uid: JSON.stringify(validations), generation: 1 }, spec: { matchConstraints: { resourceRules: [rule] }, validations, ...more } }) as ValidatingAdmissionPolicy;

test('expressions are checked against each kind that the rules name', async () => {
  assert.deepEqual(kindsToCheck(policy([]), scheme).map(({ kind }) => kind), ['Deployment', 'ReplicaSet']);
  const [only, ...more] = await checkPolicyTypes(policy([{ expression: 'object.spec.strategy.type == "Recreate"' }]), scheme);
  assert.equal(more.length, 0);
  assert.deepEqual(only, {
    fieldRef: 'spec.validations[0].expression',
    warning: `apps/v1, Kind=ReplicaSet: ERROR: <input>:1:12: undefined field 'strategy'\n | object.spec.strategy.type == "Recreate"\n | ...........^\n`,
  });
});

test('what fits says nothing: metadata, recursion, parameters, variables', async () => {
  const expressions = [
    "object.spec.replicas > 1 && object.metadata.labels['a'] == 'b' && oldObject.spec.replicas == 1", "object.spec.template.spec.containers.all(c, c.image != '' && c.ports.size() > 0)",
    "params.data['x'] == 'y' && variables.n > 2 && namespaceObject.metadata.name == request.namespace",
  ];
  const given = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, variables: [{ name: 'n', expression: 'object.spec.replicas + 1' }] };
  assert.deepEqual(await checkPolicyTypes(policy(expressions.map((expression) => ({ expression })), given), scheme), []);
});

test('types of both sides are told, in messages too', async () => {
  const warnings = await checkPolicyTypes(policy([{ expression: "object.spec.replicas > '1'", messageExpression: "'got ' + object.spec.replicas" }]), scheme);
  assert.match(warnings[0]?.warning ?? '', /Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '\(int, string\)'/);
  assert.equal(warnings[1]?.fieldRef, 'spec.validations[0].messageExpression');
});

test('policies for whatever there is are not checked', async () => {
  const everything = policy([{ expression: 'object.nope == 1' }], { matchConstraints: { resourceRules: [{ ...rule, apiGroups: ['*'] }] } });
  assert.deepEqual(await checkPolicyTypes(everything, scheme), []);
});

test('of many kinds the first by their names are looked at; an empty group is any', () => {
  const resources = ['statefulsets', 'services', 'deployments', 'pods'];
  const of = (apiGroups: string[], list: string[]): string[] => kindsToCheck(policy([], { matchConstraints: { resourceRules: [{ ...rule, apiGroups, resources: list }] } }), scheme).map(({ group, kind }) => `${group}/${kind}`);
  assert.deepEqual(of([''], resources), ['/Pod', '/Service', 'apps/Deployment', 'apps/StatefulSet']);
  assert.deepEqual(of(['apps'], resources), ['apps/Deployment', 'apps/StatefulSet']);
});

test('quantities have no type that expressions see', async () => {
  const [only] = await checkPolicyTypes(policy([{ expression: 'object.spec.template.spec.containers[0].resources.limits.cpu == "1"' }]), scheme);
  assert.match(only?.warning ?? '', /undefined field 'limits'/);
});
