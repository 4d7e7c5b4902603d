import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { KubernetesObject } from '../../../api/object.ts';
import type { Field, ResourceInfo, Schema, Scheme } from '../../../api/schema.ts';
import type { StatusError } from '../../../api/status.ts';
import { createAuthorizer } from '../../authz/authorizer.ts';
import { RBAC } from '../../authz/rbac-types.ts';
import { TestReader } from '../../authz/test-reader.ts';
import { Reinvocation } from '../reinvocation.ts';
import type { AdmissionAttributes } from '../../contracts.ts';
import type { RuleContext } from '../../../api/kind-rules.ts';
import { expressionLoader, withExpressionRules } from '../expression-validation.ts';
import { createScheme } from '../../../api/scheme.ts';
import { atomicParts } from './atomic-parts.ts';
import { mergeApplied } from './apply-merge.ts';
import { mutatingPolicies } from './mutating.ts';
import type { PolicyOptions } from './policies.ts';
import { validatingPolicies } from './validating.ts';

const GROUP = 'admissionregistration.k8s.io';
const CONSTRAINTS = { resourceRules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }] };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, schema: createScheme().kindSchema('apps', 'v1', 'Deployment') } as ResourceInfo;
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true } as ResourceInfo;

let reader: TestReader;
let options: PolicyOptions;

beforeEach(() => {
  reader = new TestReader().put('', 'namespaces', { metadata: { name: 'ns', labels: { env: 'test' } } });
  const scheme = { resources: () => [DEPLOYMENTS], kind: (_group: string, _version: string, kind: string) => (kind === 'ConfigMap' ? CONFIG_MAPS : undefined) } as unknown as Scheme;
  options = { reader, authorizer: createAuthorizer(reader), scheme };
});

function put(kind: 'validating' | 'mutating', spec: object, binding: object = {}, name = 'p'): void {
  reader.put(GROUP, `${kind}admissionpolicies`, { metadata: { name }, spec: { matchConstraints: CONSTRAINTS, failurePolicy: 'Fail', ...spec } });
  reader.put(GROUP, `${kind}admissionpolicybindings`, { metadata: { name: `${name}-b` }, spec: { policyName: name, validationActions: ['Deny'], ...binding } });
}

function request(replicas: number, more: Partial<AdmissionAttributes> = {}): AdmissionAttributes {
  return {
    operation: 'CREATE', info: DEPLOYMENTS, subresource: '', namespace: 'ns', name: 'd', object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas } },
    oldObject: undefined, options: {}, user: { name: 'jane', groups: [] }, dryRun: false, warnings: [], reinvocation: new Reinvocation(), annotations: {}, ...more,
  };
}
const validate = async (attributes: AdmissionAttributes): Promise<AdmissionAttributes> => {
  const plugin = validatingPolicies(options);
  if (plugin.handles(attributes)) await plugin.validate!(attributes);
  return attributes;
};
const mutate = async (attributes: AdmissionAttributes): Promise<KubernetesObject> => {
  const plugin = mutatingPolicies(options);
  if (plugin.handles(attributes)) await plugin.admit!(attributes);
  return attributes.object!;
};

test('a policy denies with its message, a namespace object and an own reason', async () => {
  put('validating', { validations: [
    { expression: 'object.spec.replicas > 1', messageExpression: "'wants replicas > 1, got ' + string(object.spec.replicas)" },
    { expression: "namespaceObject.metadata.labels['env'] == 'test'" }] });
  await assert.rejects(validate(request(1)), (error: StatusError) => error.code === 422 && error.reason === 'Invalid'
    && error.message === "deployments.apps \"d\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: wants replicas > 1, got 1");
  await validate(request(2));
  await validate(request(1, { info: { ...DEPLOYMENTS, resource: 'replicasets' } }));
});

test('a message that does not evaluate gives way to the plain one', async () => {
  put('validating', { validations: [{ expression: 'object.spec.replicas > 1', messageExpression: "'got ' + object.spec.replicas", reason: 'Forbidden' }] });
  await assert.rejects(validate(request(1)), (error: StatusError) => error.code === 403 && error.message.endsWith('denied request: failed expression: object.spec.replicas > 1'));
});

