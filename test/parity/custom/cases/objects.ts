/** Custom objects: what their schemas refuse, prune and fill in, rules with ratcheting, versions, status and scale, selectors. */
import { apply, CRDS, get, merge, objectOf, post, put, remove, served, specOf, type CustomCase } from '../case.ts';

type Json = Record<string, unknown>;
const text = { type: 'string' };
const rules = (...list: Json[]): Json => ({ 'x-kubernetes-validations': list });

const values = served('values', 'values', specOf({
  s: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' }, e: { type: 'string', enum: ['a', 'b'] }, i: { type: 'integer', minimum: 1, maximum: 10, multipleOf: 2 }, n: { type: 'number', minimum: 0.5, exclusiveMinimum: true, maximum: 9.5, exclusiveMaximum: true }, b: { type: 'boolean' }, i32: { type: 'integer', format: 'int32' }, i64: { type: 'integer', format: 'int64' },
  l: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string', maxLength: 3 } }, o: { type: 'object', minProperties: 1, maxProperties: 2, additionalProperties: { type: 'integer' } }, r: objectOf({ a: text, b: text }, { required: ['a', 'b'] }), any: { type: 'string', anyOf: [{ minLength: 3 }, { pattern: '^x' }] }, one: { type: 'string', oneOf: [{ minLength: 3 }, { pattern: '^x' }] },
  all: { type: 'string', allOf: [{ minLength: 3 }, { pattern: '^x' }] }, not: { type: 'string', not: { pattern: '^x' } }, ios: { 'x-kubernetes-int-or-string': true }, set: { type: 'array', 'x-kubernetes-list-type': 'set', items: text }, map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k', 'p'], items: objectOf({ k: text, p: { type: 'string', default: 'TCP' }, v: text }, { required: ['k'] }) },
  nul: { type: 'string', nullable: true }, keep: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: text } }, emb: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }, def: { type: 'string', default: 'd' }, dobj: { type: 'object', default: { a: 'x' }, properties: { a: text, b: { type: 'integer', default: 5 } } }, dnul: { type: 'string', nullable: true, default: 'z' },
  ...Object.fromEntries(['date', 'date-time', 'duration', 'email', 'ipv4', 'ipv6', 'cidr', 'uri', 'uuid', 'uuid3', 'uuid4', 'uuid5', 'mac', 'hostname', 'byte', 'password', 'isbn', 'isbn10', 'isbn13', 'creditcard', 'ssn', 'hexcolor', 'rgbcolor', 'bsonobjectid', 'datetime', 'k8s-short-name', 'k8s-long-name'].map((format) => [`f${format.replace(/-/g, '')}`, { type: 'string', format }])),
}), {}, (path, custom) => {
  const SPECS: Json[] = [
    { s: 'a' }, { s: 'abcde' }, { s: 'AB' }, { s: 1 }, { s: null }, { s: ['a'] }, { s: {} }, { e: 'c' }, { e: 1 }, { i: 0 }, { i: 11 }, { i: 3 }, { i: 1.5 }, { i: '1' }, { i: true }, { i: 1e20 }, { n: 0.5 }, { n: 9.5 }, { n: 5 }, { n: 'x' }, { b: 'true' }, { b: 1 }, { i32: 3000000000 }, { i64: 9e18 }, { l: [] }, { l: ['a', 'b', 'c'] }, { l: ['abcd'] }, { l: [1] }, { l: {} }, { l: 'x' }, { l: null }, { o: {} },
    { o: { a: 1, b: 2, c: 3 } }, { o: { a: 'x' } }, { o: [] }, { r: {} }, { r: { a: 'x' } }, { r: null }, { any: 'ab' }, { any: 'xa' }, { one: 'xab' }, { one: 'ab' }, { one: 'abc' }, { all: 'xab' }, { all: 'ab' }, { all: 'abc' }, { not: 'x' }, { ios: 1 }, { ios: 'a' }, { ios: 1.5 }, { ios: true }, { ios: {} }, { set: ['a', 'a'] }, { set: ['a', 'b'] }, { map: [{ k: 'a' }, { k: 'a' }] }, { map: [{ k: 'a', p: 'TCP' }, { k: 'a' }, { k: 'a', p: 'UDP' }] }, { map: [{ p: 'x' }] }, { map: [null] },
    { nul: null }, { nul: 1 }, { keep: { known: 1 } }, { keep: { known: 'a', x: { y: [1] } } }, { emb: {} }, { emb: { apiVersion: 'v1', kind: 'Pod' } }, { emb: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'A_b', labels: { 'a b': 'c' } } } }, { emb: { apiVersion: 'a/b/c', kind: 'a b', metadata: { name: 1 } } }, { emb: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', x: 1 }, spec: { x: 1 } } }, { emb: 'x' }, { def: null }, { dobj: null }, { dobj: {} }, { dnul: null }, { unknown: 1, s: 'abc' }, { l: ['abcd', 1, 'abcde'], s: 'A', e: 'z', i: 0 },
  ];
  const FORMATS: Record<string, unknown[]> = {
    fdate: ['2020-01-01', '2020-13-01', 'x'], fdatetime: ['2020-01-01T00:00:00Z', '2020-01-01 00:00:00', '2020-01-01T00:00:00+01:00', 'x'], fduration: ['1h', '1 hour', '1d', 'x', '1.5s'], femail: ['a@b.c', 'x', 'A <a@b.c>'], fipv4: ['1.2.3.4', '1.2.3', '::1', '01.2.3.4'], fipv6: ['::1', '1.2.3.4', 'x'], fcidr: ['10.0.0.0/8', '10.0.0.0', '::/0'], furi: ['https://a/b', 'a', '/a', 'a b', ''],
    fuuid: ['12345678-1234-1234-1234-123456789012', '12345678123412341234123456789012', 'x', '12345678-1234-1234-1234-12345678901Z'], fuuid3: ['12345678-1234-3234-1234-123456789012', '12345678-1234-1234-1234-123456789012'], fuuid4: ['12345678-1234-4234-8234-123456789012', '12345678-1234-4234-1234-123456789012'], fuuid5: ['12345678-1234-5234-8234-123456789012', 'x'], fmac: ['01:23:45:67:89:ab', '01-23-45-67-89-ab', 'x', '0123.4567.89ab'],
    fhostname: ['a.b', 'a_b', '-a', 'a.', 'A', 'a'.repeat(64)], fbyte: ['YQ==', 'YQ', 'a b', '*'], fpassword: ['x'], fisbn: ['0321751043', '978-0321751041', 'x'], fisbn10: ['0321751043', 'x'], fisbn13: ['9780321751041', 'x'], fcreditcard: ['4111-1111-1111-1111', 'x'], fssn: ['111-11-1111', 'x'], fhexcolor: ['#fff', '#FFFFFF', 'red'], frgbcolor: ['rgb(1,2,3)', 'rgb(300,0,0)', 'x'], fbsonobjectid: ['507f1f77bcf86cd799439011', 'x'],
    fk8sshortname: ['abc', 'A', 'a.b'], fk8slongname: ['abc', 'a.b', 'A', 'a..b'],
  };
  return [
    ...SPECS.map((spec) => post(`${path}?dryRun=All`, custom('x', { spec }))), ...Object.entries(FORMATS).flatMap(([field, all]) => all.map((value) => post(`${path}?dryRun=All`, custom('x', { spec: { [field]: value } })))),
    post(`${path}?dryRun=All&fieldValidation=Strict`, custom('x', { spec: { unknown: 1, keep: { x: 1 } }, more: 1 })), post(`${path}?dryRun=All&fieldValidation=Warn`, custom('x', { spec: { unknown: 1, dobj: { c: 1 } } })), post(`${path}?dryRun=All`, custom('A_b', { spec: {} })), post(`${path}?dryRun=All`, custom('x', {})), post(`${path}?dryRun=All`, custom('x', { spec: [] })), post(`${path}?dryRun=All`, { ...custom('x', {}), apiVersion: 'custom.example.com/v2' }),
    post(`${path}?dryRun=All`, { ...custom('x', {}), kind: 'Other' }), post(`${path}?dryRun=All`, { ...custom('x', {}), metadata: { name: 'x', labels: { a: 1 } } }), post(`${path}?dryRun=All`, { ...custom('x', {}), metadata: { name: 'x', finalizers: ['x', 'a.b/c'], nope: 1 } }),
  ];
});

