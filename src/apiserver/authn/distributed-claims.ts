import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { decodeClaims } from '../../pki/jwt.ts';
import { BoundedCache } from './bounded-cache.ts';
import { createIssuerKeys, readDocument } from './issuer-keys.ts';
import { checkAudience } from './token-audience.ts';

export interface ClaimResolverOptions {
  /** The claim that a token may leave to another place. */
  claim: string;
  issuer: { url: string; certificateAuthority?: string; audiences: string[] };
  algorithms: string[];
  /** Of the issuer that signed what the other place tells. */
  keysOf?(issuerUrl: string): JWTVerifyGetKey;
  read?: typeof readDocument;
}

interface Source { endpoint?: string; access_token?: string }

/** Issuers whose keys are kept. */
const MAXIMUM_ISSUERS = 20;

/**
 * Distributed claims of OpenID Connect: a token that only says where a claim is to be had (`_claim_names`, `_claim_sources`) gets it
 * from there, out of another signed token. Changes `claims`; rejects with Error when the place has no such token.
 */
export function createClaimResolver({ claim, issuer, algorithms, keysOf, read = readDocument }: ClaimResolverOptions): (claims: JWTPayload) => Promise<void> {
  const caPem = issuer.certificateAuthority;
  const known = new BoundedCache<string, JWTVerifyGetKey>(MAXIMUM_ISSUERS);
  const keysFor = keysOf ?? ((url: string): JWTVerifyGetKey => {
    const keys = known.get(url) ?? createIssuerKeys({ url, caPem });
    known.set(url, keys);
    return keys;
  });
  const resolve = async (source: Source & { endpoint: string }): Promise<unknown> => {
    const token = await read(source.endpoint, caPem, source.access_token ? { authorization: `Bearer ${source.access_token}` } : {})
      .catch((error: Error) => { throw new Error(`while getting distributed claim ${JSON.stringify(claim)}: ${error.message}`); });
    const signer = decodeClaims(token)?.iss;
    if (!signer) throw new Error(`getting untrusted issuer from endpoint ${source.endpoint} failed for claim ${JSON.stringify(claim)}`);
    const { jwtVerify } = await import('jose/jwt/verify');
    const { payload } = await jwtVerify(token, keysFor(signer), { issuer: signer, algorithms, requiredClaims: ['exp'] }).catch((error: Error) => { throw new Error(`verify distributed claim token: ${error.message}`); });
    checkAudience(payload, issuer.audiences);
    if (payload[claim] === undefined) throw new Error(`jwt returned by distributed claim endpoint ${JSON.stringify(source.endpoint)} did not contain claim: ${claim}`);
    return payload[claim];
  };
  return async (claims) => {
    const names = claims['_claim_names'] as Record<string, string> | undefined;
    if (claims[claim] !== undefined || names === undefined) return;
    const sources = claims['_claim_sources'] as Record<string, Source> | undefined;
    if (sources === undefined) throw new Error('oidc: could not expand distributed claims: oidc: no claim sources');
    const name = names[claim];
    if (name === undefined) return;
    const source = sources[name];
    if (source === undefined) throw new Error(`oidc: could not expand distributed claims: id token _claim_names contained a source ${name} missing in _claims_sources`);
    if (!source.endpoint) return;
    claims[claim] = await resolve({ ...source, endpoint: source.endpoint }).catch((error: Error) => {
      throw new Error(`oidc: could not expand distributed claims: ${error.message}`);
    });
  };
}
