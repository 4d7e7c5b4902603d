import type { Clock } from '../../base/clock.ts';
import { parseTime } from '../../base/clock.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { decodeClaims, LEGACY_ISSUER, type JwtClaims, type TokenVerifier } from '../../pki/jwt.ts';
import type { ObjectReader, UserInfo } from '../contracts.ts';
import { CREDENTIAL_ID, serviceAccountUser } from './users.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { TokenMetrics } from './metrics.ts';

/** Clocks may differ by this much; a deleted object's tokens live on for as long. */
const LEEWAY_SECONDS = 60;
const CACHED_TOKENS = 4096;

export interface Reference { name?: string; uid?: string }
/** The `kubernetes.io` claim of a bound token. */
export interface BoundClaims {
  namespace?: string; serviceaccount?: Reference; pod?: Reference; secret?: Reference; node?: Reference; warnafter?: number;
}

/** Who a token is of and for which audiences. */
export interface TokenIdentity { user: UserInfo; audiences: string[] }

export interface ServiceAccountTokenOptions {
  reader: ObjectReader;
  verifier: TokenVerifier;
  issuer: string;
  /** Audiences of the API server itself: those of tokens and requests that name none. */
  apiAudiences: string[];
  clock: Clock;
  metrics: TokenMetrics;
}

