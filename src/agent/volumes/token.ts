import type { Pod, ServiceAccount } from '../../../schema/v1.37/types/core-v1.ts';
import type { TokenRequest } from '../../../schema/v1.37/types/authentication-v1.ts';
import { parseTime, type Clock } from '../../base/clock.ts';
import type { Client } from '../../client/client.ts';
import { SERVICE_ACCOUNTS } from '../../client/resources.ts';

const DAY_MILLISECONDS = 86_400_000;
const REFRESH_AT = 0.8;
const DEFAULT_SECONDS = 3600;

interface Cached { token: string; refreshAt: number; expiresAt: number }

/** Tokens of service accounts bound to pods, asked for once and renewed at four fifths of their life (a day at most). */
export class TokenSource {
  private readonly client: Client;
  private readonly clock: Clock;
  private readonly cached = new Map<string, Cached>();

  constructor(client: Client, clock: Clock) {
    this.client = client;
    this.clock = clock;
  }

  /** The token and when it is to be renewed. An old one that is still good bridges a server that does not answer. */
  async token(pod: Pod, audience: string | undefined, expirationSeconds: number | undefined): Promise<{ token: string; refreshAt: number }> {
    const { name, namespace, uid } = pod.metadata ?? {};
    const account = pod.spec?.serviceAccountName || 'default';
    const key = JSON.stringify([uid, account, audience, expirationSeconds]);
    const known = this.cached.get(key);
    const now = this.clock.now();
    if (known && now < known.refreshAt) return known;
    try {
      const request: TokenRequest = {
        apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest',
        spec: { audiences: audience ? [audience] : [], expirationSeconds: expirationSeconds ?? DEFAULT_SECONDS, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
      };
      const answer = await this.client.create(SERVICE_ACCOUNTS, request as ServiceAccount, { namespace, subresource: 'token', name: account }) as unknown as TokenRequest;
      const expiresAt = parseTime(answer.status?.expirationTimestamp ?? '') || now + DEFAULT_SECONDS * 1000;
      const fresh = { token: answer.status?.token ?? '', expiresAt, refreshAt: now + Math.min(DAY_MILLISECONDS, (expiresAt - now) * REFRESH_AT) };
      this.cached.set(key, fresh);
      return fresh;
    } catch (error) {
      if (known && now < known.expiresAt) return { token: known.token, refreshAt: now + 60_000 };
      throw error;
    }
  }

  forget(podUid: string): void {
    for (const key of this.cached.keys()) if ((JSON.parse(key) as string[])[0] === podUid) this.cached.delete(key);
  }
}
