import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubernetesObject } from '../api/object.ts';
import { createLogger } from '../base/log.ts';
import type { Client } from './client.ts';
import { InformerSet } from './informer.ts';
import { PODS } from './resources.ts';
import type { WatchEvent } from './transport.ts';

const pod = (name: string, uid: string, resourceVersion: string): KubernetesObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid, resourceVersion } });
const expired: WatchEvent = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } as KubernetesObject };

/** Lists what `lists` holds, one after another; each watch is sent what `watches` holds, and the last one stays open. */
function script(lists: KubernetesObject[][], watches: WatchEvent[][]): Client {
  return {
    list: async () => ({ items: lists.shift() ?? [], metadata: { resourceVersion: '7' } }),
    watch: (_type: unknown, { signal }: { signal?: AbortSignal }, onEvent: (event: WatchEvent) => void) => new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => resolve());
      const events = watches.shift();
      if (!events) return;
      try {
        events.forEach(onEvent);
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    }),
  } as unknown as Client;
}

async function heard(client: Client, enough: number): Promise<string[]> {
  const informers = new InformerSet(client, createLogger('test', 'error'));
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    const tell = (what: string, object: KubernetesObject): void => {
      told.push(`${what} ${object.metadata?.name}/${object.metadata?.uid}`);
      if (told.length === enough) resolve();
    };
    informers.for(PODS).onEvent({ add: (object) => tell('add', object as KubernetesObject), update: (object) => tell('update', object as KubernetesObject), delete: (object) => tell('delete', object as KubernetesObject) });
  });
  informers.stop();
  return told;
}

test('when the past is gone all is listed again, and what differs is told', async () => {
  const client = script([[pod('a', '1', '5'), pod('b', '2', '6')], [pod('a', '1', '9'), pod('c', '3', '8')]], [[expired]]);
  assert.deepEqual(await heard(client, 5), ['add a/1', 'add b/2', 'update a/1', 'add c/3', 'delete b/2']);
});

test('another object of a known name is told as one that went and one that came', async () => {
  const client = script([[pod('a', '1', '5')], [pod('a', 'another', '9')]], [[expired]]);
  assert.deepEqual(await heard(client, 3), ['add a/1', 'delete a/1', 'add a/another']);
});
