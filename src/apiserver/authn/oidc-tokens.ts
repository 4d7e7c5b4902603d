import type { JWTVerifyGetKey } from 'jose';
import type { UserInfo } from '../contracts.ts';
import type { TokenAuthenticator } from './service-account-tokens.ts';
import { decodeClaims } from '../../pki/jwt.ts';

/** As upstream's `--oidc-*` flags. */
export interface OidcOptions {
  issuerUrl: string;
  clientId: string;
  /** `sub` by default. A user name from any claim but `email` gets `ISSUER#` before it unless a prefix is given; `-` means none. */
  usernameClaim?: string;
  usernamePrefix?: string;
  groupsClaim?: string;
  groupsPrefix?: string;
  requiredClaims?: Record<string, string>;
  signingAlgorithms?: string[];
  /** Where the issuer's keys are; by default read from its discovery document when the first token comes. */
  keys?: JWTVerifyGetKey;
  apiAudiences: string[];
}

async function discoverKeys(issuerUrl: string): Promise<JWTVerifyGetKey> {
  const { createRemoteJWKSet } = await import('jose/jwks/remote');
  const answer = await fetch(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(10_000) });
  const document = await answer.json() as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== issuerUrl || !document.jwks_uri) throw new Error(`oidc: the discovery document of ${issuerUrl} does not fit it`);
  return createRemoteJWKSet(new URL(document.jwks_uri));
}

function userOf(claims: Record<string, unknown>, options: OidcOptions): UserInfo {
  const { issuerUrl, usernameClaim = 'sub', usernamePrefix, groupsClaim, groupsPrefix = '', requiredClaims = {} } = options;
  const value = claims[usernameClaim];
  if (typeof value !== 'string' || value === '') throw new Error(`oidc: parse username claims ${JSON.stringify(usernameClaim)}: claim not present`);
  if (usernameClaim === 'email' && claims['email_verified'] === false) throw new Error('oidc: email not verified');
  for (const [claim, wanted] of Object.entries(requiredClaims)) {
    if (claims[claim] !== wanted) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${String(claims[claim])}, want = ${wanted}`);
  }
  const prefix = usernamePrefix === '-' ? '' : usernamePrefix ?? (usernameClaim === 'email' ? '' : `${issuerUrl}#`);
  const groups = groupsClaim === undefined || claims[groupsClaim] === undefined ? [] : [claims[groupsClaim]].flat().map(String);
  return { name: prefix + value, groups: groups.map((group) => groupsPrefix + group) };
}

/** ID tokens of an OpenID Connect provider. */
export function createOidcTokens(options: OidcOptions): TokenAuthenticator {
  const { issuerUrl, clientId, signingAlgorithms = ['RS256'], apiAudiences } = options;
  let keys: Promise<JWTVerifyGetKey> | undefined;
  return {
    async authenticate(token) {
      if (decodeClaims(token)?.iss !== issuerUrl) return undefined;
      keys ??= options.keys ? Promise.resolve(options.keys) : discoverKeys(issuerUrl);
      const found = await keys.catch((error: Error) => {
        keys = undefined;
        throw error;
      });
      const { jwtVerify } = await import('jose/jwt/verify');
      const { payload } = await jwtVerify(token, found, { issuer: issuerUrl, audience: clientId, algorithms: signingAlgorithms });
      return { user: userOf(payload, options), audiences: apiAudiences };
    },
  };
}
