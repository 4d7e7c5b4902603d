import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGoUrl } from './go-url.ts';

test('URLs come apart as in Go, relative ones too', () => {
  assert.deepEqual(parseGoUrl('HTTPS://me@x.example.com:8443/y?q=1#f'), { scheme: 'https', host: 'x.example.com:8443', user: 'me', query: 'q=1', fragment: 'f' });
  for (const text of ['', '/a', '../a', 'a b', '*', '10.0.0.1']) assert.deepEqual(parseGoUrl(text), { scheme: '', host: '', user: undefined, query: '', fragment: '' });
});

test('what Go refuses is refused in its words', () => {
  assert.equal(parseGoUrl('50%'), 'parse "50%": invalid URL escape "%"');
  assert.equal(parseGoUrl('::1'), 'parse "::1": missing protocol scheme');
  assert.equal(parseGoUrl('1:2'), 'parse "1:2": first path segment in URL cannot contain colon');
  assert.equal(parseGoUrl('http://a b/'), 'parse "http://a b/": invalid character " " in host name');
});
