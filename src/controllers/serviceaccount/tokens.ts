import type { Secret, ServiceAccount } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { SECRETS, SERVICE_ACCOUNTS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import { legacyClaims, type TokenSigner } from '../../pki/jwt.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';

export const TOKEN_SECRET_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

export type TokenSecretVerdict = { action: 'keep' } | { action: 'delete' } | { action: 'fill'; needsToken: boolean };

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** What becomes of a token Secret, given the account it names. */
export function judgeTokenSecret(secret: Secret, account: ServiceAccount | undefined, certificateAuthority: string): TokenSecretVerdict {
  const uid = secret.metadata?.annotations?.[ACCOUNT_UID];
  if (!account || (uid && uid !== account.metadata?.uid)) return { action: 'delete' };
  const data = (secret.data ?? {}) as Record<string, string>;
  const needsToken = !data['token'];
  const isFilled = !needsToken && uid === account.metadata?.uid && data['ca.crt'] === encode(certificateAuthority) && data['namespace'] === encode(secret.metadata?.namespace ?? '');
  return isFilled ? { action: 'keep' } : { action: 'fill', needsToken };
}

/** Fills Secrets that people made for a service account's token, and removes those whose account is gone. */
export function startTokenSecretController(context: ControllerContext, certificateAuthority: string, signer: TokenSigner): RunningController {
  const { client, informers } = context;
  const accounts = informers.for(SERVICE_ACCOUNTS);
  const secrets = informers.for(SECRETS, { fieldSelector: `type=${TOKEN_SECRET_TYPE}` });
  secrets.addIndex('account', (secret) => [`${secret.metadata?.namespace}/${secret.metadata?.annotations?.[ACCOUNT_NAME] ?? ''}`]);
  const queue = new WorkQueue(sync, { name: 'token-secrets', logger: context.logger, workers: 2, clock: context.clock });
  const touch = (secret: Secret): void => queue.add(keyOf(secret));
  const touchAccount = (account: ServiceAccount): void => { for (const secret of secrets.byIndex('account', keyOf(account))) touch(secret); };
  const stops = [secrets.onEvent({ add: touch, update: touch }), accounts.onEvent({ add: touchAccount, delete: touchAccount })];

  async function sync(key: string): Promise<void> {
    await Promise.all([accounts.synced(), secrets.synced()]);
    const [namespace, name] = splitKey(key);
    const secret = secrets.get(namespace, name);
    const accountName = secret?.metadata?.annotations?.[ACCOUNT_NAME];
    if (!secret || !accountName || secret.metadata?.deletionTimestamp) return;
    const account = accounts.get(namespace, accountName) ?? (await findAccount(namespace, accountName));
    const verdict = judgeTokenSecret(secret, account, certificateAuthority);
    if (verdict.action === 'keep' || (verdict.action === 'delete' && !account && !secret.metadata?.annotations?.[ACCOUNT_UID] && isYoung(secret))) return;
    if (verdict.action === 'delete') return client.delete(SECRETS, namespace, name, { preconditions: { uid: secret.metadata?.uid } }).catch(unlessGone);
    await fill(secret, account as ServiceAccount, verdict.needsToken);
  }

  /** A Secret may come a moment before its account. */
  function isYoung(secret: Secret): boolean {
    const rest = parseTime(secret.metadata?.creationTimestamp ?? '') + 10_000 - context.clock.now();
    if (rest > 0) queue.addAfter(keyOf(secret), rest);
    return rest > 0;
  }

  function findAccount(namespace: string, name: string): Promise<ServiceAccount | undefined> {
    return client.get(SERVICE_ACCOUNTS, namespace, name).catch((error: { code?: number }) => { if (error.code !== 404) throw error as Error; return undefined; });
  }

  async function fill(secret: Secret, account: ServiceAccount, needsToken: boolean): Promise<void> {
    const { namespace = '', name = '' } = secret.metadata ?? {};
    const identity = { namespace, name: account.metadata?.name ?? '', uid: account.metadata?.uid ?? '' };
    const data: Record<string, string> = { ...(secret.data as Record<string, string> | undefined), 'ca.crt': encode(certificateAuthority), namespace: encode(namespace) };
    if (needsToken) data['token'] = encode(await signer.sign(legacyClaims(identity, name)));
    const annotations = { ...secret.metadata?.annotations, [ACCOUNT_NAME]: identity.name, [ACCOUNT_UID]: identity.uid };
    await client.update(SECRETS, { ...secret, metadata: { ...secret.metadata, annotations }, data } as Secret);
  }

  return { stop() { for (const stop of stops) stop(); queue.stop(); } };
}

function unlessGone(error: { code?: number }): void {
  if (error.code !== 404 && error.code !== 409) throw error as Error;
}
