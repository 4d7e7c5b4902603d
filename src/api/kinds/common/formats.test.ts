import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as formats from './formats.ts';

const valid = (check: (value: string) => readonly string[], ...values: string[]): void => { for (const value of values) assert.deepEqual(check(value), [], value); };
const invalid = (check: (value: string) => readonly string[], ...values: string[]): void => { for (const value of values) assert.notDeepEqual(check(value), [], value); };

test('DNS names', () => {
  valid(formats.dnsLabel, 'a', 'a-b', '0a', 'a'.repeat(63));
  invalid(formats.dnsLabel, '', 'A', '-a', 'a-', 'a_b', 'a'.repeat(64));
  assert.deepEqual(formats.dnsLabel('a.b'), ['must not contain dots']);
  valid(formats.dnsSubdomain, 'a.b.c', 'a'.repeat(253));
  invalid(formats.dnsSubdomain, 'a..b', '.a', 'a.', 'a'.repeat(254));
  valid(formats.dns1035Label, 'a-1');
  invalid(formats.dns1035Label, '1a');
  valid(formats.wildcardSubdomain, '*.example.com');
  invalid(formats.wildcardSubdomain, 'example.com', '*example.com');
  assert.deepEqual(formats.dnsSubdomain('A'), ["a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"]);
});

test('label keys and values, keys of config maps, variables', () => {
  valid(formats.qualifiedName, 'a', 'example.com/A_b.c', 'a'.repeat(63));
  invalid(formats.qualifiedName, '', '/a', 'a/', 'a/b/c', 'Example/a', 'a'.repeat(64), '-a');
  assert.deepEqual(formats.qualifiedName('/a'), ['prefix part must be non-empty']);
  valid(formats.labelValue, '', 'A.b_c-1');
  invalid(formats.labelValue, '-', 'a b', 'a'.repeat(64));
  valid(formats.configKey, 'a.b', '-_', '.a');
  invalid(formats.configKey, '', '.', '..', '..a', 'a/b');
  valid(formats.environmentName, 'A', '1 a', 'a.b');
  invalid(formats.environmentName, '', 'a=b', 'ä');
});

test('ports and path segments', () => {
  valid(formats.portName, 'http', 'a-1');
  invalid(formats.portName, '', '1', 'a--b', '-a', 'abcdefghijklmnop', 'A');
  assert.deepEqual(formats.portNumber(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(formats.pathSegment('a/b%'), ["may not contain '/'", "may not contain '%'"]);
  assert.deepEqual(formats.pathSegment('..'), ["may not be '..'"]);
});

test('addresses', () => {
  valid(formats.address, '10.9.8.7', '2001:db8::ffff', '::');
  assert.deepEqual(formats.address('10.09.8.7'), ['must not have leading 0s']);
  assert.deepEqual(formats.address('::ffff:1.2.3.4'), ['must not be an IPv4-mapped IPv6 address']);
  assert.deepEqual(formats.address('x'), ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
  valid(formats.cidr, '10.0.0.0/8', '2001:db8::/64', '0.0.0.0/0');
  assert.deepEqual(formats.cidr('10.0.0.1/8'), ['must not have bits set beyond the prefix length']);
  assert.deepEqual(formats.cidr('10.0.0.0/33'), ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']);
  assert.deepEqual(formats.cidr('10.0.0.0/08'), ['must not have leading 0s in IP or prefix length']);
});
