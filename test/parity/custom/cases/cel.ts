/** What expressions may say, and what is said about those that may not. Each is tried in a policy and, where it fits, in a rule of a CRD. */
import { CRDS, definition, dry, post, specOf, type CustomCase } from '../case.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const EXPRESSIONS = [
  '', ' ', '1', 'true', 'object', 'object.a == 1', 'a.b', 'nope', 'nope && nope2', "'a' + 1", "1 + 1.0 == 2", '1 == 1.0', "'a' == 1", 'object.x > 1 ? true : 2', '1 +', '(1', '[1, 2', '{1: 2', 'a b', '1 2', 'true true', '== 1',
  '1 ==', 'object.', 'object..a', 'object.1', 'object[', 'object[]', 'if', 'namespace == 1', 'object.namespace == 1', 'let x = 1', '@', 'a @ b == 1', "'abc", '"abc', '`a`', '#', '1 === 1', '!true', '!!true', '!1', '-true', '--1 == 1', '-1 == -1',
  '99999999999999999999 == 1', '1u == 1u', '1u == 1', '0x1F == 31', '1e3 == 1000.0', "'\\q' == 'a'", "'\\u0041' == 'A'", "b'abc' == b'abc'", 'r"\\d" == "\\\\d"', "'''a\nb''' == 'a'", '[1, "a"] == []', '[1, 2].all(x, x > 0)',
  '[1, 2].all(x, x)', '[1].all(1, true)', '[1].all(x)', 'has(object.a)', 'has(object)', 'has(object.a.b) && has(object["a"].b)', 'has(object["a"])', 'has(1)', '[1, 2].exists_one(i, i == 1)', '[1, 2].map(i, i * 2) == [2, 4]',
  '[1, 2].map(i, i > 1, i) == [2]', '[1].filter(i, i > 1) == []', 'size("a") == 1', 'size(1) == 1', '"a".size() == 1', '"a".matches("[")', '"a".matches("a(b")', 'object.s.matches("(?=a)")', 'duration("x") == duration("1s")',
  'duration("1h").getHours() == 1', 'timestamp("2020") == timestamp("2021-01-01T00:00:00Z")', 'timestamp("2020-01-01T00:00:00Z").getFullYear() == 2020', 'quantity("1Gi").isGreaterThan(quantity("1Mi"))', 'isQuantity("x")',
  'quantity(1)', 'ip("1.2.3.4").family() == 4', 'cidr("10.0.0.0/8").containsIP("10.1.1.1")', 'url("https://a/b").getHost() == "a"', 'semver("1.2.3").major() == 1', 'isSemver("v1.2", true)', 'semver("v1.2", true).minor() == 2',
  '[1, 2].sum() == 3', '["a"].sum() == "a"', '[1, 2].isSorted()', '[1, 2].min() == 1', '[1, 2].indexOf(1) == 0', '[1, 2].includes(1)', '[[1], [2]].flatten() == [1, 2]', '[2, 1].sort() == [1, 2]', '[2, 1].sortBy(x, -x) == [2, 1]',
  '[1, 2].first().value() == 1', '[1].last().hasValue()', '[1, 1].distinct() == [1]', 'lists.range(3) == [0, 1, 2]', '[1, 2, 3].slice(0, 1) == [1]', '[1].reverse() == [1]', '"abc".reverse() == "cba"', '"a".charAt(0) == "a"',
  '"a,b".split(",") == ["a", "b"]', '["a"].join() == "a"', '[1].join() == "a"', '"%s %d".format(["a", 1]) == ""', '"%s".format([object]) == ""', '"%s" == "a".format([1])', 'strings.quote("a") == ""', 'sets.contains([1], [1])',
  'sets.contains([1], ["a"])', 'sets.equivalent([], [1])', 'format.dns1123Label().validate("a").hasValue()', 'format.named("x").hasValue()', 'math.greatest(1, 2) == 2', 'math.abs(-1) == 1', 'base64.encode(b"a") == "a"',
  'optional.of(1).hasValue()', 'object.?a.orValue(1) == 1', 'object.?a.?b.orValue("") == ""', 'object[?"a"].hasValue()', '[?optional.of(1)] == [1]', '{?"a": optional.of(1)} == {"a": 1}', 'optional.none().orValue(true)',
  'optional.of(1).optMap(x, x + 1).value() == 2', 'optional.of(1).optFlatMap(x, optional.of(x)).hasValue()', 'cel.bind(x, 1, x == 1)', '[1, 2].all(i, v, i < v)', '[1, 2].exists(i, v, i == v)', '[1].existsOne(i, v, i == 0)',
  '[1, 2].transformList(i, v, i + v) == [1, 3]', '{"a": 1}.transformMap(k, v, v + 1) == {"a": 2}', '{"a": 1}.transformMapEntry(k, v, {k: v}) == {"a": 1}', '[1].all(x, x, true)', 'request.nope == 1', 'request.userInfo.username == "a"',
  'request.userInfo.username == 1', 'request.userInfo.groups.exists(g, g == 1)', 'request.kind.group.nope == 1', 'namespaceObject.metadata.name == "a"', 'namespaceObject.metadata.labels["a"] == "b"', 'namespaceObject.metadata.nope == "a"',
  'params.a == 1', 'variables.a == 1', 'authorizer.group("").resource("pods").check("get").allowed()', 'authorizer.requestResource.check("get").allowed()', 'authorizer.nope()', 'authorizer.group(1)', 'authorizer.path("/x").check("get").reason() == ""',
  'authorizer.serviceAccount("a", "b").group("").resource("pods").fieldSelector("a=b").labelSelector("c=d").check("list").errored()', 'type(1) == int', 'type("a") == string', 'type(object.a) == string', 'int("1") == 1', 'string(1) == "1"',
  'double("1.5") == 1.5', 'bool("true")', 'bytes("a") == b"a"', 'dyn(1) == "a"', 'dyn([1, "a"]) == []', '[dyn(1), "a"].size() == 2', '{"a": 1, "b": "c"}.size() == 2', '{1: 1, "b": 1}.size() == 2', '{"a": 1}.a == 1', '{"a": 1}["b"] == 1', '1 in [1]',
  '"a" in {"a": 1}', '1 in "a"', '1 in ["a"]', 'null == null', 'object == null', '1 == null', '"a" == null', '[] == null', 'object.a.b.c.d.e == 1', '1 < "a"', '1 < 2u', '1.5 < 2', 'true < false', '"a" < "b"', '[1] < [2]', '1 % 0 == 1', '1.0 % 2.0 == 1.0',
  'Object{a: 1} == 1', 'jsonpatch.escapeKey("a") == "a"', 'object.all(k, k == "a")', '"abc".all(c, c == "a")', '1.all(x, x)', 'object.metadata.labels.all(k, v, k == v)', 'x.y(1)', 'foo(1)', '"a".foo()', 'object.foo()', '.object.a == 1', 'object.a()', 'true ? 1 : 2', '1 ? true : false', 'true || 1', '1 && true', 'true && (false || "a")',
  'object.items.map(x, x.name).join(",").contains("a") && object.spec.replicas <= 5', 'object.metadata.name.find("[a-z]+") == "a"', 'object.a.lowerAscii().upperAscii() == ""', '  1 == "a"', '1 ==\n"a"', '"ünïcödé" == 1', '"日本" == 1 && 日', '\t1 == "a"',
];

