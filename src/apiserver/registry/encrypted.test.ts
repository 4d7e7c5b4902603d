/** An API server over a store whose secrets are encrypted: rotation of keys, and what clients see when a key is missing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemRandom } from '../../base/random.ts';
import { rulesFrom, type Provider, type Rule } from '../../storage/encryption/configuration.ts';
import { EncryptedStorage } from '../../storage/encryption/encrypted-storage.ts';
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts';
import { send } from '../testing/http-client.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';
import { JSON_FORM } from './stored-form.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const gcm = (name: string, fill: number): Provider => ({ aesgcm: { keys: [{ name, secret: Buffer.alloc(32, fill).toString('base64') }] } });
const rules = (...providers: Provider[]): Promise<Rule[]> => rulesFrom({
  apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources: [{ resources: ['secrets'], providers }],
}, { random: systemRandom });

const inner = openMemoryStorage();
let storage: EncryptedStorage;
let server: TestServer;
before(async () => {
  storage = new EncryptedStorage(inner, await rules(gcm('old', 1)), JSON_FORM.resourceAt);
  server = await startTestServer({ storage });
  await send(server, 'POST', SECRETS, { body: { metadata: { name: 'a' }, stringData: { x: 'y' } } });
});
after(() => server.close());

const storedPrefix = async (name: string): Promise<string> => Buffer.from((await inner.get(`/registry/core/secrets/default/${name}`))?.value ?? []).toString('latin1').slice(0, 22);

/** Waits until the secrets were read again with other keys. */
async function reread(code: number, reason?: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await send(server, 'GET', SECRETS);
    if (answer.code === code && answer.body.reason === reason) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`secrets were never answered with ${code} ${reason}`);
}

test('a write that changes nothing writes again what an old key has encrypted', async () => {
  assert.equal(await storedPrefix('a'), 'k8s:enc:aesgcm:v1:old:');
  const before = (await send(server, 'GET', `${SECRETS}/a`)).body;
  const same = await send(server, 'PUT', `${SECRETS}/a`, { body: before });
  assert.equal(same.body.metadata.resourceVersion, before.metadata.resourceVersion);
  storage.changeRules(await rules(gcm('new', 2), gcm('old', 1)));
  await reread(200);
  const after = await send(server, 'PUT', `${SECRETS}/a`, { body: before });
  assert.equal(after.code, 200);
  assert.equal(await storedPrefix('a'), 'k8s:enc:aesgcm:v1:new:');
  assert.notEqual(after.body.metadata.resourceVersion, before.metadata.resourceVersion);
});

test('without the key a secret says why, others are served', async () => {
  storage.changeRules(await rules(gcm('third', 3)));
  await reread(500, 'StorageReadError');
  const text = (key: string): string => `StorageError: corrupt object, Code: 7, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: data from the storage is not transformable revision=0: no matching key was found for the provided AES transformer`;
  const one = await send(server, 'GET', `${SECRETS}/a`);
  assert.deepEqual([one.code, one.body.reason, one.body.message], [500, 'InternalError', `Internal error occurred: ${text('/secrets/default/a')}`]);
  const list = await send(server, 'GET', SECRETS);
  assert.equal(list.body.message, `failed to read one or more secrets from the storage: ${text('/registry/core/secrets/default/a')}`);
  assert.equal((await send(server, 'POST', SECRETS, { body: { metadata: { name: 'b' } } })).code, 201);
  assert.equal((await send(server, 'GET', `${SECRETS}/b`)).code, 200);
  assert.equal((await send(server, 'DELETE', `${SECRETS}/a`)).code, 500);
  assert.equal((await send(server, 'GET', '/api/v1/namespaces/default/configmaps')).code, 200);
  storage.changeRules(await rules(gcm('third', 3), gcm('new', 2)));
  await reread(200);
  assert.equal((await send(server, 'GET', `${SECRETS}/a`)).body.data.x, 'eQ==');
});
