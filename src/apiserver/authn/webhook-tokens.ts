import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { withRetries } from '../authz/webhook.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { KubeconfigWebhook } from './kubeconfig-webhook.ts';
import type { TokenAuthenticator, TokenIdentity } from './service-account-tokens.ts';

interface ReviewStatus { authenticated?: boolean; error?: string; audiences?: string[]; user?: { username?: string; uid?: string; groups?: string[]; extra?: Record<string, string[]> } }

const CACHED_ANSWERS = 4096;

/** Tokens that another server knows, asked by TokenReview. Its yes and its no are kept for the same time, its failures never. */
export function createWebhookTokens({ webhook, clock, ttlMilliseconds, apiAudiences }: {
  webhook: Pick<KubeconfigWebhook, 'post'>; clock: Clock; ttlMilliseconds: number; apiAudiences: string[];
}): TokenAuthenticator {
  const answers = new BoundedCache<string, { identity: TokenIdentity | undefined; error: string | undefined; until: number }>(CACHED_ANSWERS);
  return {
    async authenticate(token, requested = apiAudiences) {
      const key = createHash('sha256').update(`${token}\0${requested.join('\0')}`).digest('base64');
      let answer = answers.get(key);
      if (!answer || answer.until <= clock.monotonic()) {
        const review = await withRetries(clock, () => webhook.post({
          kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: { creationTimestamp: null }, spec: { token, audiences: requested }, status: { user: {} },
        }));
        const status = (review as { status?: ReviewStatus } | undefined)?.status ?? {};
        answer = { identity: identityOf(status, requested, apiAudiences), error: status.authenticated ? undefined : status.error, until: clock.monotonic() + ttlMilliseconds };
        if (ttlMilliseconds > 0) answers.set(key, answer);
      }
      if (answer.error) throw new Error(answer.error);
      return answer.identity;
    },
  };
}

/** A webhook that names no audiences speaks for those of this server. */
function identityOf({ authenticated, audiences: named, user = {} }: ReviewStatus, requested: string[], apiAudiences: string[]): TokenIdentity | undefined {
  const given = named?.length ? named : apiAudiences;
  const audiences = requested.filter((audience) => given.includes(audience));
  if (!authenticated || audiences.length === 0) return undefined;
  const { username = '', uid, groups = [], extra } = user;
  return { user: { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }, audiences };
}
