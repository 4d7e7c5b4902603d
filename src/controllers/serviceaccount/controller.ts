import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';

export const ROOT_CA_CONFIG_MAP = 'kube-root-ca.crt';
const ROOT_CA_ANNOTATION = { 'kubernetes.io/description': 'The certificate authority with which clients inside the cluster verify the API server.' };

/** Gives every namespace its `default` service account and the certificate authority its pods trust. */
export function startServiceAccountController(context: ControllerContext, certificateAuthority: string): RunningController {
  const { client, informers } = context;
  const namespaces = informers.for(NAMESPACES);
  const accounts = informers.for(SERVICE_ACCOUNTS);
  const configMaps = informers.for(CONFIG_MAPS, { fieldSelector: `metadata.name=${ROOT_CA_CONFIG_MAP}` });
  const queue = new WorkQueue(sync, { name: 'serviceaccount', logger: context.logger, workers: 4, clock: context.clock });
  const touch = (object: { metadata?: { namespace?: string } }): void => queue.add(object.metadata?.namespace ?? '');
  const stops = [
    namespaces.onEvent({ add: (namespace) => queue.add(namespace.metadata?.name ?? ''), update: (namespace) => queue.add(namespace.metadata?.name ?? '') }),
    accounts.onEvent({ delete: (account) => { if (account.metadata?.name === 'default') touch(account); } }),
    configMaps.onEvent({ update: touch, delete: touch }),
  ];

  async function sync(name: string): Promise<void> {
    const namespace = namespaces.get(undefined, name);
    if (!namespace || namespace.status?.phase === 'Terminating' || namespace.metadata?.deletionTimestamp) return;
    await Promise.all([accounts.synced(), configMaps.synced()]);
    await Promise.all([ensureAccount(name), ensureAuthority(name)]);
  }

  async function ensureAccount(namespace: string): Promise<void> {
    if (accounts.get(namespace, 'default')) return;
    await client.create(SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace } }).catch(unlessTaken);
  }

  async function ensureAuthority(namespace: string): Promise<void> {
    const existing = configMaps.get(namespace, ROOT_CA_CONFIG_MAP);
    const data = { 'ca.crt': certificateAuthority };
    if (!existing) await client.create(CONFIG_MAPS, { metadata: { name: ROOT_CA_CONFIG_MAP, namespace, annotations: ROOT_CA_ANNOTATION }, data }).catch(unlessTaken);
    else if (existing.data?.['ca.crt'] !== certificateAuthority || Object.keys(existing.data).length !== 1) await client.update(CONFIG_MAPS, { ...existing, data });
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}

/** Somebody was quicker, or the namespace is on its way out: both are fine. */
function unlessTaken(error: { code?: number; message?: string }): void {
  if (error.code === 409 || error.code === 404 || (error.code === 403 && error.message?.includes('being terminated'))) return;
  throw error as Error;
}
