import type { Auditor } from '../apiserver/audit/auditor.ts';
import type { ApiServerFlags } from '../apiserver/context.ts';
import { goDurationMilliseconds } from '../apiserver/request/options.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ApiServerFlagValues } from '../cluster/api-server-flags.ts';

/** What upstream's flags come to. */
export interface ServerFlags { flags: Partial<ApiServerFlags>; auditor: Auditor | undefined }

/** Reads the files that flags name; throws Error that names the one that is no good. What no flag asks for is not even loaded. */
export async function readServerFlags(values: ApiServerFlagValues, log: Logger): Promise<ServerFlags> {
  return { flags: limits(values), auditor: await auditorOf(values, log) };
}

const seconds = (value: string): number => goDurationMilliseconds(value) / 1000;
const truth = (value: string): boolean => value === 'true';

function limits(values: ApiServerFlagValues): Partial<ApiServerFlags> {
  const flags: Partial<ApiServerFlags> = {};
  const take = <K extends keyof ApiServerFlags>(name: string, field: K, read: (value: string) => ApiServerFlags[K]): void => {
    if (values[name] !== undefined) flags[field] = read(values[name]);
  };
  take('request-timeout', 'requestTimeoutSeconds', seconds);
  take('min-request-timeout', 'minRequestTimeoutSeconds', Number);
  take('shutdown-delay-duration', 'shutdownDelaySeconds', seconds);
  take('max-requests-inflight', 'maxRequestsInFlight', Number);
  take('max-mutating-requests-inflight', 'maxMutatingRequestsInFlight', Number);
  take('enable-priority-and-fairness', 'priorityAndFairness', truth);
  return flags;
}

const AUDIT_TIMEOUT_MILLISECONDS = 30_000;

async function auditorOf(values: ApiServerFlagValues, log: Logger): Promise<Auditor | undefined> {
  const policyFile = values['audit-policy-file'];
  const path = values['audit-log-path'];
  const webhook = values['audit-webhook-config-file'];
  if (!policyFile || (!path && !webhook)) return undefined;
  const [{ Auditor }, { readPolicyFile }, { LogBackend }, { WebhookBackend }, { createKubeconfigWebhook }] = await Promise.all([
    import('../apiserver/audit/auditor.ts'), import('../apiserver/audit/read-policy.ts'), import('../apiserver/audit/log-backend.ts'),
    import('../apiserver/audit/webhook-backend.ts'), import('../apiserver/authn/kubeconfig-webhook.ts'),
  ]);
  const count = (name: string): number | undefined => (values[name] === undefined ? undefined : Number(values[name]));
  const given = <T extends object>(settings: T): Partial<T> => Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Partial<T>;
  const backends = [
    ...(path ? [new LogBackend({
      path, compress: values['audit-log-compress'] === 'true',
      ...given({ maxAge: count('audit-log-maxage'), maxBackups: count('audit-log-maxbackup'), maxSize: count('audit-log-maxsize') }) as object,
    }, systemClock, log)] : []),
    ...(webhook ? [new WebhookBackend({
      post: createKubeconfigWebhook(webhook, AUDIT_TIMEOUT_MILLISECONDS, 'kube-apiserver').post, clock: systemClock, log,
      ...given({
        bufferSize: count('audit-webhook-batch-buffer-size'), maxBatchSize: count('audit-webhook-batch-max-size'),
        maxWaitMilliseconds: values['audit-webhook-batch-max-wait'] === undefined ? undefined : goDurationMilliseconds(values['audit-webhook-batch-max-wait']),
      }) as object,
    })] : []),
  ];
  return new Auditor(readPolicyFile(policyFile), backends, systemClock);
}
