import assert from 'node:assert/strict';
import { test } from 'node:test';
import { semanticEqual } from './equality.ts';
import { Findings, goJson, selectorValue } from './findings.ts';
import { address, addressBytes, cidr, configKey, dnsLabel, qualifiedName, subdomainName } from './formats.ts';
import { ResourceSums, isWhole, roundedQuantity } from './quantities.ts';
import { selectorMatches } from './selectors.ts';

test('formats', () => {
  assert.deepEqual(dnsLabel('a.b'), ['must not contain dots']);
  assert.deepEqual(subdomainName('abc-', true), []);
  assert.equal(subdomainName('abc-').length, 1);
  assert.deepEqual(qualifiedName('/x'), ['prefix part must be non-empty']);
  assert.equal(qualifiedName('a/b/c').length, 1);
  assert.deepEqual(configKey('..x'), ["must not start with '..'"]);
  assert.deepEqual(configKey('.x'), []);
  assert.deepEqual(['10.0.0.1', '2001:db8::1'].flatMap(address), []);
  assert.deepEqual(address('010.0.0.1'), ['must not have leading 0s']);
  assert.deepEqual(address('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
  assert.deepEqual(cidr('10.0.0.1/8'), ['must not have bits set beyond the prefix length']);
  assert.deepEqual(cidr('2001:db8::/64'), []);
  assert.equal(cidr('10.0.0.0/33').length, 1);
  assert.deepEqual([...addressBytes('::1.2.3.4')].slice(12), [1, 2, 3, 4]);
});

test('values in messages are written as Go writes them', () => {
  assert.equal(goJson({ b: '<', a: 1 }), '{"a":1,"b":"\\u003c"}');
  assert.equal(goJson({ Type: 'x', Name: null }), '{"Type":"x","Name":null}');
  const findings = new Findings();
  findings.invalid('spec.selector', selectorValue({ matchExpressions: [{ operator: 'In', key: 'k', values: ['v'] }], matchLabels: { a: 'b' } }), 'x');
  findings.tooLong('data', 1);
  assert.deepEqual(findings.list.map(({ detail }) => detail), ['Invalid value: {"matchLabels":{"a":"b"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]}: x', 'Too long: may not be more than 1 byte']);
});

test('absent, empty and equal amounts are the same, other changes are not', () => {
  assert.ok(semanticEqual({ labels: {}, list: [], hostNetwork: false, name: '' }, {}));
  assert.ok(semanticEqual({ resources: { limits: { cpu: '1' } } }, { resources: { limits: { cpu: '1000m' }, requests: {} } }));
  assert.ok(!semanticEqual({ matchLabels: { a: 'b', c: '' } }, { matchLabels: { a: 'b' } }), 'an empty text of a map is one all the same');
  assert.ok(!semanticEqual({ labels: { c: '' } }, {}));
  assert.ok(!semanticEqual({ emptyDir: {} }, {}));
  assert.ok(!semanticEqual({ replicas: 0 }, {}));
  assert.ok(!semanticEqual(['a', 'b'], ['b', 'a']));
});

test('quantities', () => {
  assert.equal(roundedQuantity('1.0001'), '1001m');
  assert.equal(roundedQuantity('500m'), '500m');
  assert.equal(roundedQuantity('100n'), '1m');
  assert.ok(isWhole('1Gi') && !isWhole('1500m'));
  assert.deepEqual(new ResourceSums().add({ cpu: '500m', memory: '1Gi' }).add({ cpu: '500m', memory: '512Mi' }).toList(), { cpu: '1', memory: '1536Mi' });
});

test('selectors', () => {
  assert.equal(selectorMatches(undefined, {}), false);
  assert.equal(selectorMatches({}, {}), true);
  assert.equal(selectorMatches({ matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['x'] }] }, {}), true);
  assert.equal(selectorMatches({ matchExpressions: [{ key: 'a', operator: 'In', values: ['x'] }] }, { a: 'y' }), false);
  assert.equal(selectorMatches({ matchExpressions: [{ key: 'a', operator: 'Odd' }] }, {}), undefined);
});