const ratcheting = served('ratcheting', 'ratchets', objectOf({
  spec: objectOf({ a: { type: 'string' }, b: text, l: { type: 'array', items: text }, m: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: objectOf({ k: text, v: text }, { required: ['k'] }) }, n: objectOf({ x: text, y: text }) }), status: objectOf({ s: text }),
}), { version: { subresources: { status: {} } } }, (path, custom) => {
  const at = `${CRDS}/ratchets.custom.example.com`;
  const strict = { type: 'object', properties: {
    spec: objectOf({
      a: { type: 'string', maxLength: 2, ...rules({ rule: 'self.startsWith("x")', message: 'a must start with x' }) }, b: text, l: { type: 'array', maxItems: 1, items: { type: 'string', enum: ['ok'], ...rules({ rule: 'self == "ok"' }) } },
      m: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: objectOf({ k: text, v: { type: 'string', pattern: '^v', ...rules({ rule: 'self != oldSelf || self.startsWith("v")', reason: 'FieldValueForbidden' }) } }, { required: ['k'], ...rules({ rule: 'has(self.v)', fieldPath: '.v', reason: 'FieldValueRequired', messageExpression: '"item " + self.k + " has no v"' }) }) },
      n: objectOf({ x: text, y: text }, { required: ['y'], ...rules({ rule: 'self.x == self.y', messageExpression: '"x is " + self.x' }, { rule: 'oldSelf.hasValue() ? self.x == oldSelf.value().x : true', optionalOldSelf: true, message: 'x stays' }) }),
    }, rules({ rule: 'self.b != "bad"', messageExpression: 'self.b + " is bad"' }, { rule: '!has(oldSelf.b) || self.b == oldSelf.b || self.b == "new"', message: 'b changes only to new' }, { rule: 'self.a == "boom" ? 1 / 0 == 1 : true' })), status: objectOf({ s: { type: 'string', ...rules({ rule: 'self == "ok"' }) } }),
  } };
  return [
    post(path, custom('x', { spec: { a: 'long', b: 'old', l: ['no', 'nope'], m: [{ k: '1', v: 'w' }, { k: '2' }], n: { x: '1' } } })), { ...put(at, (last: Json) => last), quiet: true },
    { ...merge(at, { spec: { versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: strict } }] } }) }, { ...get(path), until: /RatchetList/ },
    // The new schema is in force a moment later.
    { ...post(`${path}?dryRun=All`, custom('probe', { spec: { a: 'toolong' } })), until: /Too long/ },
    ...([{ metadata: { labels: { a: 'b' } } }, { spec: { b: 'new' } }, { spec: { b: 'bad' } }, { spec: { b: 'other' } }, { spec: { a: 'lonG' } }, { spec: { a: 'x' } }, { spec: { a: 'boom' } }, { spec: { l: ['no', 'nope', 'more'] } }, { spec: { l: ['nope', 'no'] } }, { spec: { l: ['ok'] } }, { spec: { m: [{ k: '1', v: 'w' }, { k: '2', v: 'z' }] } }, { spec: { m: [{ k: '2' }, { k: '1', v: 'w' }] } },
      { spec: { m: [{ k: '3', v: 'w' }, { k: '4' }] } }, { spec: { n: { x: '2' } } }, { spec: { n: { x: '1', y: '2' } } }, { spec: { n: { y: '1' } } }, { spec: { n: null } }] as Json[]).map((patch) => merge(`${path}/x?dryRun=All`, patch)),
    post(`${path}?dryRun=All`, custom('y', { spec: { a: 'x', b: 'bad', l: ['ok'], m: [{ k: '1', v: 'v' }], n: { x: '1', y: '1' } } })), post(`${path}?dryRun=All`, custom('y', { spec: { a: 'boom', b: 'x' } })), post(`${path}?dryRun=All`, custom('y', { spec: { n: { y: '1' } } })), merge(`${path}/x/status?dryRun=All`, { status: { s: 'no' } }), merge(`${path}/x/status?dryRun=All`, { status: { s: 'ok' } }),
    apply(`${path}/x`, 'm1', custom('x', { spec: { b: 'new' } })), remove(`${path}/x`),
  ];
});

