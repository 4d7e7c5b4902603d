import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import type { StorageVersionMigration } from '../../../schema/v1.37/types/storagemigration-v1.ts';
import { ADMIN, startTestServer, type TestServer } from '../../apiserver/testing/test-server.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { createLogger } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { createClient } from '../../client/api-client.ts';
import type { Client } from '../../client/client.ts';
import { InformerSet } from '../../client/informer.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, STORAGE_VERSION_MIGRATIONS } from '../../client/resources.ts';
import type { RunningController } from '../shared/context.ts';
import { startStorageMigrationController } from './controller.ts';

let server: TestServer;
let client: Client;
let informers: InformerSet;
let controller: RunningController;
before(async () => {
  server = await startTestServer();
  client = createClient(server.server.transport(ADMIN));
  const logger = createLogger('storage-migration-test', 'error');
  informers = new InformerSet(client, logger);
  controller = startStorageMigrationController({ client, informers, clock: systemClock, random: systemRandom, logger, eventsOf: () => ({}) as never });
});
after(async () => {
  controller.stop();
  informers.stop();
  await server.close();
});

async function migrated(name: string, group: string, resource: string): Promise<StorageVersionMigration> {
  await client.create(STORAGE_VERSION_MIGRATIONS, { apiVersion: 'storagemigration.k8s.io/v1', kind: 'StorageVersionMigration', metadata: { name }, spec: { resource: { group, resource } } });
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = await client.get(STORAGE_VERSION_MIGRATIONS, undefined, name);
    if (found.status?.conditions?.some(({ type, status }) => type === 'Running' && status === 'False')) return found;
    await sleep(10);
  }
  return assert.fail(`${name} did not end`);
}

const summary = ({ status }: StorageVersionMigration): unknown => status?.conditions?.map(({ type, status: state, reason }) => [type, state, reason]);
const DONE = [['Running', 'False', 'MigrationCompleted'], ['Succeeded', 'True', 'StorageVersionMigrationSucceeded']];

test('objects of a custom resource are written in the version that is stored today', async () => {
  const version = (name: string, storage: boolean) => ({ name, served: true, storage, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } });
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.example.com' }, spec: { group: 'example.com', scope: 'Namespaced', names: { kind: 'Thing', plural: 'things' }, versions: [version('v1', true), version('v2', false)] } };
  await client.create(CUSTOM_RESOURCE_DEFINITIONS, definition as never);
  const thing = { group: 'example.com', version: 'v1', resource: 'things', kind: 'Thing', namespaced: true };
  for (let attempt = 0; ; attempt++) {
    const made = await client.create(thing, { apiVersion: 'example.com/v1', kind: 'Thing', metadata: { name: 't', namespace: 'default' } }).catch((error: Error) => error);
    if (!(made instanceof Error)) break;
    assert.ok(attempt < 500, made.message);
    await sleep(10);
  }
  const patch = [{ op: 'replace', path: '/spec/versions/0/storage', value: false }, { op: 'replace', path: '/spec/versions/1/storage', value: true }];
  await client.patch(CUSTOM_RESOURCE_DEFINITIONS, undefined, 'things.example.com', patch, { type: 'json' });
  const storedVersions = async (): Promise<unknown> => (await client.get(CUSTOM_RESOURCE_DEFINITIONS, undefined, 'things.example.com') as { status?: { storedVersions?: string[] } }).status?.storedVersions;
  for (let attempt = 0; JSON.stringify(await storedVersions()) !== '["v1","v2"]'; attempt++) {
    assert.ok(attempt < 500, 'both versions are stored');
    await sleep(10);
  }
  assert.deepEqual(summary(await migrated('things', 'example.com', 'things')), DONE);
  assert.deepEqual(await storedVersions(), ['v2']);
});

test('built-in objects too; the spec cannot change', async () => {
  const done = await migrated('maps', '', 'configmaps');
  assert.deepEqual(summary(done), DONE);
  assert.match(done.status?.resourceVersion ?? '', /^\d+$/);
  await assert.rejects(client.update(STORAGE_VERSION_MIGRATIONS, { ...done, spec: { resource: { group: '', resource: 'pods' } } }), /field is immutable/);
  await assert.rejects(client.create(STORAGE_VERSION_MIGRATIONS, { apiVersion: 'storagemigration.k8s.io/v1', kind: 'StorageVersionMigration', metadata: { name: 'none' } } as never), /resource is required to be set/);
});
