import { after, describe } from 'node:test';
import { storageConformance } from '../../src/storage/conformance.ts';
import { openEtcdStorage } from '../../src/storage/etcd/etcd-storage.ts';
import { EtcdMembers, findEtcd } from './storage-etcd/members.ts';

const etcd = findEtcd();

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
});
