import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTHORIZER_TYPE, compile, RESOURCE_CHECK_TYPE, CompilationError, createEnvironment } from './compile.ts';
import { CelAuthorizer, type AccessQuestion } from './libraries/authorizer.ts';
import { registerJsonPatch } from './libraries/strings.ts';
import { DYN } from './types.ts';
import { fromCel, toCel } from './values.ts';

const environment = createEnvironment({ object: 'dyn', oldObject: 'dyn', authorizer: AUTHORIZER_TYPE, 'authorizer.requestResource': RESOURCE_CHECK_TYPE });
const object = toCel({ metadata: { name: 'x', labels: { 'a/b': 'c' } }, spec: { replicas: 3, ratio: 0.5, containers: [{ name: 'a' }, { name: 'b' }] } });
const run = (expression: string, values: object = {}): unknown => fromCel(compile(environment, expression).run({ object, oldObject: null, ...values }));

const TRUE = [
  'object.spec.replicas <= 5', 'object.spec.replicas + 1 == 4', 'oldObject == null', '!has(object.spec.nope)', "object.metadata.?labels['a/b'].orValue('') == 'c'",
  "object.spec.containers.all(c, c.name.matches('^[a-z]$'))", "'a-b-c'.replace('-', '_', 1) == 'a_b-c'", "'abc'.charAt(1) == 'b'", "'%s=%d %.2f'.format([dyn('x'), dyn(3), dyn(1.5)]) == 'x=3 1.50'",
  "'a1b22'.findAll('[0-9]+') == ['1', '22']", '[1, 2, 3].sum() == 6', '[3, 1, 2].min() == 1', '[1, 2].isSorted()', '![2, 1].isSorted()', "['a', 'b'].indexOf('b') == 1",
  'sets.contains([1, 2], [2])', '!sets.intersects([1], [2])', "quantity('1Gi').isGreaterThan(quantity('500Mi'))", "quantity('1500m').add(quantity('500m')).asInteger() == 2", "!isQuantity('x')",
  "isIP('10.0.0.1') && !isIP('10.0.0')", "ip('::1').isLoopback() && ip('8.8.8.8').isGlobalUnicast()", "cidr('10.0.0.0/8').containsIP('10.1.2.3')", "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
  "string(cidr('10.1.2.3/16').masked()) == '10.1.0.0/16'", "string(cidr('fd00:1:2:3::5/32').masked().ip()) == 'fd00:1::'", "url('https://a.b:8080/c?d=e').getHost() == 'a.b:8080'", "url('/x?a=1&a=2').getQuery()['a'] == ['1', '2']",
  "!format.dns1123Label().validate('a-b').hasValue()", "format.dns1123Label().validate('A').hasValue()", "format.named('uuid').hasValue()", "semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "isSemver('1.0.0')",
  "[3, 1].sortBy(x, x) == [1, 3]", "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2}", "[1, 2].exists(i, v, i == 1 && v == 2)", "optional.of(1).optMap(x, x + 1).value() == 2",
  "object.spec.containers.map(c, c.name).join(',') == 'a,b'", "duration('1h') > duration('59m')", 'object.spec.ratio < object.spec.replicas', 'type(object.spec.replicas) == int',
];
for (const expression of TRUE) test(`holds: ${expression}`, () => assert.equal(run(expression), true));

test('expressions make objects and patches', () => {
  const patches = createEnvironment({ object: 'dyn' });
  registerJsonPatch(patches);
  patches.messages = () => ({ field: () => DYN });
  const made = (expression: string): unknown => fromCel(compile(patches, expression).run({ object }));
  assert.deepEqual(made(`Object{metadata: Object.metadata{annotations: {"mutated-by": "x{y: 1}"}}, spec: Object.spec{items: [1, 2], on: 1 < 2 ? true : false}}`),
    { metadata: { annotations: { 'mutated-by': 'x{y: 1}' } }, spec: { items: [1, 2], on: true } });
  assert.deepEqual(made(`[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: {"k": object.spec.replicas}}]`), [{ op: 'add', path: '/metadata/labels/a~1b', value: { k: 3 } }]);
});

const WRONG: [string, string][] = [
  ['unknown == 1', "ERROR: <input>:1:1: undeclared reference to 'unknown' (in container '')\n | unknown == 1\n | ^"],
  ["'a' + 1", "ERROR: <input>:1:5: found no matching overload for '_+_' applied to '(string, int)'\n | 'a' + 1\n | ....^"],
  ["size(1) > 'a' && nope", "ERROR: <input>:1:5: found no matching overload for 'size' applied to '(int)'\n | size(1) > 'a' && nope\n | ....^\nERROR: <input>:1:18: undeclared reference to 'nope' (in container '')\n | size(1) > 'a' && nope\n | .................^"],
  ["'a'.matches('[')", "ERROR: <input>:1:13: invalid matches argument\n | 'a'.matches('[')\n | ............^"],
];
for (const [expression, message] of WRONG) test(`does not compile: ${expression}`, () => assert.throws(() => compile(environment, expression), { message }));

test('a missing field is an error that names it', () => {
  assert.throws(() => run('object.spec.nope == 1'), /no such key: nope/);
});

test('expressions ask the authorizer', async () => {
  const asked: AccessQuestion[] = [];
  const authorizer = new CelAuthorizer((question) => {
    asked.push(question);
    return { allowed: question.verb === 'get', reason: 'so' };
  }, { group: '', resource: 'pods', namespace: 'ns', name: 'p' });
  const evaluate = (expression: string): unknown => compile(environment, expression).run({ object, oldObject: null, authorizer, 'authorizer.requestResource': authorizer.requestResource });
  assert.equal(await evaluate("authorizer.group('apps').resource('deployments').namespace('a').check('get').allowed()"), true);
  assert.equal(await evaluate("authorizer.requestResource.check('delete').allowed()"), false);
  assert.equal(await evaluate("authorizer.serviceAccount('a', 'b').path('/x').check('get').reason() == 'so'"), true);
  assert.deepEqual(asked, [
    { group: 'apps', resource: 'deployments', namespace: 'a', verb: 'get' }, { group: '', resource: 'pods', namespace: 'ns', name: 'p', verb: 'delete' },
    { path: '/x', serviceAccount: { namespace: 'a', name: 'b' }, verb: 'get' },
  ]);
});

test('an expression that would run for minutes is stopped', () => {
  const list = toCel(Array.from({ length: 200 }, (_, index) => index));
  const nested = 'object.all(a, object.all(b, object.all(c, object.all(d, a + b + c + d >= 0))))';
  assert.throws(() => compile(environment, nested).run({ object: list, oldObject: null }), /actual cost limit exceeded/);
  assert.equal(compile(environment, 'object.all(a, object.exists(b, b == a))').run({ object: list, oldObject: null }), true);
});
