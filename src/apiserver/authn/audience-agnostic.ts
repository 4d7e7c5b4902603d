import type { TokenAuthenticator } from './service-account-tokens.ts';

/** For tokens that name no audience of ours: they are good for those of this server, and for no others. */
export function audienceAgnostic(apiAudiences: string[], kind: TokenAuthenticator): TokenAuthenticator {
  return {
    async authenticate(token, requested) {
      const audiences = requested ? requested.filter((audience) => apiAudiences.includes(audience)) : apiAudiences;
      if (audiences.length === 0) return undefined;
      const identity = await kind.authenticate(token, requested);
      return identity && { ...identity, audiences };
    },
  };
}
