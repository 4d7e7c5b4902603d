import { strict as assert } from 'node:assert';
import { after, before, describe, it } from 'node:test';
import type { Node, Pod } from '../../schema/v1.37/types/core-v1.ts';
import { ADMIN, startTestServer, type TestServer } from '../apiserver/testing/test-server.ts';
import { sleep, systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import { createClient } from '../client/api-client.ts';
import type { Client } from '../client/client.ts';
import { InformerSet } from '../client/informer.ts';
import { EVENTS, NODES, PODS } from '../client/resources.ts';
import { startScheduler, type RunningScheduler } from './scheduler.ts';
import { node, pod, type PodOptions } from './testing/objects.ts';

/** The same scheduler as in scheduler.test.ts, against the API server itself: what it writes is taken and comes back. */
describe('the scheduler on an API server', () => {
  let server: TestServer;
  let client: Client;
  let informers: InformerSet;
  let scheduler: RunningScheduler;

  before(async () => {
    server = await startTestServer();
    client = createClient(server.server.transport(ADMIN));
    const logger = createLogger('scheduler-test', 'error');
    informers = new InformerSet(client, logger);
    scheduler = startScheduler({ client, informers, clock: systemClock, logger });
  });
  after(async () => {
    scheduler.stop();
    informers.stop();
    await server.close();
  });

  async function addNode(wanted: Node): Promise<void> {
    const created = await client.create(NODES, wanted);
    await client.updateStatus(NODES, { ...created, status: wanted.status });
  }
  function addPod(name: string, options: PodOptions = {}): Promise<Pod> {
    const { status, metadata, ...wanted } = pod(name, options);
    void status;
    return client.create(PODS, { ...wanted, metadata: { ...metadata, uid: undefined } });
  }
  async function until(name: string, found: (now: Pod) => unknown): Promise<Pod> {
    for (let attempt = 0; attempt < 500; attempt++) {
      const now = await client.get(PODS, 'default', name).catch(() => undefined);
      if (now && found(now)) return now;
      await sleep(10);
    }
    throw new Error(`pod ${name} did not get there: ${JSON.stringify((await client.get(PODS, 'default', name)).status)}`);
  }
  const condition = (now: Pod, type: string) => now.status?.conditions?.find((each) => each.type === type);
  const eventsOf = async (name: string): Promise<string[]> => {
    await sleep(50);
    const { items } = await client.list(EVENTS, { namespace: 'default' });
    return items.filter((event) => event.involvedObject.name === name).map((event) => `${event.reason}: ${event.message}`).sort();
  };

  it('binds, tells why a pod waits, and preempts', async () => {
    await addNode(node('node1', { cpu: '2', memory: '4Gi' }));
    await addNode(node('node2', { cpu: '2', memory: '8Gi' }));
    await addPod('web', { requests: { memory: '2Gi' } });
    const web = await until('web', (now) => now.spec?.nodeName);
    assert.equal(web.spec?.nodeName, 'node2');
    assert.equal(condition(web, 'PodScheduled')?.status, 'True');
    const told = await eventsOf('web');
    assert.match(told[0] as string, /^NodeScores: node2 \d+ \(.*\); node1 \d+ /);
    assert.equal(told[1], 'Scheduled: Successfully assigned default/web to node2');

    await addPod('huge', { requests: { cpu: '16' } });
    const huge = await until('huge', (now) => condition(now, 'PodScheduled'));
    assert.deepEqual([condition(huge, 'PodScheduled')?.reason, condition(huge, 'PodScheduled')?.status], ['Unschedulable', 'False']);
    assert.match(condition(huge, 'PodScheduled')?.message ?? '', /^0\/2 nodes are available: 2 Insufficient cpu\./);

    for (const name of ['low1', 'low2']) await addPod(name, { requests: { cpu: '2' }, priority: 1 });
    const [low1, low2] = [await until('low1', (now) => now.spec?.nodeName), await until('low2', (now) => now.spec?.nodeName)];
    await addPod('vip', { requests: { cpu: '2' }, priority: 100 });
    const vip = await until('vip', (now) => now.status?.nominatedNodeName);
    const victim = vip.status?.nominatedNodeName === low1.spec?.nodeName ? 'low1' : 'low2';
    assert.notEqual(low1.spec?.nodeName, low2.spec?.nodeName);
    const leaving = await until(victim, (now) => now.metadata?.deletionTimestamp);
    assert.equal(condition(leaving, 'DisruptionTarget')?.reason, 'PreemptionByScheduler');
    await client.delete(PODS, 'default', victim, { gracePeriodSeconds: 0 });
    const placed = await until('vip', (now) => now.spec?.nodeName);
    assert.equal(placed.spec?.nodeName, vip.status?.nominatedNodeName);
  });
});
