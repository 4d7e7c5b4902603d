import { readFile } from 'node:fs/promises';
import type { Scheme } from '../api/schema.ts';
import { JSON_FORM, upstreamForm, type StoredForm } from '../apiserver/registry/stored-form.ts';
import type { ApiServerFlagValues } from '../cluster/api-server-flags.ts';
import { openLmdbStorage } from '../storage/lmdb/lmdb-storage.ts';
import type { Storage } from '../storage/storage.ts';

/** Where a cluster is kept, and in which form. */
export interface Store { storage: Storage; storedForm: StoredForm }

/** The etcd that flags name, else the cluster's own store in `directory`. */
export async function openStore(values: ApiServerFlagValues, directory: string, scheme: Scheme): Promise<Store> {
  const servers = values['etcd-servers'];
  if (!servers) return { storage: await openLmdbStorage(directory), storedForm: JSON_FORM };
  const [{ openEtcdStorage }, caPem, certificatePem, privateKeyPem] = await Promise.all([
    import('../storage/etcd/etcd-storage.ts'), ...['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'].map((name) => contentOf(values[name])),
  ]);
  const tls = { ...(caPem ? { caPem } : {}), ...(certificatePem ? { certificatePem } : {}), ...(privateKeyPem ? { privateKeyPem } : {}) };
  return { storage: await openEtcdStorage({ endpoints: servers.split(',').map((url) => url.trim()), tls }), storedForm: upstreamForm(scheme) };
}

async function contentOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}