const budget = served('budget at run time', 'budgets', specOf({ l: { type: 'array', maxItems: 100, items: { type: 'string', maxLength: 50 } }, i: { 'x-kubernetes-int-or-string': true } }, rules({ rule: '!has(self.l) || self.l.all(a, self.l.all(b, self.l.all(c, a + b != c)))', message: 'too dear' })), {}, (path, custom) => [
  post(`${path}?dryRun=All`, custom('x', { spec: { l: Array.from({ length: 100 }, (_, index) => `item-${index}`) } })), post(`${path}?dryRun=All`, custom('x', { spec: { l: ['a', 'b', 'ab'] } })),
]);

const subresources = served('status and scale', 'scalables', objectOf({ spec: objectOf({ replicas: { type: 'integer', default: 1 }, a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean' } }), status: objectOf({ replicas: { type: 'integer' }, selector: text, x: { type: 'string', default: 'sx' } }) }), {
  version: {
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' } }, selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.b' }, { jsonPath: '.spec.c' }],
    additionalPrinterColumns: [{ name: 'A', type: 'string', jsonPath: '.spec.a' }, { name: 'B', type: 'integer', jsonPath: '.spec.b', priority: 1 }, { name: 'Sum', type: 'number', jsonPath: '.spec.b' }, { name: 'C', type: 'boolean', jsonPath: '.spec.c' }, { name: 'When', type: 'date', jsonPath: '.metadata.creationTimestamp' }, { name: 'None', type: 'string', jsonPath: '.spec.nope' }],
  }, spec: { names: { plural: 'scalables', kind: 'Scalable', shortNames: ['sca'], categories: ['all', 'mine'], singular: 'scalable' } },
}, (path, custom) => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  return [
    post(path, custom('a', { spec: { a: 'x', b: 1, c: true }, status: { replicas: 5 } })), post(path, custom('b', { spec: { a: 'y', b: 2 } })), post(path, custom('c', { spec: {} })), get(`${path}/a/scale`), put(`${path}/a/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a', namespace: 'default' }, spec: { replicas: 3 } }), merge(`${path}/a/scale`, { spec: { replicas: 4 } }), merge(`${path}/a/scale`, { spec: { replicas: -1 } }),
    merge(`${path}/a/status`, { status: { replicas: 2, selector: 'a=b' }, spec: { a: 'ignored' } }), get(`${path}/a/scale`), merge(`${path}/a`, { status: { replicas: 9 }, spec: { b: 7 } }), get(`${path}/a`), ...['spec.a=x', 'spec.a!=x', 'spec.b=2', 'spec.c=true', 'spec.c=', 'spec.nope=x', 'metadata.name=a', 'metadata.namespace=default', 'spec.a=x,spec.b=7'].map((selector) => get(`${path}?fieldSelector=${encodeURIComponent(selector)}`)),
    { ...get(`${path}`), headers: table }, { ...get(`${path}/a`), headers: table }, { ...get(`${path}?limit=1`), headers: table }, get(`${path}?limit=2`), get('/apis/custom.example.com/v1'), get('/apis/custom.example.com'), merge(`${path}/a`, { spec: { replicas: 'x' } }), merge(`${path}/a`, { spec: { replicas: -5 } }), put(`${path}/a/status`, custom('a', { status: { replicas: 'x' } })),
    apply(`${path}/a/scale`, 'scaler', { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a', namespace: 'default' }, spec: { replicas: 8 } }), apply(`${path}/a/scale`, 'scaler', { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a', namespace: 'default' }, spec: { replicas: 8 } }, true), apply(`${path}/a/status`, 'stater', custom('a', { status: { replicas: 8 } }), true), get(`${path}/a`), { ...remove(`${path}/b`) }, { verb: 'deletecollection', method: 'DELETE', path: `${path}?fieldSelector=spec.a%3Dx` }, get(path),
  ];
});

export const cases: CustomCase[] = [values, ratcheting, budget, subresources];