test('variables may name earlier ones and fail only where they are used', async () => {
  put('validating', { variables: [{ name: 'bad', expression: 'object.nope' }, { name: 'replicas', expression: 'object.spec.replicas' }, { name: 'odd', expression: 'variables.replicas % 2 == 1' }],
    validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.odd' }] });
  await validate(request(3));
  await assert.rejects(validate(request(2)), /failed expression: variables.odd/);
});

test('warn and audit let the request through; an error counts by failurePolicy', async () => {
  put('validating', { validations: [{ expression: 'object.spec.replicas > 1', message: 'too few' }] }, { validationActions: ['Warn', 'Audit'] });
  const { warnings, annotations } = await validate(request(1));
  assert.deepEqual(warnings, ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': too few"]);
  assert.match(annotations['validation.policy.admission.k8s.io/validation_failure'] ?? '', /"message":"too few"/);
  put('validating', { validations: [{ expression: 'object.spec.nope > 1' }] });
  await assert.rejects(validate(request(1)), /expression 'object.spec.nope > 1' resulted in error: no such key: nope/);
  put('validating', { validations: [{ expression: 'object.spec.nope > 1' }], failurePolicy: 'Ignore' });
  await validate(request(1));
});

test('parameters come from the binding; missing ones deny', async () => {
  const spec = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'object.spec.replicas <= int(params.data.max)' }] };
  put('validating', spec, { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } });
  await assert.rejects(validate(request(1)), /failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction/);
  reader.put('', 'configmaps', { metadata: { name: 'limits', namespace: 'ns' }, data: { max: '3' } });
  await validate(request(3));
  await assert.rejects(validate(request(4)), /failed expression/);
});

test('match conditions and the authorizer decide whether a policy counts', async () => {
  put('validating', { matchConditions: [{ name: 'not-admins', expression: "!authorizer.group('apps').resource('deployments').namespace('ns').check('breakglass').allowed()" }], validations: [{ expression: 'false' }] });
  await assert.rejects(validate(request(1)), /failed expression: false/);
  reader.put(RBAC, 'clusterroles', { metadata: { name: 'r' }, rules: [{ verbs: ['breakglass'], apiGroups: ['apps'], resources: ['deployments'] }] });
  reader.put(RBAC, 'clusterrolebindings', { metadata: { name: 'r' }, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'User', name: 'jane' }] });
  await validate(request(1));
});

