import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readWebhookCredentials } from './credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'naru-credentials-'));
after(() => rmSync(folder, { recursive: true }));

test('the most exact name of a server wins; the current context is for the rest', () => {
  const file = join(folder, 'kubeconfig');
  const users = ['hook.tools.svc', '*.tools.svc', '*.svc:8443', 'hooks.example.com:9443', 'usual'].map((name) => ({ name, user: { token: name } }));
  writeFileSync(join(folder, 'token'), 'first\n');
  writeFileSync(file, JSON.stringify({ 'current-context': 'c', contexts: [{ name: 'c', context: { cluster: 'x', user: 'usual' } }], users: [...users, { name: '*.file.svc', user: { tokenFile: 'token' } }] }));
  const credentialsFor = readWebhookCredentials(file);
  const token = (host: string, port: number): string | undefined => credentialsFor(host, port)?.headers()['authorization'];
  assert.equal(token('hook.tools.svc', 443), 'Bearer hook.tools.svc');
  assert.equal(token('other.tools.svc', 443), 'Bearer *.tools.svc');
  assert.equal(token('hook.tools.svc', 8443), 'Bearer *.svc:8443');
  assert.equal(token('hooks.example.com', 9443), 'Bearer hooks.example.com:9443');
  assert.equal(token('hooks.example.com', 443), 'Bearer usual');
  assert.equal(token('a.file.svc', 443), 'Bearer first');
  writeFileSync(join(folder, 'token'), 'second\n');
  assert.equal(token('a.file.svc', 443), 'Bearer second');
});
