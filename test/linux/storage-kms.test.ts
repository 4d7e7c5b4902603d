import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { rulesFrom, type Rule } from '../../src/storage/encryption/configuration.ts';
import { EncryptedStorage } from '../../src/storage/encryption/encrypted-storage.ts';
import { kmsCipher } from '../../src/storage/encryption/kms.ts';
import { storageConformance } from '../../src/storage/conformance.ts';
import { openMemoryStorage } from '../../src/storage/memory/memory-storage.ts';
import { KmsPlugin } from './storage-etcd/kms-plugin.ts';

let directory: string;
let plugin: KmsPlugin;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'naru-kms-'));
  plugin = await KmsPlugin.start(join(directory, 'kms.sock'));
});
after(async () => {
  plugin.stop();
  await rm(directory, { recursive: true, force: true });
});

const rules = (clock: Clock = systemClock, socket = join(directory, 'kms.sock')): Promise<Rule[]> => rulesFrom({
  apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration',
  resources: [{ resources: ['secrets'], providers: [{ kms: { apiVersion: 'v2', name: 'mine', endpoint: `unix://${socket}`, timeout: '3s' } }] }],
}, { random: systemRandom, kms: (settings) => kmsCipher(settings, clock) });
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);

storageConformance('encrypted (kms)', async () => {
  const rule = await rules();
  return { open: async () => new EncryptedStorage(openMemoryStorage(), rule, () => 'secrets') };
});

describe('key management service', () => {
  it('is asked once for many objects, by writers and by readers', async () => {
    plugin.calls = { encrypt: 0, decrypt: 0 };
    const inner = openMemoryStorage();
    const writer = new EncryptedStorage(inner, await rules(), () => 'secrets');
    for (let index = 0; index < 20; index++) await writer.put(`/registry/secrets/${index}`, Buffer.from(`value ${index}`), {});
    assert.ok(text((await inner.get('/registry/secrets/0'))?.value).startsWith('k8s:enc:kms:v2:mine:'));
    const reader = new EncryptedStorage(inner, await rules(), () => 'secrets');
    assert.equal(text((await reader.get('/registry/secrets/7'))?.value), 'value 7');
    const { entries } = await reader.range({ prefix: '/registry/secrets/' });
    assert.deepEqual(entries.filter(({ unreadable, value }) => unreadable || !text(value).startsWith('value ')), []);
    assert.deepEqual(plugin.calls, { encrypt: 1, decrypt: 1 });
  });

  it('takes up another key of the service, and what the old one encrypted is stale', async () => {
    let later = 0;
    const clock: Clock = { ...systemClock, now: () => systemClock.now() + later };
    const inner = openMemoryStorage();
    const storage = new EncryptedStorage(inner, await rules(clock), () => 'secrets');
    await storage.put('/registry/secrets/a', Buffer.from('x'), {});
    plugin.rotate('key-2');
    later = 61_000;
    await storage.put('/registry/secrets/b', Buffer.from('y'), {});
    // Through another storage: this one hands back what it was given.
    const { entries } = await new EncryptedStorage(inner, (storage as unknown as { rules: Rule[] }).rules, () => 'secrets').range({ prefix: '/' });
    assert.deepEqual(entries.map(({ value, stale }) => [text(value), stale]), [['x', true], ['y', undefined]]);
  });

  it('is left alone once other rules hold, by those too who were waiting for it', async () => {
    const connections: Socket[] = [];
    const path = join(directory, 'front.sock');
    const front = createServer((socket) => {
      connections.push(socket);
      socket.pipe(connect(join(directory, 'kms.sock'))).pipe(socket).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => front.listen(path, resolve));
    const storage = new EncryptedStorage(openMemoryStorage(), await rules(systemClock, path), () => 'secrets');
    const writing = storage.put('/registry/secrets/a', Buffer.from('x'), {});
    storage.changeRules([]);
    assert.equal((await writing).ok, true);
    const [connection] = connections;
    assert.ok(connection);
    if (!connection.closed) await once(connection, 'close', { signal: AbortSignal.timeout(5000) });
    front.close();
  });

  it('fails a write that it cannot encrypt, and writes nothing', async () => {
    const inner = openMemoryStorage();
    const gone = await rulesFrom({
      apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration',
      resources: [{ resources: ['secrets'], providers: [{ kms: { apiVersion: 'v2', name: 'gone', endpoint: `unix://${join(directory, 'nobody.sock')}`, timeout: '1s' } }] }],
    }, { random: systemRandom, kms: kmsCipher });
    await assert.rejects(new EncryptedStorage(inner, gone, () => 'secrets').put('/registry/secrets/a', Buffer.from('x'), {}), /rpc error/);
    assert.equal(await inner.get('/registry/secrets/a'), undefined);
  });
});
