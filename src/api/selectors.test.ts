import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFieldSelector, parseLabelSelector, SelectorError } from './selectors.ts';

const refuses = (run: () => unknown, message: string): void => {
  assert.throws(run, (error) => error instanceof SelectorError && (assert.equal(error.message, message), true));
};

test('label selectors match', () => {
  const labels = { app: 'web', tier: 'a', size: '10' };
  const cases: [string, boolean][] = [
    ['', true], ['app=web', true], ['app==web,tier=b', false], ['app!=db', true], ['missing!=x', true], ['tier in (a,b)', true], ['tier notin (a)', false],
    ['missing notin (a)', true], ['app', true], ['!app', false], ['!old', true], ['size>9', true], ['size>10', false], ['size<11', true], ['app>1', false], ['app in ()', false],
    ['app=', false],
  ];
  for (const [text, expected] of cases) assert.equal(parseLabelSelector(text).matches(labels), expected, text);
});

test('a selector prints as upstream prints it', () => {
  assert.equal(String(parseLabelSelector('z in (b,a), !q ,a==1, b=2 ,c!=3')), 'a==1,b=2,c!=3,!q,z in (a,b)');
});

test('bad label selectors are refused with the text of upstream', () => {
  refuses(() => parseLabelSelector('a b'), "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt");
  refuses(() => parseLabelSelector('a in b'), "unable to parse requirement: found 'b' expected: '('");
  refuses(() => parseLabelSelector('a in (b'), "unable to parse requirement: found '', expected: ',' or ')'");
  refuses(() => parseLabelSelector('a=b,'), "found '', expected: identifier after ','");
  refuses(() => parseLabelSelector('=x'), "found '=', expected: !, identifier, or 'end of string'");
  refuses(() => parseLabelSelector('b<x'), "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer");
  assert.throws(() => parseLabelSelector('-a=b'), /unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/);
  assert.throws(() => parseLabelSelector('a=-b'), /unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b": a valid label must be/);
});

test('field selectors match, print, and tell what they require', () => {
  const selector = parseFieldSelector('status.phase!=Running,metadata.name=a\\,b');
  assert.equal(selector.matches({ 'metadata.name': 'a,b', 'status.phase': 'Pending' }), true);
  assert.equal(selector.matches({ 'metadata.name': 'a,b', 'status.phase': 'Running' }), false);
  assert.equal(selector.required('metadata.name'), 'a,b');
  assert.equal(String(selector), 'metadata.name=a\\,b,status.phase!=Running');
  assert.equal(parseFieldSelector('spec.nodeName=').matches({}), true);
  assert.equal(parseFieldSelector(',metadata.name==x,').required('metadata.name'), 'x');
});

test('bad field selectors are refused with the text of upstream', () => {
  refuses(() => parseFieldSelector('a'), "invalid selector: 'a'; can't understand 'a'");
  refuses(() => parseFieldSelector('a=b\\c'), 'invalid field selector: invalid escape sequence: \\c');
  refuses(() => parseFieldSelector('a=b=c'), 'invalid field selector: unescaped character in value: 61');
});