const policy = (name: string, spec: Record<string, unknown>): unknown => ({
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name },
  spec: { matchConstraints: { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] }, ...spec },
});

const inPolicies: CustomCase = { name: 'cel in a policy', steps: EXPRESSIONS.map((expression) => post(dry(POLICIES), policy('cel', { validations: [{ expression }] }))) };

const SELF = EXPRESSIONS.filter((expression) => !/request|namespaceObject|authorizer|variables|params/.test(expression)).map((expression) => expression.replaceAll('object', 'self').replaceAll('self.a ', 'self.text ').replaceAll('self.s.', 'self.text.'));
const RULES = [
  'self.text == "a"', 'self.text == 1', 'self.count > 1', 'self.count > "a"', 'self.nope == 1', 'self.ratio > 1', 'self.ratio > 1.0', 'self.flag', 'self.names.all(n, n.size() > 1)', 'self.names == ["a"]', 'self.names[0] == 1', 'self.map["a"] == "b"', 'self.map.a == "b"',
  'self.map.all(k, k == "a")', 'self.map.all(k, v, k == v)', 'self.items.all(i, i.name == "a")', 'self.items.exists(i, i.nope == "a")', 'self.either == 1', 'self.either == "a"', 'self.when > timestamp("2020-01-01T00:00:00Z")', 'self.when > "2020"', 'self.wait > duration("1s")', 'self.raw == b"a"', 'self.day.getFullYear() == 2020',
  'self.any == 1', 'self.any.thing == 1', 'self.__namespace__ == "a"', 'self.namespace == "a"', 'self.a__dash__b == "a"', 'self.a__dot__b == "a"', 'self.a__slash__b == 1', 'self.under__underscores__score == "a"', 'self == oldSelf', 'oldSelf.text == self.text', 'oldSelf.nope == 1', 'oldSelf.hasValue()', 'has(self.text)', 'has(self.nope)',
  'self.metadata.name == "a"', 'self.nested.deep.deeper == "a"', 'self.nested.deep.nope == "a"', 'self.items.map(i, i.name).sum() == 1', 'self.items[0].name + self.text == "a"', 'self.items + self.items == []', 'type(self) == string', 'self.color == "red"', 'self.nullable == null', 'self.text == null', 'self.nested == null',
];
const schema = (rule: unknown): unknown => specOf({
  text: { type: 'string', maxLength: 10 }, count: { type: 'integer' }, ratio: { type: 'number' }, flag: { type: 'boolean' }, names: { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 5 } },
  map: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 5 } }, items: { type: 'array', maxItems: 5, items: { type: 'object', properties: { name: { type: 'string', maxLength: 5 } } } }, either: { 'x-kubernetes-int-or-string': true },
  when: { type: 'string', format: 'date-time' }, day: { type: 'string', format: 'date' }, wait: { type: 'string', format: 'duration' }, raw: { type: 'string', format: 'byte' }, any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }, namespace: { type: 'string' }, 'a-b': { type: 'string' },
  'a.b': { type: 'string' }, 'a/b': { type: 'string' }, under__score: { type: 'string' }, nested: { type: 'object', properties: { deep: { type: 'object', properties: { deeper: { type: 'string' } } } } }, color: { type: 'string', enum: ['red', 'blue'] }, nullable: { type: 'string', nullable: true },
}, { 'x-kubernetes-validations': [rule] });
const inRules: CustomCase = { name: 'cel in a CRD', steps: [...SELF, ...RULES].map((rule) => post(dry(CRDS), definition('celrules', schema({ rule })))) };

