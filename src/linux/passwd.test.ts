import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGroup, parsePasswd, resolveUser } from './passwd.ts';

const passwd = parsePasswd('root:x:0:0:root:/root:/bin/sh\n# note\napp:x:1000:1001:App:/home/app:/bin/sh\nbroken:x:y:z\n');
const groups = parseGroup('root:x:0:\napp:x:1001:\nextra:x:50:app,root\n');

test('a name brings its group, its home, and the groups that list it', () => {
  assert.deepEqual(resolveUser('app', passwd, groups), { uid: 1000, gid: 1001, additionalGroups: [50], home: '/home/app' });
});
test('a known number is as good as its name; an unknown one has group 0', () => {
  assert.deepEqual(resolveUser('1000', passwd, groups), resolveUser('app', passwd, groups));
  assert.deepEqual(resolveUser('4711', passwd, groups), { uid: 4711, gid: 0, additionalGroups: [], home: '/' });
});
test('a group can be named or numbered', () => {
  assert.equal(resolveUser('app:extra', passwd, groups).gid, 50);
  assert.equal(resolveUser('app:77', passwd, groups).gid, 77);
});
test('nothing means root', () => {
  assert.equal(resolveUser('', passwd, groups).uid, 0);
  assert.equal(resolveUser('', [], []).uid, 0);
});
test('unknown names are refused', () => {
  assert.throws(() => resolveUser('ghost', passwd, groups), /unable to find user ghost/);
  assert.throws(() => resolveUser('app:ghosts', passwd, groups), /unable to find group ghosts/);
});
