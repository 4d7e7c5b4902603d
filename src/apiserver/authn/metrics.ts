import { Histogram } from '../../base/histogram.ts';
import { family, familyText } from '../../base/metric-text.ts';
import type { UserInfo } from '../contracts.ts';

/** Names that tell one client from another without telling people. */
const KNOWN = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

const MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const LEFT_SECONDS = [0, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 180 * DAY, 365 * DAY];

/** Counts of who came in and who did not. */
export class AuthenticationMetrics {
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
    return `${expiry}# TYPE authentication_attempts counter\n${attempts.join('')}# TYPE authenticated_user_requests counter\n${users.join('')}`;
  }
}
