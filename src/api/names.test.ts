import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as names from './names.ts';

const valid = (check: (value: string) => string[], ...values: string[]): void => { for (const value of values) assert.deepEqual(check(value), [], value); };
const invalid = (check: (value: string) => string[], ...values: string[]): void => { for (const value of values) assert.notDeepEqual(check(value), [], value); };

test('DNS names', () => {
  valid(names.isDns1123Label, 'a', 'a-b', '0a', 'a'.repeat(63));
  invalid(names.isDns1123Label, '', 'A', '-a', 'a-', 'a_b', 'a'.repeat(64));
  assert.deepEqual(names.isDns1123Label('a.b'), ['must not contain dots']);
  valid(names.isDns1123Subdomain, 'a.b.c', 'a'.repeat(253));
  invalid(names.isDns1123Subdomain, 'a..b', '.a', 'a.', 'a'.repeat(254));
  valid(names.isDns1035Label, 'a-1');
  invalid(names.isDns1035Label, '1a');
  valid(names.isWildcardDns1123Subdomain, '*.example.com');
  invalid(names.isWildcardDns1123Subdomain, 'example.com', '*example.com');
  assert.deepEqual(names.isDns1123Subdomain('A'), ["a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"]);
  assert.equal(names.maskTrailingDash('web-'), 'wea');
});

test('label keys and values, keys of config maps, variables', () => {
  valid(names.isQualifiedName, 'a', 'example.com/A_b.c', 'a'.repeat(63));
  invalid(names.isQualifiedName, '', '/a', 'a/', 'a/b/c', 'Example/a', 'a'.repeat(64), '-a');
  assert.deepEqual(names.isQualifiedName('/a'), ['prefix part must be non-empty']);
  valid(names.isLabelValue, '', 'A.b_c-1');
  invalid(names.isLabelValue, '-', 'a b', 'a'.repeat(64));
  valid(names.isConfigMapKey, 'a.b', '-_', '.a');
  invalid(names.isConfigMapKey, '', '.', '..', '..a', 'a/b');
  valid(names.isRelaxedEnvVarName, 'A', '1 a', 'a.b');
  invalid(names.isRelaxedEnvVarName, '', 'a=b', 'ä');
  valid(names.isEnvVarName, 'A_1', 'a-b');
  invalid(names.isEnvVarName, '1a', '..');
});

test('ports and path segments', () => {
  valid(names.isPortName, 'http', 'a-1');
  invalid(names.isPortName, '', '1', 'a--b', '-a', 'abcdefghijklmnop', 'A');
  assert.deepEqual(names.isPortNumber(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(names.isPathSegment('a/b%'), ["may not contain '/'", "may not contain '%'"]);
  assert.deepEqual(names.isPathSegment('..'), ["may not be '..'"]);
});

test('addresses', () => {
  valid(names.isIp, '10.9.8.7', '2001:db8::ffff', '::');
  assert.deepEqual(names.isIp('10.09.8.7'), ['must not have leading 0s']);
  assert.deepEqual(names.isIp('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
  assert.deepEqual(names.isIp('2001:DB8::1'), ['must be in canonical form ("2001:db8::1")']);
  assert.deepEqual(names.isIp('2001:DB8::1', true), []);
  assert.deepEqual(names.isIp('x'), ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  valid(names.isCidr, '10.0.0.0/8', '2001:db8::/64', '0.0.0.0/0');
  assert.deepEqual(names.isCidr('10.0.0.1/8'), ['must not have bits set beyond the prefix length']);
  assert.deepEqual(names.isCidr('10.0.0.0/33'), ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']);
  assert.deepEqual(names.isCidr('10.0.0.0/08'), ['must not have leading 0s in IP or prefix length']);
});
