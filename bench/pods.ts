import type { Pod } from '../schema/v1.37/types/core-v1.ts';
import { systemClock } from '../src/base/clock.ts';
import type { Client } from '../src/client/client.ts';
import { PODS } from '../src/client/resources.ts';

const NAMESPACE = 'default';
const LIMIT_MILLISECONDS = 60_000;

export function toolsPod(name: string, command = ['sleep', '3600'], labels: Record<string, string> = {}): Pod {
  return {
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'tools', image: 'naru.local/tools', command }] },
  };
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;
}

/** Follows all pods of the namespace by one watch, from the moment it resolves. */
export interface PodWatch {
  ready(name: string): Promise<number>;
  gone(name: string): Promise<number>;
  stop(): void;
}

/** Promises of it resolve with the monotonic time at which the event arrived. */
export async function watchPods(client: Client): Promise<PodWatch> {
  const abort = new AbortController();
  const waiting = new Map<string, (time: number) => void>();
  const { metadata } = await client.list(PODS, { namespace: NAMESPACE });
  const done = (key: string): void => { waiting.get(key)?.(systemClock.monotonic()); waiting.delete(key); };
  client.watch(PODS, { namespace: NAMESPACE, resourceVersion: metadata?.resourceVersion, signal: abort.signal }, ({ type, object }) => {
    const name = (object as Pod).metadata?.name ?? '';
    if (type === 'DELETED') done(`gone ${name}`);
    else if (isReady(object as Pod)) done(`ready ${name}`);
  }).catch(() => undefined);
  const wait = (key: string): Promise<number> => new Promise((resolve, reject) => {
    const timer = systemClock.after(LIMIT_MILLISECONDS, () => reject(new Error(`waited too long: ${key}`)));
    waiting.set(key, (time) => { timer.cancel(); resolve(time); });
  });
  return { ready: (name) => wait(`ready ${name}`), gone: (name) => wait(`gone ${name}`), stop: () => abort.abort() };
}

export async function createPod(client: Client, watch: PodWatch, pod: Pod): Promise<number> {
  const start = systemClock.monotonic();
  const ready = watch.ready(pod.metadata?.name ?? '');
  await client.create(PODS, pod);
  return await ready - start;
}

export async function deletePod(client: Client, watch: PodWatch, name: string): Promise<number> {
  const start = systemClock.monotonic();
  const gone = watch.gone(name);
  await client.delete(PODS, NAMESPACE, name, { gracePeriodSeconds: 0 });
  return await gone - start;
}

/** Pods one after another: milliseconds from the request to the Ready event, and from the deletion to its event. */
export async function podLatency(client: Client, count: number): Promise<{ created: number[]; deleted: number[] }> {
  const watch = await watchPods(client);
  const created: number[] = [];
  const deleted: number[] = [];
  for (let index = 0; index < count; index++) {
    const name = `one-${index}`;
    created.push(await createPod(client, watch, toolsPod(name)));
    deleted.push(await deletePod(client, watch, name));
  }
  watch.stop();
  return { created, deleted };
}

/** Many pods at once: seconds until the last is Ready. */
export async function podBurst(client: Client, count: number): Promise<number> {
  const watch = await watchPods(client);
  const names = Array.from({ length: count }, (_, index) => `burst-${index}`);
  const times = await Promise.all(names.map((name) => createPod(client, watch, toolsPod(name))));
  await Promise.all(names.map((name) => deletePod(client, watch, name)));
  watch.stop();
  return Math.max(...times) / 1000;
}