const further: CustomCase = {
  name: 'cel elsewhere',
  steps: [
    ...['"a"', '1', 'object.a', '"a" + string(object.a)', 'authorizer.path("/").check("get").reason()', 'variables.x', 'params.a', 'nope'].map((messageExpression) => post(dry(POLICIES), policy('cel', { validations: [{ expression: 'true', messageExpression }] }))),
    ...['"a"', 'null', '1', 'true ? "a" : null', 'object.a', 'nope'].map((valueExpression) => post(dry(POLICIES), policy('cel', { auditAnnotations: [{ key: 'k', valueExpression }] }))),
    ...['true', '1', 'params.a == 1', 'variables.x == 1', 'object.a', 'nope', ' true '].map((expression) => post(dry(POLICIES), policy('cel', { matchConditions: [{ name: 'c', expression }], validations: [{ expression: 'true' }] }))),
    ...['variables.x == 1', 'variables.x == "a"', 'variables.y == 1', 'variables.z.b == 1', 'variables.nope == 1'].map((expression) => post(dry(POLICIES), policy('cel', { variables: [{ name: 'x', expression: '1' }, { name: 'y', expression: 'variables.x + 1' }, { name: 'z', expression: 'object' }], validations: [{ expression }] }))),
    post(dry(POLICIES), policy('cel', { variables: [{ name: 'x', expression: 'variables.y' }, { name: 'y', expression: '1' }, { name: '1a', expression: '1' }, { name: 'if', expression: '1' }, { name: '', expression: '' }], validations: [{ expression: 'variables.x == 1' }] })),
    post(dry(POLICIES), policy('cel', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression: 'params.data.a == "b"', messageExpression: 'params.data.a' }], matchConditions: [{ name: 'a', expression: 'params.x == 1' }] })),
    post(dry(POLICIES), policy('cel', { validations: [{ expression: 'true', message: ' ' }, { expression: 'true', message: 'a\nb' }, { expression: 'true', messageExpression: ' ' }, { expression: 'true', reason: 'Nope' }] })),
    post(dry(POLICIES), policy('cel', {})),
    post(dry(POLICIES), policy('cel', { auditAnnotations: [{ key: 'a', valueExpression: '"a"' }, { key: 'a', valueExpression: '' }, { key: 'a b', valueExpression: '"a"' }, { key: '', valueExpression: '"a"' }] })),
    post(dry(POLICIES), policy('cel', { paramKind: { apiVersion: '', kind: '' }, validations: [{ expression: 'true' }] })),
    post(dry(POLICIES), policy('cel', { paramKind: { apiVersion: 'a/b/c', kind: 'A b' }, validations: [{ expression: 'true' }] })),
    post(dry(POLICIES), policy('cel', { paramKind: { apiVersion: 'A_b/1', kind: 'Foo' }, validations: [{ expression: 'true' }] })),
    post(dry(POLICIES), policy('cel', { matchConstraints: { resourceRules: [{ operations: ['CREATE', '*'], apiGroups: [], apiVersions: ['v1', '*'], resources: ['pods', '*/*'], resourceNames: ['a', 'a', ''] }] }, validations: [{ expression: 'true' }] })),
  ],
};

