import { timingSafeEqual } from 'node:crypto';
import { parseTime, type Clock } from '../../base/clock.ts';
import type { ObjectReader } from '../contracts.ts';
import type { TokenAuthenticator } from './service-account-tokens.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const SECRET_TYPE = 'bootstrap.kubernetes.io/token';

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Tokens `id.secret` that let a new node ask for its certificate, kept as Secrets `bootstrap-token-<id>` in kube-system. */
export function createBootstrapTokens(reader: ObjectReader, clock: Clock, apiAudiences: string[]): TokenAuthenticator {
  return {
    async authenticate(token) {
      const [, id = '', secretPart = ''] = TOKEN.exec(token) ?? [];
      if (!id) return undefined;
      const secret = reader.get('', 'secrets', 'kube-system', `bootstrap-token-${id}`);
      if (!secret || secret['type'] !== SECRET_TYPE || secret.metadata?.deletionTimestamp) return undefined;
      const encoded = (secret['data'] ?? {}) as Record<string, string>;
      const data = (key: string): string => Buffer.from(encoded[key] ?? '', 'base64').toString();
      const expires = data('expiration');
      if (data('token-id') !== id || !sameText(data('token-secret'), secretPart)) return undefined;
      if (expires && !(parseTime(expires) > clock.now())) return undefined;
      if (data('usage-bootstrap-authentication') !== 'true') return undefined;
      const extraGroups = data('auth-extra-groups').split(',').filter(Boolean);
      if (!extraGroups.every((group) => GROUP.test(group))) return undefined;
      const groups = [...new Set(['system:bootstrappers', ...extraGroups])];
      return { user: { name: `system:bootstrap:${id}`, groups }, audiences: apiAudiences };
    },
  };
}
