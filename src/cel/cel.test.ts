import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field, Schema } from '../api/schema.ts';
import { AUTHORIZER_TYPE, compile, CompilationError, createEnvironment } from './compile.ts';
import { CelAuthorizer, type AccessQuestion } from './libraries/authorizer.ts';
import { rewriteMessageLiterals } from './message-literals.ts';
import { typedExpressions } from './schema-types.ts';
import { fromCel, toCel } from './values.ts';

const environment = createEnvironment({ object: 'dyn', oldObject: 'dyn', authorizer: AUTHORIZER_TYPE });
const object = toCel({ metadata: { name: 'x', labels: { 'a/b': 'c' } }, spec: { replicas: 3, ratio: 0.5, containers: [{ name: 'a' }, { name: 'b' }] } });
const run = (expression: string, values: object = {}): unknown => fromCel(compile(environment, expression).run({ object, oldObject: null, ...values }));

const TRUE = [
  'object.spec.replicas <= 5', 'object.spec.replicas + 1 == 4', 'oldObject == null', '!has(object.spec.nope)', "object.metadata.?labels['a/b'].orValue('') == 'c'",
  "object.spec.containers.all(c, c.name.matches('^[a-z]$'))", "'a-b-c'.replace('-', '_', 1) == 'a_b-c'", "'abc'.charAt(1) == 'b'", "'%s=%d %.2f'.format(['x', 3, 1.5]) == 'x=3 1.50'",
  "'a1b22'.findAll('[0-9]+') == ['1', '22']", '[1, 2, 3].sum() == 6', '[3, 1, 2].min() == 1', '[1, 2].isSorted()', '![2, 1].isSorted()', "['a', 'b'].indexOf('b') == 1",
  'sets.contains([1, 2], [2])', '!sets.intersects([1], [2])', "quantity('1Gi').isGreaterThan(quantity('500Mi'))", "quantity('1500m').add(quantity('500m')).asInteger() == 2", "!isQuantity('x')",
  "isIP('10.0.0.1') && !isIP('10.0.0')", "ip('::1').isLoopback() && ip('8.8.8.8').isGlobalUnicast()", "cidr('10.0.0.0/8').containsIP('10.1.2.3')", "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
  "string(cidr('10.1.2.3/16').masked()) == '10.1.0.0/16'", "string(cidr('fd00:1:2:3::5/32').masked().ip()) == 'fd00:1::'", "url('https://a.b:8080/c?d=e').getHost() == 'a.b:8080'", "url('/x?a=1&a=2').getQuery()['a'] == ['1', '2']",
  "!format.dns1123Label().validate('a-b').hasValue()", "format.dns1123Label().validate('A').hasValue()", "format.named('uuid').hasValue()", "semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "isSemver('1.0.0')",
  "object.spec.containers.map(c, c.name).join(',') == 'a,b'", "duration('1h') > duration('59m')", 'object.spec.ratio < object.spec.replicas', 'type(object.spec.replicas) == int', "jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'",
];
for (const expression of TRUE) test(`holds: ${expression}`, () => assert.equal(run(expression), true));

test('message literals become maps; strings and maps around them stay', () => {
  assert.equal(rewriteMessageLiterals('Object{spec: Object.spec{replicas: 1}}'), 'messageLiteral("Object", {"spec": messageLiteral("Object.spec", {"replicas": 1})})');
  assert.deepEqual(run(`Object{metadata: Object.metadata{annotations: {"mutated-by": "x{y: 1}", string(1): 'b'}}, spec: Object.spec{items: [1, 2], on: 1 < 2 ? true : false}}`),
    { metadata: { annotations: { 'mutated-by': 'x{y: 1}', 1: 'b' } }, spec: { items: [1, 2], on: true } });
  assert.deepEqual(run(`[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: {"k": object.spec.replicas}}]`), [{ op: 'add', path: '/metadata/labels/a~1b', value: { k: 3 } }]);
});

test('what does not compile says where', () => {
  assert.throws(() => compile(environment, '... [] bad expression'), (error: Error) => error instanceof CompilationError && error.message.startsWith('compilation failed: ERROR: <input>:1:1: '));
  assert.throws(() => compile(environment, 'unknown == 1'), /compilation failed/);
  assert.throws(() => compile(environment, "'a' + 1"), /compilation failed/);
  assert.throws(() => compile(environment, "'a'", ['bool']), /must evaluate to bool/);
});

test('a missing field is an error that names it', () => {
  assert.throws(() => run('object.spec.nope == 1'), /no such key: nope/);
});

test('expressions ask the authorizer', async () => {
  const asked: AccessQuestion[] = [];
  const authorizer = new CelAuthorizer((question) => {
    asked.push(question);
    return { allowed: question.verb === 'get', reason: 'so' };
  }, { group: '', resource: 'pods', namespace: 'ns', name: 'p' });
  const evaluate = (expression: string): unknown => compile(environment, expression, ['bool', 'string']).run({ object, oldObject: null, authorizer });
  assert.equal(await evaluate("authorizer.group('apps').resource('deployments').namespace('a').check('get').allowed()"), true);
  assert.equal(await evaluate("authorizer.requestResource.check('delete').allowed()"), false);
  assert.equal(await evaluate("authorizer.serviceAccount('a', 'b').path('/x').check('get').reason() == 'so'"), true);
  assert.deepEqual(asked, [
    { group: 'apps', resource: 'deployments', namespace: 'a', verb: 'get' }, { group: '', resource: 'pods', namespace: 'ns', name: 'p', verb: 'delete' },
    { path: '/x', serviceAccount: { namespace: 'a', name: 'b' }, verb: 'get' },
  ]);
});

test('expressions are checked against the schema of a kind', () => {
  const field = (name: string, schema: Schema): [string, Field] => [name, { name, schema, required: false }];
  const spec: Schema = { type: 'object', fields: new Map([field('replicas', { type: 'integer' }), field('labels', { type: 'map', values: { type: 'string' } })]) };
  const schema: Schema = { type: 'object', fields: new Map([field('spec', spec), field('self', { type: 'object', fields: new Map() })]) };
  schema.fields!.set('self', { name: 'self', schema, required: false });
  const { check } = typedExpressions(schema);
  assert.equal(check('object.spec.replicas > 1 && oldObject == null && object.self.anything == 1'), undefined);
  assert.match(check("object.spec.replicas > '1'") ?? '', /found no matching overload for '_>_' applied to '\(int, string\)'/);
  assert.match(check("'wants, got ' + object.spec.replicas") ?? '', /found no matching overload for '_\+_' applied to '\(string, int\)'/);
  assert.match(check('object.spec.maxRetries < 10') ?? '', /undefined field 'maxRetries'/);
  assert.match(check('nobody == 1') ?? '', /undeclared reference to 'nobody'/);
});

test('an expression that would run for minutes is stopped', () => {
  const list = toCel(Array.from({ length: 200 }, (_, index) => index));
  const nested = 'object.all(a, object.all(b, object.all(c, object.all(d, a + b + c + d >= 0))))';
  assert.throws(() => compile(environment, nested).run({ object: list, oldObject: null }), /actual cost limit exceeded/);
  assert.equal(compile(environment, 'object.all(a, object.exists(b, b == a))').run({ object: list, oldObject: null }), true);
});
