import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';
import type { UserInfo } from '../contracts.ts';

/** Names that tell one client from another without telling people. */
const KNOWN = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const LEFT_SECONDS = [0, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 365 * DAY];

const CACHE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts of service-account tokens: whose signature was known already, which were due for renewal. */
export class TokenMetrics {
  /** By whether the signature was checked before. */
  readonly seconds = { hit: new Histogram(CACHE_SECONDS), miss: new Histogram(CACHE_SECONDS) };
  readonly checked = { ok: 0, error: 0 };
  checking = 0;
  valid = 0;
  stale = 0;
  legacy = 0;

  text(): string {
    const name = 'authentication_token_cache_request_duration_seconds';
    const states = Object.entries(this.seconds);
    const total = (what: 'valid' | 'stale' | 'legacy', help: string) => family(`serviceaccount_${what}_tokens_total`, 'counter', help, [`serviceaccount_${what}_tokens_total ${this[what]}`]);
    return familyText([
      family(name, 'histogram', 'Time to tell whose a service-account token is.', states.flatMap(([status, histogram]) => histogram.lines(name, `status="${status}"`))),
      family('authentication_token_cache_request_total', 'counter', 'Service-account tokens that came, by whether their signature was known.', states.filter(([, { count }]) => count > 0).map(([status, { count }]) => `authentication_token_cache_request_total{status="${status}"} ${count}`)),
      family('authentication_token_cache_fetch_total', 'counter', 'Signatures that were checked.', Object.entries(this.checked).filter(([, count]) => count > 0).map(([status, count]) => `authentication_token_cache_fetch_total{status="${status}"} ${count}`)),
      family('authentication_token_cache_active_fetch_count', 'gauge', 'Signatures that are being checked.', this.seconds.miss.count + this.checking === 0 ? [] : [`authentication_token_cache_active_fetch_count{status="in_flight"} ${this.checking}`]),
      total('valid', 'Projected tokens that were used in time.'), total('stale', 'Projected tokens that were used after they were due for renewal.'), total('legacy', 'Tokens of Secrets that were used.'),
    ]);
  }
}

/** Counts of who came in and who did not. */
export class AuthenticationMetrics {
  readonly tokens = new TokenMetrics();
  private readonly users = new Map<string, number>();
  private readonly certificates = new Histogram(LEFT_SECONDS);
  private readonly attempts = { success: 0, failure: 0, error: 0 };

  count(user: UserInfo | undefined): void {
    if (!user) {
      this.attempts.failure++;
      return;
    }
    this.attempts.success++;
    const name = KNOWN.has(user.name) ? user.name : user.name.includes('@') ? 'email_id' : 'other';
    this.users.set(name, (this.users.get(name) ?? 0) + 1);
  }

  /** A client certificate came that is good for so long still. */
  countCertificate(milliseconds: number): void {
    this.certificates.observe(milliseconds / 1000);
  }

  countError(): void {
    this.attempts.error++;
  }

  text(): string {
    const attempts = Object.entries(this.attempts).filter(([, count]) => count > 0).map(([result, count]) => `authentication_attempts{result="${result}"} ${count}\n`);
    const users = [...this.users].map(([name, count]) => `authenticated_user_requests{username="${name}"} ${count}\n`);
    const expiry = familyText([family('apiserver_client_certificate_expiration_seconds', 'histogram', 'For how long client certificates are still good.', this.certificates.lines('apiserver_client_certificate_expiration_seconds', ''))]);
    return `${this.tokens.text()}${expiry}# TYPE authentication_attempts counter\n${attempts.join('')}# TYPE authenticated_user_requests counter\n${users.join('')}`;
  }
}
