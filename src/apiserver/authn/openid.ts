import type { PublicJwk, TokenVerifier } from '../../pki/jwt.ts';

/** Body of `/.well-known/openid-configuration`. `jwksUri`: where others fetch the keys. */
export function openIdConfiguration(issuer: string, jwksUri: string, verifier: TokenVerifier): Record<string, unknown> {
  return {
    issuer, jwks_uri: jwksUri, response_types_supported: ['id_token'], subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(verifier.publicKeys().map((key) => key.alg))].sort(),
  };
}

/** Body of `/openid/v1/jwks`, served as application/jwk-set+json. */
export function openIdKeys(verifier: TokenVerifier): { keys: PublicJwk[] } {
  return { keys: verifier.publicKeys() };
}

/** Both documents by path, in the form the API server serves further documents in. */
export function openIdDocuments(issuer: string, jwksUri: string, verifier: TokenVerifier): Map<string, () => { contentType: string; body: string }> {
  return new Map([
    ['/.well-known/openid-configuration', () => ({ contentType: 'application/json', body: JSON.stringify(openIdConfiguration(issuer, jwksUri, verifier)) })],
    ['/openid/v1/jwks', () => ({ contentType: 'application/jwk-set+json', body: JSON.stringify(openIdKeys(verifier)) })],
  ]);
}
