import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { program } from '../../conformance/programs.ts';
import { storageConformance } from '../../src/storage/conformance.ts';
import { openEtcdStorage } from '../../src/storage/etcd/etcd-storage.ts';
import { StorageUnavailableError } from '../../src/storage/storage.ts';
import { survivesKilledLeaders } from './storage-etcd/killed-leaders.ts';
import { EtcdMembers, findEtcd, type Member } from './storage-etcd/members.ts';
import { isTooOldForParts, limitedUser, ownPart } from './storage-etcd/own-part.ts';
import { workSideBySide } from './storage-etcd/two-servers.ts';

const etcd = findEtcd();
const KILLS = Number(process.env['NARU_TEST_LEADER_KILLS'] ?? 4);

describe('etcd', { skip: etcd === undefined && 'there is no etcd: install etcd-server, or name one with NARU_ETCD' }, () => {
  let last: EtcdMembers | undefined;
  after(() => last?.stop());

  // Revisions count from an etcd's first day: a new one for each test.
  storageConformance('etcd', async () => {
    await last?.stop();
    const cluster = await EtcdMembers.start(etcd as string, 1);
    last = cluster;
    const open = () => openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls });
    return { open, reopen: open };
  });

  it(`loses nothing and tells nothing twice over ${KILLS} killed leaders under load`, async (context) => {
    const cluster = await EtcdMembers.start(etcd as string, 3);
    try {
      const report = await survivesKilledLeaders(cluster, KILLS);
      context.diagnostic(`${report.kills} kills, ${report.acknowledged} acknowledged writes, ${report.refused} refused, ${report.events} events`);
      assert.ok(report.acknowledged > KILLS * 50);
    } finally {
      await cluster.stop();
    }
  });

  it('carries two API servers side by side', async () => {
    const cluster = await EtcdMembers.start(etcd as string, 1);
    try {
      await workSideBySide(cluster);
    } finally {
      await cluster.stop();
    }
  });

  it('keeps to its own part of an etcd that has others, and to what its user may touch', { timeout: 60_000 }, async (context) => {
    // Debian's may be too old for it.
    const built = program('etcd');
    const cluster = await EtcdMembers.start(!process.env['NARU_ETCD'] && existsSync(built) ? built : etcd as string, 1);
    try {
      if (await isTooOldForParts(cluster)) return context.skip('this etcd is too old for it, and said so');
      await ownPart(cluster);
      if (!await limitedUser(cluster)) context.diagnostic('without etcdctl: users were not tried');
    } finally {
      await cluster.stop();
    }
  });

  it('fails requests while etcd is away, and goes on when it is back', async () => {
    const cluster = await EtcdMembers.start(etcd as string, 1);
    const [member] = cluster.members as [Member];
    const storage = await openEtcdStorage({ endpoints: cluster.endpoints, tls: cluster.tls });
    try {
      const told: number[] = [];
      let broken: Error | undefined;
      storage.watch('/', storage.revision(), { events: (events) => { told.push(...events.map(({ entry }) => entry.modRevision)); }, ended: (error) => { broken = error; } });
      await storage.put('/a', Buffer.from('1'), { modRevision: 0 });
      await cluster.killMember(member);
      await Promise.all([
        assert.rejects(storage.get('/a'), StorageUnavailableError), assert.rejects(storage.put('/b', Buffer.from('1'), { modRevision: 0 }), StorageUnavailableError),
        assert.rejects(storage.check?.() as Promise<void>, StorageUnavailableError), assert.rejects(storage.delete('/a', { modRevision: 2 }), StorageUnavailableError),
      ]);
      await cluster.startMember(member);
      await storage.put('/a', Buffer.from('2'), { modRevision: 2 });
      await storage.check?.();
      assert.deepEqual([told, broken], [[2, 3], undefined]);
    } finally {
      await storage.close();
      await cluster.stop();
    }
  });
});
