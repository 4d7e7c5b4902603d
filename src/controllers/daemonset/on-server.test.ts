import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { ADMIN, startTestServer } from '../../apiserver/testing/test-server.ts';
import { sleep, systemClock } from '../../base/clock.ts';
import { createLogger } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { createClient } from '../../client/api-client.ts';
import type { Client, ResourceType } from '../../client/client.ts';
import { InformerSet } from '../../client/informer.ts';
import { DAEMON_SETS, NODES, PODS } from '../../client/resources.ts';
import { startDaemonSetController } from './controller.ts';
import { targetNode } from './reconcile.ts';

test('a pod that may not be deleted does not end the controllers while others are being made', async () => {
  const server = await startTestServer();
  const client = createClient(server.server.transport(ADMIN));
  let refused = 0;
  const ofController: Client = {
    ...client,
    delete: async () => { refused++; throw new Error('a webhook says no'); },
    create: async <T>(type: ResourceType<T>, object: T) => { if (type.resource === 'pods') await sleep(20); return client.create(type, object); },
  };
  const logger = createLogger('daemonset-test', 'error');
  const informers = new InformerSet(ofController, logger);
  const controller = startDaemonSetController({ client: ofController, informers, clock: systemClock, random: systemRandom, logger: { ...logger, warn: () => undefined }, eventsOf: () => ({ event: () => undefined }) });
  const node = (name: string) => client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const nodesWithPods = async (): Promise<string[]> => ((await client.list(PODS, { namespace: 'default' })).items as Pod[]).map(targetNode).sort();
  const until = async (expected: string[]): Promise<void> => {
    for (let attempt = 0; JSON.stringify(await nodesWithPods()) !== JSON.stringify(expected); attempt++) {
      assert.ok(attempt < 500, `${await nodesWithPods()}`);
      await sleep(10);
    }
  };
  await node('one');
  const labels = { app: 'log' };
  await client.create(DAEMON_SETS, { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'log', namespace: 'default' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } } } as never);
  await until(['one']);
  await Promise.all([client.delete(NODES, undefined, 'one'), node('two'), node('three')]);
  await until(['one', 'three', 'two']);
  assert.ok(refused > 0);
  controller.stop();
  informers.stop();
  await server.close();
});
