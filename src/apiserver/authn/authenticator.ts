import { StatusError } from '../../api/status.ts';
import { systemClock, type Clock } from '../../base/clock.ts';
import type { TokenVerifier } from '../../pki/jwt.ts';
import type { Authenticator, Credentials, ObjectReader, UserInfo } from '../contracts.ts';
import { audienceAgnostic } from './audience-agnostic.ts';
import { AuthenticationMetrics } from './metrics.ts';
import { createBootstrapTokens } from './bootstrap-tokens.ts';
import { certificateUser, frontProxyUser } from './certificates.ts';
import { createServiceAccountTokens, type TokenAuthenticator, type TokenIdentity } from './service-account-tokens.ts';
import { headerToken, subprotocolToken, withoutToken, type SubprotocolToken } from './request-tokens.ts';
import { ANONYMOUS, withAuthenticatedGroup } from './users.ts';

export interface AuthenticatorOptions {
  reader: ObjectReader;
  verifier: TokenVerifier;
  /** `https://kubernetes.default.svc.cluster.local` */
  issuer: string;
  /** By default the issuer alone. */
  apiAudiences?: string[];
  /** Who is let in without credentials, as system:anonymous; everywhere by default. */
  anonymous?: AnonymousRule;
  /** Common names a front proxy's certificate may carry; empty: any. */
  frontProxyNames?: string[];
  /** Asked for tokens that are none of ours: OIDC, webhook, fixed tokens. */
  others?: TokenAuthenticator[];
  clock?: Clock;
}

/** `paths`: only there. */
export interface AnonymousRule { enabled: boolean; paths?: string[] }

export interface ClusterAuthenticator extends Authenticator {
  readonly apiAudiences: string[];
  /** Under upstream's names, in Prometheus' text form. */
  metricsText(): string;
  /** Rejects with Error for a bad token; its message may be shown to whoever may review tokens. */
  authenticateToken(token: string, audiences?: string[]): Promise<TokenIdentity>;
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized');
}

function subprotocolOf(headers: Credentials['headers']): SubprotocolToken | undefined {
  try {
    return subprotocolToken(headers);
  } catch {
    throw unauthorized();
  }
}

/** Front proxy, client certificate, tokens, then anonymous: the first that knows the credentials decides. */
export function createAuthenticator(options: AuthenticatorOptions): ClusterAuthenticator {
  const { reader, verifier, issuer, clock = systemClock, anonymous = { enabled: true }, frontProxyNames = [], others = [] } = options;
  const apiAudiences = options.apiAudiences ?? [issuer];
  const metrics = new AuthenticationMetrics();
  const tokenKinds = [
    createServiceAccountTokens({ reader, verifier, issuer, apiAudiences, clock, metrics: metrics.tokens }), audienceAgnostic(apiAudiences, createBootstrapTokens(reader, clock, apiAudiences)), ...others,
  ];

  async function authenticateToken(token: string, audiences?: string[]): Promise<TokenIdentity> {
    const reasons = ['invalid bearer token'];
    for (const kind of tokenKinds) {
      try {
        const identity = await kind.authenticate(token, audiences);
        if (identity) return { ...identity, user: withAuthenticatedGroup(identity.user) };
      } catch (error) {
        reasons.push((error as Error).message);
      }
    }
    throw new Error(reasons.length === 1 ? reasons[0] : `[${reasons.join(', ')}]`);
  }

  function byCertificate({ clientCertificate: certificate, headers }: Credentials): UserInfo | undefined {
    if (!certificate) return undefined;
    const trusted = certificate.issuerIsFrontProxyCa && (frontProxyNames.length === 0 || frontProxyNames.includes(certificate.commonName));
    const proxied = trusted ? frontProxyUser(headers) : undefined;
    if (proxied) return proxied;
    if (!certificate.issuerIsClientCa) return undefined;
    metrics.countCertificate(certificate.notAfter - clock.now());
    if (certificate.notAfter < clock.now()) return undefined;
    return certificateUser(certificate);
  }

  /** The first token that is good. A bad one is no way in, not even as nobody. */
  async function byToken({ headers, warn = () => undefined }: Credentials, audiences: string[] | undefined): Promise<UserInfo | undefined> {
    const token = headerToken(headers, warn);
    const user = token === undefined ? undefined : await authenticateToken(token, audiences).catch(() => undefined);
    if (user) return user.user;
    const subprotocol = subprotocolOf(headers);
    if (!subprotocol) {
      if (token === undefined) return undefined;
      throw unauthorized();
    }
    const identity = await authenticateToken(subprotocol.token, audiences).catch(() => { throw unauthorized(); });
    withoutToken(headers, subprotocol);
    return identity.user;
  }

  async function userOf(credentials: Credentials, audiences: string[] | undefined): Promise<UserInfo | undefined> {
    const user = byCertificate(credentials) ?? await byToken(credentials, audiences);
    if (user) return withAuthenticatedGroup(user);
    // Whoever shows a certificate that proves nothing is not let in as nobody.
    if (credentials.clientCertificate) throw unauthorized();
    return anonymous.enabled && (!anonymous.paths || anonymous.paths.includes(credentials.path ?? '')) ? ANONYMOUS : undefined;
  }

  return {
    apiAudiences,
    authenticateToken,
    metricsText: () => metrics.text(),
    async authenticate(credentials, audiences) {
      try {
        const user = await userOf(credentials, audiences);
        metrics.count(user);
        return user;
      } catch (error) {
        metrics.countError();
        throw error;
      }
    },
  };
}
