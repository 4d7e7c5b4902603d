import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { program } from '../../../conformance/programs.ts';
import { ensureClusterPki, issueUserCertificate } from '../../../src/pki/cluster-pki.ts';
import { createScheme } from '../../../src/api/scheme.ts';
import { upstreamForm } from '../../../src/apiserver/registry/stored-form.ts';
import { send } from '../../../src/apiserver/testing/http-client.ts';
import { startTestServer } from '../../../src/apiserver/testing/test-server.ts';
import { sleep } from '../../../src/base/clock.ts';
import { openEtcdStorage } from '../../../src/storage/etcd/etcd-storage.ts';
import type { StoreEvent } from '../../../src/storage/storage.ts';
import type { EtcdMembers } from './members.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';

/** An old etcd is refused in words, not used wrongly. */
export async function isTooOldForParts(cluster: EtcdMembers): Promise<boolean> {
  try {
    await (await openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls, root: '/mine' })).close();
    return false;
  } catch (error) {
    assert.match((error as Error).message, /^etcd 3\.[0-5]\.\d+ is too old/);
    return true;
  }
}

/** Others write below other keys: their revisions count, their events are not ours, and nobody waits for an event that never comes. */
export async function ownPart(cluster: EtcdMembers): Promise<void> {
  const place = { endpoints: cluster.endpoints, tls: cluster.tls };
  const [mine, others] = await Promise.all([openEtcdStorage({ ...place, root: '/mine' }), openEtcdStorage(place)]);
  try {
    const first = await mine.put('/mine/a', Buffer.from('1'), { modRevision: 0 });
    for (let round = 0; round < 5; round++) await others.put(`/minefield/${round}`, Buffer.from('x'), {});
    const latest = await mine.latestRevision?.() as number;
    assert.ok(first.ok && latest >= first.revision + 5);
    while (mine.revision() < latest) await sleep(5);
    const told: StoreEvent[] = [];
    const caughtUp = new Promise<void>((resolve) => {
      mine.watch('/mine/', first.ok ? first.revision - 1 : 0, { events: (events) => { told.push(...events); }, ended: () => undefined, progress: () => resolve() });
    });
    await caughtUp;
    assert.deepEqual(told.map(({ entry }) => entry.key), ['/mine/a']);
    assert.deepEqual((await mine.range({ prefix: '/mine/' })).entries.map(({ key }) => key), ['/mine/a']);
  } finally {
    await Promise.all([mine.close(), others.close()]);
  }
}

/** A whole API server as a user of etcd who may touch the keys below /mine/ only. False without etcdctl. */
export async function limitedUser(cluster: EtcdMembers): Promise<boolean> {
  const control = [...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'etcdctl')), program('etcdctl')].find((file) => existsSync(file));
  if (!control) return false;
  const { ca } = await ensureClusterPki(join(cluster.directory, 'authority'), { apiServer: [] });
  const root = issueUserCertificate(ca, 'root', []);
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(cluster.directory, name);
    await writeFile(path, text);
    return path;
  };
  const credentials = ['--cacert', join(cluster.directory, 'pki', 'ca.crt'), '--cert', await file('root.crt', root.certificatePem), '--key', await file('root.key', root.privateKeyPem)];
  const ask = (...words: string[]): Promise<unknown> =>
    promisify(execFile)(control, ['--endpoints', cluster.endpoints[0] as string, ...credentials, ...words], { env: { ...process.env, ETCDCTL_API: '3' }, timeout: 10_000 });
  for (const user of ['root', 'naru']) await ask('user', 'add', user, '--no-password');
  await ask('user', 'grant-role', 'root', 'root').catch(() => ask('role', 'add', 'root').then(() => ask('user', 'grant-role', 'root', 'root')));
  await ask('role', 'add', 'mine');
  await ask('role', 'grant-permission', 'mine', 'readwrite', '/mine/', '--prefix=true');
  await ask('user', 'grant-role', 'naru', 'mine');
  await ask('auth', 'enable');
  await assert.rejects(openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls }), /permission denied/);
  const scheme = createScheme();
  const server = await startTestServer({ storage: await openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls, root: '/mine' }), scheme, storedForm: upstreamForm(scheme, '/mine') });
  try {
    assert.equal((await send(server, 'POST', MAPS, { body: { metadata: { name: 'kept' }, data: { a: 'b' } } })).code, 201);
    await ask('put', '/elsewhere', 'x');
    assert.equal((await send(server, 'GET', `${MAPS}/kept`)).body.data.a, 'b');
    assert.equal((await send(server, 'DELETE', `${MAPS}/kept`)).code, 200);
    assert.equal((await send(server, 'GET', MAPS)).body.items.some((item: { metadata: { name: string } }) => item.metadata.name === 'kept'), false);
  } finally {
    await server.close();
  }
  return true;
}
