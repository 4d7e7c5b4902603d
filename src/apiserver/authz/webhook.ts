import type { Clock } from '../../base/clock.ts';
import { BoundedCache } from '../authn/bounded-cache.ts';
import { WebhookError, type KubeconfigWebhook } from '../authn/kubeconfig-webhook.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../contracts.ts';
import type { ChainMember } from './chain.ts';

export interface WebhookAuthorizerOptions {
  name: string;
  webhook: Pick<KubeconfigWebhook, 'post'>;
  clock: Clock;
  authorizedTtlMilliseconds: number;
  unauthorizedTtlMilliseconds: number;
  /** What a webhook that cannot be asked comes to. */
  failurePolicy: 'NoOpinion' | 'Deny';
  /** Whether the webhook is asked at all; rejects with Error. Absent: always. */
  matches?(request: object): boolean | Promise<boolean>;
}

interface ReviewStatus { allowed?: boolean; denied?: boolean; reason?: string; evaluationError?: string }
interface Requirement { key: string; operator: string; values?: string[] }

const CACHED_ANSWERS = 8192;
/** Longer questions come from those who want to fill the memory. */
const LONGEST_CACHED = 10_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MILLISECONDS = 500;

/** The spec of a SubjectAccessReview that asks for these attributes. */
export function reviewSpec({ user, isResourceRequest, path, verb, group, version, resource, subresource, namespace, name, fieldSelector, labelSelector }: AuthorizationAttributes): Record<string, unknown> {
  const some = (fields: Record<string, string>): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
  const fields = requirementsOf(fieldSelector);
  const labels = requirementsOf(labelSelector);
  return {
    ...(isResourceRequest ? {
      resourceAttributes: {
        ...some({ namespace, verb, group, version, resource, subresource, name }), ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
        ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
      },
    } : { nonResourceAttributes: { path, verb } }),
    ...(user.name ? { user: user.name } : {}), ...(user.groups.length > 0 ? { groups: user.groups } : {}), ...(user.extra ? { extra: user.extra } : {}), ...(user.uid ? { uid: user.uid } : {}),
  };
}

/** `a=b,c!=d,e in (f,g),h,!i` as requirements; one that cannot be read narrows nothing. */
export function requirementsOf(selector: string | undefined): Requirement[] {
  if (!selector) return [];
  return selector.split(/,(?![^(]*\))/).flatMap((term): Requirement[] => {
    const set = /^\s*(\S+)\s+(in|notin)\s+\(([^)]*)\)\s*$/.exec(term);
    if (set) return [{ key: set[1]!, operator: set[2] === 'in' ? 'In' : 'NotIn', values: set[3]!.split(',').map((value) => value.trim()).sort() }];
    const equal = /^\s*([^!=\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
    if (equal) return [{ key: equal[1]!, operator: equal[2] === '!=' ? 'NotIn' : 'In', values: [equal[3]!] }];
    const name = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(term);
    return name ? [{ key: name[2]!, operator: name[1] ? 'DoesNotExist' : 'Exists' }] : [];
  });
}

/** Asks another server by SubjectAccessReview, and keeps its answers for a while. */
export function createWebhookAuthorizer(options: WebhookAuthorizerOptions): ChainMember {
  const { name, webhook, clock, failurePolicy, matches } = options;
  const answers = new BoundedCache<string, { status: ReviewStatus; until: number }>(CACHED_ANSWERS);
  const counts = new Map<string, number>();
  const failed = (error: unknown): AuthorizationDecision => ({ decision: failurePolicy === 'Deny' ? 'deny' : 'none', reason: '', error: (error as Error).message });

  async function ask(spec: object): Promise<ReviewStatus> {
    const review = await withRetries(clock, () => webhook.post({ kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', metadata: { creationTimestamp: null }, spec, status: { allowed: false } }));
    return (review as { status?: ReviewStatus } | undefined)?.status ?? {};
  }

  async function answerTo(spec: object, key: string): Promise<ReviewStatus> {
    const known = answers.get(key);
    if (known && known.until > clock.monotonic()) return known.status;
    const count = (result: string): void => { counts.set(result, (counts.get(result) ?? 0) + 1); };
    const status = await ask(spec).then((found) => { count('success'); return found; }, (error: unknown) => {
      count((error as Error).message.includes('context deadline exceeded') ? 'timeout' : 'error');
      throw error;
    });
    const ttl = status.allowed ? options.authorizedTtlMilliseconds : options.unauthorizedTtlMilliseconds;
    if (ttl > 0 && key.length < LONGEST_CACHED) answers.set(key, { status, until: clock.monotonic() + ttl });
    return status;
  }

  return {
    type: 'Webhook', name,
    async authorize(attributes) {
      const spec = reviewSpec(attributes);
      try {
        if (matches && !await matches(spec)) return { decision: 'none', reason: '' };
        const { allowed, denied, reason = '' } = await answerTo(spec, JSON.stringify(spec));
        if (allowed && denied) return { decision: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' };
        return { decision: denied ? 'deny' : allowed ? 'allow' : 'none', reason };
      } catch (error) {
        return failed(error);
      }
    },
    rulesFor: () => ({ rules: [], errors: ['webhook authorizer does not support user rule resolution'], incomplete: true }),
    metricsText: () => (counts.size === 0 ? '' : `# TYPE apiserver_authorization_webhook_evaluations_total counter\n${[...counts].map(([result, count]) => `apiserver_authorization_webhook_evaluations_total{name="${name}",result="${result}"} ${count}\n`).join('')}`),
  };
}

/** Once more for what may be better next time: no answer, too many requests, faults of the other server. */
export async function withRetries<T>(clock: Clock, attempt: () => Promise<T>): Promise<T> {
  let pause = FIRST_PAUSE_MILLISECONDS;
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const code = error instanceof WebhookError ? error.code : undefined;
      const again = code === 429 || (code !== undefined && code >= 500) || (code === undefined && /ECONNRESET|socket hang up/.test((error as Error).message));
      if (!again || tried === ATTEMPTS) throw error;
      const wait = pause;
      await new Promise<void>((resolve) => clock.after(wait, resolve));
      pause *= 1.5;
    }
  }
}
