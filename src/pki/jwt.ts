import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** Claims of a JWT; times in seconds since the epoch. */
export interface JwtClaims {
  iss?: string; sub?: string; aud?: string[] | string; exp?: number; nbf?: number; iat?: number; jti?: string;
  [claim: string]: unknown;
}

/** A public key of the service-account issuer as a JSON Web Key. */
export interface PublicJwk { kty: string; kid: string; alg: string; use: 'sig'; [member: string]: string }

/** The key id Kubernetes gives a service-account key: SHA-256 of its SPKI form. */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256').update(publicKey.export({ type: 'spki', format: 'der' })).digest('base64url');
}

/** ES256/384/512 by curve, RS256 for RSA: what upstream's API server signs and takes. */
export function algorithmOf(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const algorithm = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }[curve ?? ''];
  if (key.asymmetricKeyType !== 'ec' || !algorithm) throw new Error(`a service-account key must be RSA or EC on P-256, P-384 or P-521, not ${key.asymmetricKeyType}`);
  return algorithm;
}

export interface TokenSigner { sign(claims: JwtClaims): Promise<string> }

export function createTokenSigner(privateKeyPem: string): TokenSigner {
  const privateKey = createPrivateKey(privateKeyPem);
  const header = { alg: algorithmOf(privateKey), kid: keyId(createPublicKey(privateKey)) };
  return {
    async sign(claims) {
      const { CompactSign } = await import('jose/jws/compact/sign');
      return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).sign(privateKey);
    },
  };
}

export interface TokenVerifier {
  /** The claims of a token with a good signature; rejects for any other. Checks no claim. */
  verify(token: string): Promise<JwtClaims>;
  publicKeys(): PublicJwk[];
}

/** `publicKeyPems`: the signing key first, then earlier ones whose tokens still count. */
export function createTokenVerifier(publicKeyPems: string[]): TokenVerifier {
  const keys = publicKeyPems.map((pem) => {
    const publicKey = createPublicKey(pem);
    return { publicKey, id: keyId(publicKey), algorithm: algorithmOf(publicKey) };
  });
  return {
    async verify(token) {
      const { compactVerify } = await import('jose/jws/compact/verify');
      const { decodeProtectedHeader } = await import('jose/decode/protected_header');
      const { kid, alg } = decodeProtectedHeader(token);
      // A token that names no key may be any key's.
      const fitting = keys.filter(({ id, algorithm }) => algorithm === alg && (!kid || id === kid));
      let refusal: unknown = new Error('invalid signature, no keys found');
      for (const { publicKey, algorithm } of fitting) {
        try {
          const { payload } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
          return JSON.parse(Buffer.from(payload).toString()) as JwtClaims;
        } catch (error) {
          refusal = error;
        }
      }
      throw refusal;
    },
    publicKeys: () => keys.map(({ publicKey, id, algorithm }) => {
      const { kty = '', ...numbers } = publicKey.export({ format: 'jwk' }) as Record<string, string>;
      return { use: 'sig', kty, kid: id, alg: algorithm, ...numbers } as PublicJwk;
    }),
  };
}

/** Claims of a compact JWT without looking at the signature; undefined when it is none. */
export function decodeClaims(token: string): JwtClaims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as JwtClaims) : undefined;
  } catch {
    return undefined;
  }
}

export const LEGACY_ISSUER = 'kubernetes/serviceaccount';

/** Claims of the token that a Secret of type kubernetes.io/service-account-token holds; it never runs out. */
export function legacyClaims(serviceAccount: { namespace: string; name: string; uid: string }, secretName: string): JwtClaims {
  const { namespace, name, uid } = serviceAccount;
  return {
    iss: LEGACY_ISSUER, sub: `system:serviceaccount:${namespace}:${name}`,
    'kubernetes.io/serviceaccount/namespace': namespace, 'kubernetes.io/serviceaccount/secret.name': secretName,
    'kubernetes.io/serviceaccount/service-account.name': name, 'kubernetes.io/serviceaccount/service-account.uid': uid,
  };
}
