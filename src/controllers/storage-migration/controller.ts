import type { CustomResourceDefinition } from '../../../schema/v1.37/types/apiextensions-v1.ts';
import type { StorageVersionMigration } from '../../../schema/v1.37/types/storagemigration-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { formatTime, parseTime } from '../../base/clock.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, STORAGE_VERSION_MIGRATIONS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { discoverResources, type AnyResource } from '../shared/all-resources.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { writeStatus } from '../shared/status-write.ts';
import { failed, hasSucceeded, isTransient, nextStep, running, sameResource, STOPPED, SUCCEEDED, withCondition } from './reconcile.ts';

const VERBS = ['update', 'patch', 'list'];
const MANAGER = 'storage-version-migrator-controller';
const RUNNER = 'storage-version-migration-runner-controller';
/** A resource may still be on its way into discovery. */
const DISCOVERY_GRACE_MILLISECONDS = 60_000;
const RETRY_MILLISECONDS = 2000;
const PAGE = 500;

/** Writes every object of a resource anew, so that all are stored in the version and form of today. */
export function startStorageMigrationController(context: ControllerContext): RunningController {
  const { client, clock, informers } = context;
  const migrations = informers.for(STORAGE_VERSION_MIGRATIONS);
  const queue = new WorkQueue(sync, { name: 'storage-migration', logger: context.logger, workers: 1, clock });
  const touch = (migration: StorageVersionMigration): void => {
    for (const other of migrations.list()) if (sameResource(other, migration)) queue.add(other.metadata?.name ?? '');
  };
  const stop = migrations.onEvent({ add: touch, update: touch, delete: touch });

  async function sync(name: string): Promise<void> {
    await migrations.synced();
    const migration = migrations.get(undefined, name);
    if (!migration) return;
    const step = nextStep(migration, [...migrations.list()]);
    if (step === 'start') return start(migration);
    if (step === 'finish') return finish(migration);
    if (step === 'take-revision') return withResource(migration, 'resource does not exist in discovery', (type) => takeRevision(migration, type));
    if (step === 'migrate') return withResource(migration, 'migration encountered unhandled error: unable to obtain GVR from discovery', (type) => migrate(migration, type));
  }

  async function write(migration: StorageVersionMigration, status: StorageVersionMigration['status']): Promise<void> {
    await writeStatus(client, STORAGE_VERSION_MIGRATIONS, migration, { ...migration.status, ...status });
  }

  const fail = (migration: StorageVersionMigration, message: string): Promise<void> =>
    write(migration, { conditions: withCondition(migration.status?.conditions, failed(message), clock.now()) });

  async function withResource(migration: StorageVersionMigration, missing: string, work: (type: AnyResource) => Promise<void>): Promise<void> {
    const { group = '', resource } = migration.spec?.resource ?? { resource: '' };
    const type = (await discoverResources(context)).find((one) => one.group === group && one.resource === resource);
    if (type) return work(type);
    if (clock.now() - parseTime(migration.metadata?.creationTimestamp ?? '') < DISCOVERY_GRACE_MILLISECONDS) return queue.addAfter(migration.metadata?.name ?? '', RETRY_MILLISECONDS);
    return fail(migration, missing);
  }

  async function start(migration: StorageVersionMigration): Promise<void> {
    await tellDefinition(migration, (definition) => ({
      conditions: [{ type: 'StorageMigrating', status: 'True', lastTransitionTime: formatTime(clock.now()), reason: 'MigrationRunning', message: `Migration ${migration.metadata?.name} is running`, observedGeneration: definition.metadata?.generation }],
    }));
    await write(migration, { conditions: withCondition(migration.status?.conditions, running(), clock.now()) });
  }

  async function takeRevision(migration: StorageVersionMigration, type: AnyResource): Promise<void> {
    if (!VERBS.every((verb) => type.verbs.includes(verb))) {
      return fail(migration, `resource "${type.group}/${type.version}, Resource=${type.resource}" does not support discovery operations: [${VERBS.join(' ')}]`);
    }
    const { metadata } = await client.list(type, { limit: 1 });
    await write(migration, { resourceVersion: metadata?.resourceVersion ?? '' });
  }

  async function migrate(migration: StorageVersionMigration, type: AnyResource): Promise<void> {
    const until = Number(migration.status?.resourceVersion);
    const objects = await allObjects(type);
    const old = objects.filter((object) => Number(object.metadata?.resourceVersion) <= until);
    let left = old.length;
    const conditions = (error?: string) => withCondition(migration.status?.conditions, running(left, objects.length, error), clock.now());
    for (const object of old) {
      try {
        await rewrite(type, object);
      } catch (error) {
        const message = (error as Error).message;
        if (!isTransient(error)) {
          const text = `${left}/${objects.length} not yet migrated. migration encountered unhandled error: ${message}`;
          return write(migration, { conditions: withCondition(conditions(), failed(text), clock.now()) });
        }
        await write(migration, { conditions: conditions(message) });
        throw error;
      }
      left--;
    }
    await write(migration, { conditions: withCondition(conditions(), SUCCEEDED, clock.now()) });
  }

  async function allObjects(type: AnyResource): Promise<KubernetesObject[]> {
    const objects: KubernetesObject[] = [];
    let next: string | undefined;
    do {
      const page = await client.list(type, { limit: PAGE, ...(next ? { continue: next } : {}) });
      objects.push(...page.items as KubernetesObject[]);
      next = page.metadata?.continue;
    } while (next);
    return objects;
  }

  /** A patch that changes nothing is enough: the server writes what it would store otherwise today. */
  async function rewrite(type: AnyResource, { metadata }: KubernetesObject): Promise<void> {
    const body = { apiVersion: type.group ? `${type.group}/${type.version}` : type.version, kind: type.kind, metadata: { resourceVersion: metadata?.resourceVersion } };
    try {
      await client.patch(type, type.namespaced ? metadata?.namespace : undefined, metadata?.name ?? '', body, { type: 'merge', fieldManager: MANAGER });
    } catch (error) {
      // Somebody else has written it since, or it is gone: both will do.
      if (![404, 409].includes((error as { code?: number }).code ?? 0)) throw error;
    }
  }

  async function finish(migration: StorageVersionMigration): Promise<void> {
    const success = hasSucceeded(migration);
    await tellDefinition(migration, (definition) => {
      const generation = definition.metadata?.generation;
      const unchanged = definition.status?.conditions?.some(({ type, observedGeneration }) => type === 'StorageMigrating' && observedGeneration === generation) ?? false;
      const stored = unchanged ? definition.spec.versions.find(({ storage }) => storage)?.name : undefined;
      const message = !success ? 'The migration has failed'
        : `The migration has succeeded ${stored ? 'and the stored versions have been updated' : 'but the stored versions have not been updated due to a generation mismatch'}`;
      return {
        conditions: [{ type: 'StorageMigrating', status: 'False', lastTransitionTime: formatTime(clock.now()), reason: success ? 'MigrationSucceeded' : 'MigrationFailed', message, observedGeneration: generation }],
        ...(stored ? { storedVersions: [stored] } : {}),
      };
    });
    await write(migration, { conditions: withCondition(migration.status?.conditions, STOPPED, clock.now()) });
  }

  /** The definition of a custom resource says that it is being migrated. */
  async function tellDefinition(migration: StorageVersionMigration, status: (definition: CustomResourceDefinition) => object): Promise<void> {
    const name = `${migration.spec?.resource.resource}.${migration.spec?.resource.group ?? ''}`;
    const definition = await client.get(CUSTOM_RESOURCE_DEFINITIONS, undefined, name).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error as Error;
    });
    if (!definition) return;
    const { resourceVersion } = definition.metadata ?? {};
    const body = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name, resourceVersion }, status: status(definition as CustomResourceDefinition) };
    await client.patch(CUSTOM_RESOURCE_DEFINITIONS, undefined, name, body, { type: 'apply', subresource: 'status', fieldManager: RUNNER, force: true });
  }

  return { stop() { stop(); queue.stop(); } };
}
