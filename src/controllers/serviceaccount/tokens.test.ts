import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '../../../schema/v1.37/types/core-v1.ts';
import { expiryOf } from './bootstrap-tokens.ts';
import { judgeTokenSecret } from './tokens.ts';

const account = { metadata: { name: 'bot', namespace: 'ns', uid: 'u1' } };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secret = (uid?: string, data?: Record<string, string>): Secret => ({ metadata: { name: 's', namespace: 'ns', annotations: (uid ? { 'kubernetes.io/service-account.uid': uid } : {}) as Record<string, string> }, data: data as never });
const full = { token: base64('t'), 'ca.crt': base64('CA'), namespace: base64('ns') };

test('an empty Secret is filled, one with an old authority is renewed but keeps its token', () => {
  assert.deepEqual(judgeTokenSecret(secret(), account, 'CA'), { action: 'fill', needsToken: true });
  assert.deepEqual(judgeTokenSecret(secret('u1', { ...full, 'ca.crt': base64('OLD') }), account, 'CA'), { action: 'fill', needsToken: false });
  assert.deepEqual(judgeTokenSecret(secret('u1', full), account, 'CA'), { action: 'keep' });
});

test('the Secret of an account that is gone, or is another one now, goes', () => {
  assert.deepEqual(judgeTokenSecret(secret('u1', full), undefined, 'CA'), { action: 'delete' });
  assert.deepEqual(judgeTokenSecret(secret('u0', full), account, 'CA'), { action: 'delete' });
});

test('a bootstrap token ends at its time, never without one, and at once when it cannot be read', () => {
  const token = (expiration?: string) => ({ data: expiration === undefined ? {} : { expiration: base64(expiration) } }) as never;
  assert.equal(expiryOf(token('2026-03-01T12:00:00Z')), Date.parse('2026-03-01T12:00:00Z'));
  assert.equal(expiryOf(token()), undefined);
  assert.equal(expiryOf(token('soon')), 0);
});
