import type { Secret } from '../../../schema/v1.37/types/core-v1.ts';
import { parseTime } from '../../base/clock.ts';
import { SECRETS } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { keyOf, splitKey } from '../shared/owners.ts';

const NAMESPACE = 'kube-system';
const BOOTSTRAP_TOKEN_TYPE = 'bootstrap.kubernetes.io/token';

/** When a bootstrap token ends; undefined for one that does not. One whose time cannot be read has ended. */
export function expiryOf(secret: Secret): number | undefined {
  const encoded = (secret.data as Record<string, string> | undefined)?.['expiration'];
  if (!encoded) return undefined;
  return parseTime(Buffer.from(encoded, 'base64').toString()) || 0;
}

/** Removes bootstrap tokens that ran out. */
export function startBootstrapTokenCleaner(context: ControllerContext): RunningController {
  const { client, clock } = context;
  const secrets = context.informers.for(SECRETS, { namespace: NAMESPACE, fieldSelector: `type=${BOOTSTRAP_TOKEN_TYPE}` });
  const queue = new WorkQueue(sync, { name: 'bootstrap-tokens', logger: context.logger, workers: 1, clock });
  const touch = (secret: Secret): void => queue.add(keyOf(secret));
  const stop = secrets.onEvent({ add: touch, update: touch });

  async function sync(key: string): Promise<void> {
    const [namespace, name] = splitKey(key);
    const secret = secrets.get(namespace, name);
    const expiry = secret && expiryOf(secret);
    if (!secret || expiry === undefined) return;
    const rest = expiry - clock.now();
    if (rest > 0) return queue.addAfter(key, rest);
    await client.delete(SECRETS, namespace, name, { preconditions: { uid: secret.metadata?.uid } }).catch((error: { code?: number }) => {
      if (error.code !== 404 && error.code !== 409) throw error as Error;
    });
  }

  return { stop() { stop(); queue.stop(); } };
}