const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';
const mutating = (mutations: unknown, more: Record<string, unknown> = {}): unknown => ({
  apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingAdmissionPolicy', metadata: { name: 'cel' },
  spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] }, mutations, ...more },
});
const inMutations: CustomCase = {
  name: 'cel in mutations',
  steps: [
    ...['Object{}', 'Object{metadata: Object.metadata{labels: {"a": "b"}}}', 'Object.metadata{}', '1', 'object', 'JSONPatch{}', 'Nope{}', '{"a": 1}', 'has(object.a) ? Object{} : Object{metadata: Object.metadata{}}', 'variables.a', 'Object{a: 1, a: 2}', 'Object{?a: 1}', 'Object{?a: optional.of(1)}']
      .map((expression) => post(dry(MUTATING), mutating([{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }]))),
    ...['[]', '[JSONPatch{op: "add", path: "/a", value: 1}]', '[JSONPatch{op: 1}]', '[JSONPatch{nope: 1}]', 'JSONPatch{}', '[1]', '[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}]', 'true ? [] : [JSONPatch{op: "test", path: "/a", from: "b"}]', '[Object{}]']
      .map((expression) => post(dry(MUTATING), mutating([{ patchType: 'JSONPatch', jsonPatch: { expression } }]))),
    post(dry(MUTATING), mutating([])), post(dry(MUTATING), mutating([{}])), post(dry(MUTATING), mutating([{ patchType: 'X' }])), post(dry(MUTATING), mutating([{ patchType: 'JSONPatch' }, { patchType: 'ApplyConfiguration' }])),
    post(dry(MUTATING), mutating([{ patchType: 'JSONPatch', jsonPatch: { expression: '' }, applyConfiguration: { expression: 'Object{}' } }])), post(dry(MUTATING), mutating([{ patchType: 'ApplyConfiguration', jsonPatch: { expression: '[]' }, applyConfiguration: { expression: 'Object{}' } }])),
    post(dry(MUTATING), mutating([{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], { reinvocationPolicy: '' })), post(dry(MUTATING), mutating([{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], { reinvocationPolicy: 'Sometimes', failurePolicy: 'X' })),
    post(dry(MUTATING), mutating([{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }], { matchConstraints: { resourceRules: [{ operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] } })),
  ],
};

export const cases: CustomCase[] = [inPolicies, inRules, further, inMutations];
