import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { sleep } from '../../base/clock.ts';
import { createLogger } from '../../base/log.ts';
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts';
import { startTestServer, ADMIN } from '../testing/test-server.ts';

test('a definition that goes while its store fails for a moment ends no server, and is gone in the end', async () => {
  const storage = openMemoryStorage();
  let failures = 0;
  const remove = storage.delete.bind(storage);
  storage.delete = async (key, condition) => {
    if (key.includes('/things/') && failures++ < 2) throw new Error('the store is away');
    return remove(key, condition);
  };
  const server = await startTestServer({ storage, log: createLogger('test', 'error') });
  const transport = server.server.transport(ADMIN);
  const ask = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<number> => (await transport.request({ method, path, ...(body ? { body } : {}) })).code;
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const schema = { openAPIV3Schema: { type: 'object' } };
  const spec = { group: 'example.com', scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' }, versions: [{ name: 'v1', served: true, storage: true, schema }] };
  assert.equal(await ask('POST', definitions, { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.example.com' }, spec }), 201);
  const things = '/apis/example.com/v1/namespaces/default/things';
  for (const name of ['a', 'b', 'c']) assert.equal(await ask('POST', things, { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name } }), 201);
  await ask('DELETE', `${definitions}/things.example.com`);
  for (let attempt = 0; await ask('GET', `${definitions}/things.example.com`) !== 404; attempt++) {
    assert.ok(attempt < 500, 'it is still there');
    await sleep(20);
  }
  assert.ok(failures > 2);
  await server.close();
});
