import type { JWTVerifyGetKey } from 'jose';
import { decodeClaims } from '../../pki/jwt.ts';
import type { ClaimReader, ClaimRules } from './claims.ts';
import { createClaimResolver } from './distributed-claims.ts';
import { createIssuerKeys } from './issuer-keys.ts';
import { checkAudience } from './token-audience.ts';
import type { TokenAuthenticator } from './service-account-tokens.ts';

/** One issuer of an AuthenticationConfiguration. */
export interface JwtSettings extends ClaimRules {
  issuer: { url: string; discoveryURL?: string; certificateAuthority?: string; audiences: string[]; audienceMatchPolicy?: string };
}

/** As upstream's `--oidc-*` flags. */
export interface OidcFlags {
  issuerUrl: string;
  clientId: string;
  /** `sub` by default. A user name from any claim but `email` gets `ISSUER#` before it unless a prefix is given; `-` means none. */
  usernameClaim?: string | undefined;
  usernamePrefix?: string | undefined;
  groupsClaim?: string | undefined;
  groupsPrefix?: string | undefined;
  requiredClaims?: Record<string, string> | undefined;
  caPem?: string | undefined;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'];

/** The flags as the configuration of one issuer. */
export function settingsOfFlags({ issuerUrl, clientId, usernameClaim = 'sub', usernamePrefix, groupsClaim, groupsPrefix = '', requiredClaims = {}, caPem }: OidcFlags): JwtSettings {
  const prefix = usernamePrefix === '-' ? '' : usernamePrefix ?? (usernameClaim === 'email' ? '' : `${issuerUrl}#`);
  return {
    issuer: { url: issuerUrl, audiences: [clientId], ...(caPem ? { certificateAuthority: caPem } : {}) },
    claimMappings: { username: { claim: usernameClaim, prefix }, ...(groupsClaim ? { groups: { claim: groupsClaim, prefix: groupsPrefix } } : {}) },
    claimValidationRules: Object.entries(requiredClaims).map(([claim, requiredValue]) => ({ claim, requiredValue })),
  };
}

export interface JwtOptions {
  apiAudiences: string[];
  signingAlgorithms?: string[] | undefined;
  /** Where the issuer's keys are; by default read from its discovery document when the first token comes. */
  keys?: JWTVerifyGetKey;
}

/** ID tokens of an OpenID Connect provider. Rejects with Error when an expression of the settings is no good. */
export async function createJwtTokens(settings: JwtSettings, options: JwtOptions): Promise<TokenAuthenticator> {
  const { issuer } = settings;
  const { apiAudiences, signingAlgorithms = ALGORITHMS } = options;
  const keys = options.keys ?? createIssuerKeys({ url: issuer.url, discoveryUrl: issuer.discoveryURL, caPem: issuer.certificateAuthority });
  const { createClaimReader } = await import('./claims.ts');
  const read: ClaimReader = createClaimReader(settings);
  const groupsClaim = settings.claimMappings.groups?.claim;
  const complete = groupsClaim ? createClaimResolver({ claim: groupsClaim, issuer, algorithms: signingAlgorithms }) : async () => undefined;
  return {
    async authenticate(token) {
      if (decodeClaims(token)?.iss !== issuer.url) return undefined;
      const { jwtVerify } = await import('jose/jwt/verify');
      const { payload } = await jwtVerify(token, keys, { issuer: issuer.url, algorithms: signingAlgorithms, requiredClaims: ['exp'] }).catch((error: Error) => {
        throw new Error(`oidc: verify token: ${error.message}`);
      });
      checkAudience(payload, issuer.audiences);
      await complete(payload);
      return { user: read(payload), audiences: apiAudiences };
    },
  };
}
