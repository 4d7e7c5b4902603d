import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../../schema/v1.37/types/core-v1.ts';
import { sleep } from '../../base/clock.ts';
import type { Informer, InformerHandler } from '../../client/informer.ts';
import { PODS } from '../../client/resources.ts';
import { fakeNode, makePod } from '../testing/fakes.ts';
import { PodManager } from './pod-manager.ts';

const NODE: Node = { metadata: { name: 'node1' }, status: { allocatable: { cpu: '1', memory: '1Gi', pods: '110' } } };

/** A manager whose API's events the test tells. */
async function manage() {
  const node = fakeNode();
  const heard: InformerHandler<Pod>[] = [];
  const informer = { list: () => [], synced: async () => undefined, onEvent: (handler: InformerHandler<Pod>) => { heard.push(handler); return () => undefined; } };
  const context = { ...node.context, allocatable: () => NODE.status?.allocatable ?? {} };
  const manager = new PodManager({ context, informer: informer as unknown as Informer<Pod>, node: () => NODE, unfit: () => undefined });
  await manager.start();
  return { node, manager, heard: heard[0] as InformerHandler<Pod> };
}
const asking = (memory: string, name: string): Pod => makePod({ containers: [{ name: 'main', image: 'app', resources: { requests: { memory } } }] }, { name });

test('a rejected pod stays rejected when it changes before the server has heard of it, and is forgotten with its deletion', async () => {
  const { node, manager, heard } = await manage();
  const [first, second] = [asking('1Gi', 'first'), asking('1Gi', 'second')];
  for (const pod of [first, second]) node.client.put(PODS, pod);
  heard.add?.(first);
  heard.add?.(second);
  const uid = second.metadata?.uid ?? '';
  assert.equal(node.context.statuses.get(uid)?.reason, 'OutOfmemory');
  // Its place becomes free, and somebody labels it.
  manager.get(first.metadata?.uid ?? '')?.end({ reason: 'Test', message: '' });
  for (let tries = 0; manager.active().length > 0 && tries < 500; tries++) await sleep(5);
  heard.update?.({ ...second, metadata: { ...second.metadata, labels: { a: 'b' } } }, second);
  assert.equal(manager.get(uid), undefined);
  heard.delete?.(second);
  assert.equal(node.context.statuses.get(uid), undefined);
  manager.stop();
});