test('a mutating policy applies configurations and patches', async () => {
  put('mutating', { mutations: [
    { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{metadata: Object.metadata{annotations: {"mutated-by": "admission-policy"}}, spec: Object.spec{replicas: object.spec.replicas + 1336}}' } },
    { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels", value: {"n": string(object.spec.replicas)}}]' } }] });
  const object = await mutate(request(1));
  assert.deepEqual(object['spec'], { replicas: 1337 });
  assert.deepEqual(object.metadata, { name: 'd', annotations: { 'mutated-by': 'admission-policy' }, labels: { n: '1337' } });
});

test('a mutating policy that fails denies, unless it fails open', async () => {
  const mutations = [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: object.spec.nope}}' } }];
  put('mutating', { mutations });
  await assert.rejects(mutate(request(1)), /no such key: nope/);
  put('mutating', { mutations, failurePolicy: 'Ignore' });
  assert.deepEqual((await mutate(request(1)))['spec'], { replicas: 1 });
});

test('applied lists merge by their keys, sets join, atomic ones are replaced', () => {
  const field = (name: string, schema: Schema, more: Partial<Field> = {}): [string, Field] => [name, { name, schema, required: false, ...more }];
  const text: Schema = { type: 'string' };
  const item: Schema = { type: 'object', fields: new Map([field('name', text), field('image', text)]) };
  const list: Schema = { type: 'array', items: item };
  const schema: Schema = { type: 'object', fields: new Map([field('containers', list, { listType: 'map', listMapKeys: ['name'] }), field('set', { type: 'array', items: text }, { listType: 'set' }), field('plain', { type: 'array', items: text })]) };
  assert.deepEqual(mergeApplied({ containers: [{ name: 'a', image: 'x' }, { name: 'b' }], set: ['1'], plain: ['1'], other: 1 },
    { containers: [{ name: 'a', image: 'y' }, { name: 'c' }], set: ['1', '2'], plain: ['2'] }, schema),
  { containers: [{ name: 'a', image: 'y' }, { name: 'b' }, { name: 'c' }], set: ['1', '2'], plain: ['2'], other: 1 });
});

test('expressions that do not compile are refused where they stand', async () => {
  const plugin = expressionLoader();
  const info = { group: GROUP, version: 'v1', resource: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration' } as ResourceInfo;
  const object = { metadata: { name: 'w' }, webhooks: [{ matchConditions: [{ name: 'c', expression: '... [] bad expression' }] }] } as KubernetesObject;
  await plugin.admit!(request(1, { info, object, name: 'w' }));
  const late = { type: 'FieldValueRequired', field: 'webhooks[0].matchConditions[1].name', detail: 'Required value' } as const;
  const rules = withExpressionRules(() => ({ validate: () => [late], validateUpdate: () => [] }))(GROUP, info.kind)!;
  const context = {} as RuleContext;
  const [first, second] = rules.validate!(object, context);
  assert.match(first!.detail, /^Invalid value: "\.\.\. \[\] bad expression": compilation failed: ERROR: <input>:1:2: Syntax error/);
  assert.equal(first!.field, 'webhooks[0].matchConditions[0].expression');
  assert.equal(second, late);
  assert.deepEqual(rules.validateUpdate!(object, object, context), []);
});

test('what could only replace an atomic part is found with its place', () => {
  const patch = { metadata: { labels: { a: 'b' }, ownerReferences: [{ uid: 'u' }] }, spec: { selector: { matchLabels: { a: 'b' } }, template: { spec: { nodeSelector: { a: 'b' }, containers: [{ name: 'a', env: [{ name: 'E' }], args: ['x'] }] } } } };
  assert.deepEqual(atomicParts(patch, DEPLOYMENTS.schema), ['.metadata.ownerReferences[0]', '.spec.selector', '.spec.template.spec.nodeSelector', '.spec.template.spec.containers[0].args']);
});

test('a policy that changes an object asks for a second pass, in which only those are called that want it', async () => {
  const counting = (key: string): object => ({ mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: `[JSONPatch{op: "add", path: "/metadata/labels", value: {"${key}": has(object.metadata.labels) ? "twice" : "once"}}]` } }] });
  put('mutating', { ...counting('n'), reinvocationPolicy: 'IfNeeded' });
  const attributes = request(1);
  assert.deepEqual((await mutate(attributes)).metadata?.labels, { n: 'once' });
  assert.equal(attributes.reinvocation.isWanted, true);
  attributes.reinvocation.isSecondPass = true;
  assert.deepEqual((await mutate(attributes)).metadata?.labels, { n: 'twice' });
  put('mutating', { ...counting('n'), reinvocationPolicy: 'Never' });
  const never = request(1);
  await mutate(never);
  never.reinvocation.isSecondPass = true;
  assert.deepEqual((await mutate(never)).metadata?.labels, { n: 'once' });
});

test('an object of another type than its place is told, and so is a field that is not there', async () => {
  const apply = (expression: string): object => ({ mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }] });
  put('mutating', apply('Object{metadata: Object.spec{labels: {"a": "b"}}}'));
  await assert.rejects(mutate(request(1)), { code: 403, message: /type mismatch: unexpected type name "Object\.spec", expected "Object\.metadata"/ });
  put('mutating', apply('Object{spec: Object.spec{none: 1}}'));
  await assert.rejects(mutate(request(1)), { message: /failed to convert patch object to typed object: \.spec\.none: field not declared in schema$/ });
});
