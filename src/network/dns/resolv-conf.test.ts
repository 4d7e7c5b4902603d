import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatResolvConf, parseResolvConf, settingsForNode } from './resolv-conf.ts';

test('what is written is read again', () => {
  const settings = { nameservers: ['192.0.2.1', '192.0.2.2'], searches: ['example.com', 'corp'], options: ['ndots:2', 'edns0'] };
  assert.deepEqual(parseResolvConf(formatResolvConf(settings)), settings);
});

test('comments and unknown words do not count', () => {
  assert.deepEqual(parseResolvConf('# nameserver 192.0.2.9\nsortlist 192.0.2.0\nnameserver 192.0.2.1 ; the first\nsearch .\n').nameservers, ['192.0.2.1']);
});

test('a node gets the servers behind the local stub of its machine', () => {
  const stub = 'nameserver 127.0.0.53\nsearch corp\n';
  assert.deepEqual(settingsForNode(stub, 'nameserver 192.0.2.1\nsearch corp\n').nameservers, ['192.0.2.1']);
  assert.deepEqual(settingsForNode(stub, ''), { nameservers: [], searches: ['corp'], options: [] });
  assert.deepEqual(settingsForNode('nameserver 192.0.2.7\nnameserver ::1\n', 'nameserver 192.0.2.1\n').nameservers, ['192.0.2.7']);
});
