import type { UserInfo } from '../contracts.ts';

/** Names that tell one client from another without telling people. */
const KNOWN = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

/** Counts of who came in and who did not. */
export class AuthenticationMetrics {
  private readonly users = new Map<string, number>();
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

  countError(): void {
    this.attempts.error++;
  }

  text(): string {
    const attempts = Object.entries(this.attempts).filter(([, count]) => count > 0).map(([result, count]) => `authentication_attempts{result="${result}"} ${count}\n`);
    const users = [...this.users].map(([name, count]) => `authenticated_user_requests{username="${name}"} ${count}\n`);
    return `# TYPE authentication_attempts counter\n${attempts.join('')}# TYPE authenticated_user_requests counter\n${users.join('')}`;
  }
}
