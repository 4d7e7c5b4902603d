import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAll, regularExpression } from './regular-expression.ts';

test('patterns have the syntax of RE2', () => {
  assert.ok(regularExpression('^(?i)[[:alpha:]]+(?P<number>\\d+)\\z').test('Abc12'));
  assert.ok(regularExpression('b').test('abc'), 'anywhere in the text');
  assert.ok(!regularExpression('^a$').test('a\n'), 'a dollar is the very end');
  assert.ok(regularExpression('^\\pL+$').test('ä'));
});

test('what RE2 does not have is refused in the words of its compiler', () => {
  assert.throws(() => regularExpression('(?=x)'), { message: 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`' });
  assert.throws(() => regularExpression('a(b'), { message: 'error parsing regexp: missing closing ): `a(b`' });
  assert.throws(() => regularExpression('(a)\\1'), { message: 'error parsing regexp: invalid escape sequence: `\\1`' });
});

test('a pattern that would make a backtracking matcher try for years answers', () => {
  assert.equal(regularExpression('^(a+)+$').test(`${'a'.repeat(5000)}b`), false);
});

test('all matches, or as many as asked for', () => {
  assert.deepEqual(findAll('a1 b22 c333', '[0-9]+'), ['1', '22', '333']);
  assert.deepEqual(findAll('a1 b22 c333', '[0-9]+', 2), ['1', '22']);
  assert.deepEqual(findAll('abc', 'x*'), ['', '', '', '']);
});