const quoted = (values: string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

export interface TokenAuthenticator {
  /** undefined: not a token of this kind. Rejects with the reason for a bad one. */
  authenticate(token: string, audiences?: string[]): Promise<TokenIdentity | undefined>;
}

/**
 * Tokens of the cluster's own issuer. A signature is checked once and remembered; whether the account and the object a
 * token is bound to still stand is looked up each time.
 */
export function createServiceAccountTokens(options: ServiceAccountTokenOptions): TokenAuthenticator {
  const verified = new BoundedCache<string, JwtClaims>(CACHED_TOKENS);
  const { reader, verifier, clock, metrics } = options;
  const check = async (token: string): Promise<JwtClaims> => {
    metrics.checking++;
    let end: 'ok' | 'error' = 'error';
    try {
      const claims = await verifier.verify(token);
      end = 'ok';
      verified.set(token, claims);
      return claims;
    } finally {
      metrics.checking--;
      metrics.checked[end]++;
    }
  };
  return {
    async authenticate(token, requested = options.apiAudiences) {
      const issuer = decodeClaims(token)?.iss;
      if (issuer !== options.issuer && issuer !== LEGACY_ISSUER) return undefined;
      const started = clock.monotonic(), known = verified.get(token);
      const claims = known ?? await check(token).finally(() => metrics.seconds.miss.observe((clock.monotonic() - started) / 1000));
      if (known) metrics.seconds.hit.observe((clock.monotonic() - started) / 1000);
      const own = claims.aud === undefined ? options.apiAudiences : [claims.aud].flat();
      const audiences = own.filter((audience) => requested.includes(audience));
      if (audiences.length === 0) throw new Error(`token audiences ${quoted(own)} is invalid for the target audiences ${quoted(requested)}`);
      checkTimes(claims, clock.now() / 1000);
      const user = issuer === LEGACY_ISSUER ? legacyUser(reader, claims, token, clock.now()) : boundUser(reader, claims, clock.now());
      count(metrics, claims, clock.now() / 1000);
      return { user, audiences };
    },
  };
}

function count(metrics: TokenMetrics, claims: JwtClaims, now: number): void {
  const { warnafter } = (claims['kubernetes.io'] ?? {}) as BoundClaims;
  if (claims.iss === LEGACY_ISSUER) metrics.legacy++;
  else if (warnafter) metrics[now > warnafter ? 'stale' : 'valid']++;
}

function checkTimes(claims: JwtClaims, now: number): void {
  if (claims.nbf !== undefined && now + LEEWAY_SECONDS < claims.nbf) throw new Error('service account token is not valid yet');
  if (claims.exp !== undefined && now - LEEWAY_SECONDS > claims.exp) throw new Error('service account token has expired');
  if (claims.iat !== undefined && now + LEEWAY_SECONDS < claims.iat) throw new Error('service account token is issued in the future');
}

/** Deleted for longer than the leeway: pods linger with a deletionTimestamp that lies in the future at first. */
function isDeleted(object: KubernetesObject, now: number): boolean {
  const deleted = object.metadata?.deletionTimestamp;
  return deleted !== undefined && parseTime(deleted) < now - LEEWAY_SECONDS * 1000;
}

function checkAccount(reader: ObjectReader, namespace: string, reference: Reference, now: number): void {
  const account = reader.get('', 'serviceaccounts', namespace, reference.name ?? '');
  if (!account) throw new Error(`serviceaccounts ${JSON.stringify(reference.name ?? '')} not found`);
  if (account.metadata?.uid !== reference.uid) {
    throw new Error(`service account UID (${account.metadata?.uid}) does not match claim (${reference.uid})`);
  }
  if (isDeleted(account, now)) throw new Error(`service account ${namespace}/${reference.name} has been deleted`);
}

function checkBinding(reader: ObjectReader, kind: 'secret' | 'pod' | 'node', namespace: string, reference: Reference | undefined, now: number): void {
  if (!reference) return;
  const object = reader.get('', `${kind}s`, namespace, reference.name ?? '');
  if (!object || isDeleted(object, now)) throw new Error('service account token has been invalidated');
  if (object.metadata?.uid === reference.uid) return;
  throw new Error(`${kind} UID (${object.metadata?.uid}) does not match service account ${kind} ref claim (${reference.uid})`);
}

function boundUser(reader: ObjectReader, claims: JwtClaims, now: number): UserInfo {
  const { namespace = '', serviceaccount = {}, pod, secret, node } = (claims['kubernetes.io'] ?? {}) as BoundClaims;
  checkAccount(reader, namespace, serviceaccount, now);
  checkBinding(reader, 'secret', namespace, secret, now);
  checkBinding(reader, 'pod', namespace, pod, now);
  // The node in a pod's token is information only: the pod is what it is bound to.
  if (!pod) checkBinding(reader, 'node', '', node, now);
  const extra: Record<string, string[]> = {};
  if (claims.jti) extra[CREDENTIAL_ID] = [`JTI=${claims.jti}`];
  for (const [kind, reference] of [['node', node], ['pod', pod]] as const) {
    if (!reference) continue;
    extra[`authentication.kubernetes.io/${kind}-name`] = [reference.name ?? ''];
    if (reference.uid) extra[`authentication.kubernetes.io/${kind}-uid`] = [reference.uid];
  }
  return serviceAccountUser(namespace, serviceaccount.name ?? '', serviceaccount.uid ?? '', extra);
}

/** Tokens without an end that stand in a Secret: good while that Secret holds this very token. */
function legacyUser(reader: ObjectReader, claims: JwtClaims, token: string, now: number): UserInfo {
  const claim = (name: string): string => {
    const value = claims[`kubernetes.io/serviceaccount/${name}`];
    if (typeof value !== 'string' || value === '') throw new Error(`${name} claim is missing`);
    return value;
  };
  const namespace = claim('namespace');
  const secretName = claim('secret.name');
  const name = claim('service-account.name');
  const uid = claim('service-account.uid');
  if (claims.sub !== `system:serviceaccount:${namespace}:${name}`) throw new Error('sub claim is invalid');
  const secret = reader.get('', 'secrets', namespace, secretName);
  const held = (secret?.['data'] as Record<string, string> | undefined)?.['token'];
  if (!secret || isDeleted(secret, now) || held === undefined || Buffer.from(held, 'base64').toString() !== token) {
    throw new Error('service account token has been invalidated');
  }
  checkAccount(reader, namespace, { name, uid }, now);
  return serviceAccountUser(namespace, name, uid);
}
