import { readFile } from 'node:fs/promises';
import type { Scheme } from '../api/schema.ts';
import { JSON_FORM, upstreamForm, type StoredForm } from '../apiserver/registry/stored-form.ts';
import { createLogger } from '../base/log.ts';
import { systemRandom } from '../base/random.ts';
import type { ApiServerFlagValues } from '../cluster/api-server-flags.ts';
import { openLmdbStorage } from '../storage/lmdb/lmdb-storage.ts';
import type { EncryptedStorage } from '../storage/encryption/encrypted-storage.ts';
import type { Rule } from '../storage/encryption/configuration.ts';
import type { Storage } from '../storage/storage.ts';
import { fileStamp } from './file-stamp.ts';

/** Where a cluster is kept, and in which form. */
export interface Store { storage: Storage; storedForm: StoredForm }

/** The etcd that flags name, else the cluster's own store in `directory`; encrypted where flags say so. */
export async function openStore(values: ApiServerFlagValues, directory: string, scheme: Scheme): Promise<Store> {
  const root = rootOf(values['etcd-prefix']);
  const storedForm = values['etcd-servers'] ? upstreamForm(scheme, root) : JSON_FORM;
  const file = values['encryption-provider-config'];
  const since = file === undefined ? '' : fileStamp(file);
  const rules = file === undefined ? undefined : await readRules(file);
  const plain = values['etcd-servers'] ? await openEtcd(values['etcd-servers'], values, root) : await openLmdbStorage(directory);
  if (!file || !rules) return { storage: plain, storedForm };
  const { EncryptedStorage } = await import('../storage/encryption/encrypted-storage.ts');
  const storage = new EncryptedStorage(plain, rules, storedForm.resourceAt);
  if (values['encryption-provider-config-automatic-reload'] === 'true') await followRules(storage, file, since);
  return { storage, storedForm };
}

/** `naru/one/` is `/naru/one`. */
function rootOf(prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : prefix.split('/').filter((part) => part).map((part) => `/${part}`).join('');
}

async function openEtcd(servers: string, values: ApiServerFlagValues, root: string | undefined): Promise<Storage> {
  const [{ openEtcdStorage }, caPem, certificatePem, privateKeyPem] = await Promise.all([
    import('../storage/etcd/etcd-storage.ts'), ...['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'].map((name) => contentOf(values[name])),
  ]);
  const tls = { ...(caPem ? { caPem } : {}), ...(certificatePem ? { certificatePem } : {}), ...(privateKeyPem ? { privateKeyPem } : {}) };
  return openEtcdStorage({ endpoints: servers.split(',').map((url) => url.trim()), tls, ...(root === undefined ? {} : { root }) });
}

async function contentOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}

async function readRules(file: string): Promise<Rule[]> {
  const [{ parse }, { rulesFrom }, { kmsCipher }, text] = await Promise.all([
    import('yaml'), import('../storage/encryption/configuration.ts'), import('../storage/encryption/kms.ts'), readFile(file, 'utf8'),
  ]);
  try {
    return await rulesFrom(parse(text), { random: systemRandom, kms: kmsCipher });
  } catch (error) {
    throw new Error(`--encryption-provider-config ${file}: ${(error as Error).message}`);
  }
}

/** Another content of the file holds from when it is seen; a file that is no good changes nothing. `since`: the stamp of what was read. */
async function followRules(storage: EncryptedStorage, file: string, since: string): Promise<void> {
  const { followFile } = await import('./file-changes.ts');
  const follower = followFile(file, 'encryption_config', createLogger('encryption'), async () => storage.changeRules(await readRules(file)), since);
  const close = storage.close.bind(storage);
  storage.close = () => {
    follower.stop();
    return close();
  };
}
