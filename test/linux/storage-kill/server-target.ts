import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConfigMap } from '../../../schema/v1.37/types/core-v1.ts';
import { createClient } from '../../../src/client/api-client.ts';
import type { Client } from '../../../src/client/client.ts';
import { createHttpTransport } from '../../../src/client/http-transport.ts';
import { CONFIG_MAPS } from '../../../src/client/resources.ts';
import { openLmdbStorage } from '../../../src/storage/lmdb/lmdb-storage.ts';
import type { KillTarget, RunningTarget } from './survives-kills.ts';

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));
const WRITERS = 4;
const NAMESPACE = 'default';

/** A whole API server over TLS; the writers are clients in this process. State is kept in `directory`. */
export function serverTarget(directory: string): KillTarget {
  return { start: () => start(directory), read: () => read(join(directory, 'store')) };
}

async function start(directory: string): Promise<RunningTarget> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compile-cache') };
  const child = spawn(process.execPath, [SERVER, directory], { stdio: ['ignore', 'pipe', 'inherit'], env });
  const exited = once(child, 'exit');
  const [port] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), exited.then(() => { throw new Error('the server did not start'); })])) as [string];
  const certificateAuthority = await readFile(join(directory, 'pki', 'ca.crt'));
  const transport = createHttpTransport({ server: `https://127.0.0.1:${port}`, certificateAuthority });
  const client = createClient(transport);
  const acknowledged = new Map<string, number>();
  let revision = 0;
  const firstWrite = Promise.withResolvers<void>();
  const told = (name: string, counter: number, written: ConfigMap): void => {
    firstWrite.resolve();
    acknowledged.set(name, counter);
    revision = Math.max(revision, Number(written.metadata?.resourceVersion));
  };
  const writers = Array.from({ length: WRITERS }, (_, index) => writeUntilKilled(client, child, `counter-${index}`, told));
  await Promise.race([firstWrite.promise, ...writers]);
  return {
    acknowledged,
    revision: () => revision,
    async kill() {
      if (child.exitCode !== null) throw new Error(`the server ended by itself with code ${child.exitCode}`);
      child.kill('SIGKILL');
      await exited;
      transport.close();
      await Promise.all(writers);
    },
  };
}

async function writeUntilKilled(client: Client, child: ChildProcess, name: string, told: (name: string, counter: number, written: ConfigMap) => void): Promise<void> {
  try {
    let object: ConfigMap = await client.get(CONFIG_MAPS, NAMESPACE, name).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error;
      return client.create(CONFIG_MAPS, { metadata: { name, namespace: NAMESPACE }, data: { counter: '0' } });
    });
    for (let counter = Number(object.data?.['counter']) + 1; ; counter++) {
      object = await client.update(CONFIG_MAPS, { ...object, data: { counter: String(counter), filling: 'x'.repeat((counter * 997) % 20_000) } });
      told(name, counter, object);
    }
  } catch (error) {
    // Once killed, no answer is the right answer.
    if (!child.killed) throw error;
  }
}

async function read(directory: string): Promise<{ counters: Map<string, number>; revision: number }> {
  const storage = await openLmdbStorage(directory, { compactionMilliseconds: 0 });
  try {
    const { entries, revision } = await storage.range({ prefix: `/registry/core/configmaps/${NAMESPACE}/counter-` });
    const objects = entries.map((entry) => JSON.parse(Buffer.from(entry.value).toString()) as ConfigMap);
    return { counters: new Map(objects.map((object) => [object.metadata?.name as string, Number(object.data?.['counter'])])), revision };
  } finally {
    await storage.close();
  }
}
