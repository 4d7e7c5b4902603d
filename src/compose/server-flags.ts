import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AdmissionSettings } from '../apiserver/admission/settings.ts';
import type { Auditor } from '../apiserver/audit/auditor.ts';
import type { ConfiguredAuthentication } from '../apiserver/authn/read-configuration.ts';
import type { ClusterAuthorizer } from '../apiserver/authz/authorizer.ts';
import type { ObjectReader } from '../apiserver/contracts.ts';
import type { ApiServerFlags } from '../apiserver/context.ts';
import { goDurationMilliseconds } from '../base/go-duration.ts';
import { systemClock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { ApiServerFlagValues } from '../cluster/api-server-flags.ts';
import { readBrowserFlags } from './browser-flags.ts';
import type { FileFollower } from './file-changes.ts';
import { fileStamp } from './file-stamp.ts';

/** What upstream's flags come to. */
export interface ServerFlags {
  flags: Partial<ApiServerFlags>;
  auditor: Auditor | undefined;
  authentication: ConfiguredAuthentication | undefined;
  authorizer: ((reader: ObjectReader) => ClusterAuthorizer) | undefined;
  apiAudiences: string[] | undefined;
  admission: AdmissionSettings | undefined;
  serviceAccounts: ServiceAccountFlags;
  /** Further authorities of client certificates, now and whenever `onChange` tells. */
  clientCa: { pem: string; onChange(take: (pem: string) => void): void } | undefined;
  /** Of files that are followed, in Prometheus' text form. */
  metricsText?(): string;
}

/** Keys as PEM texts. */
export interface ServiceAccountFlags { signingKey?: string; publicKeys: string[]; maximumSeconds?: number; extendPodTokens?: boolean }

/** Reads the files that flags name; throws Error that names the one that is no good. What no flag asks for is not even loaded. */
export async function readServerFlags(values: ApiServerFlagValues, issuer: string, log: Logger): Promise<ServerFlags> {
  // Taken before anything is read: what changes from now on is seen.
  const stamps = Object.fromEntries(FOLLOWED.map((name) => [name, fileStamp(values[name] ?? '')]));
  const apiAudiences = values['api-audiences']?.split(',');
  const authentication = await authenticationOf(values, issuer, apiAudiences ?? [issuer]);
  const followers = authentication?.reload ? [await follow(values['authentication-config'] ?? '', 'authentication_config', log, authentication.reload, stamps['authentication-config'] ?? '')] : [];
  const authorizer = await authorizerOf(values, async (file, reload) => { followers.push(await follow(file, 'authorization_config', log, reload, stamps['authorization-config'] ?? '')); });
  return {
    flags: await limits(values), admission: await admissionOf(values), apiAudiences, auditor: await auditorOf(values, log), authorizer, authentication, serviceAccounts: serviceAccountFlags(values), clientCa: clientCaOf(values, log),
    metricsText: () => followers.map((follower) => follower.metricsText()).join(''),
  };
}

const FOLLOWED = ['authentication-config', 'authorization-config'];
const HOUR_SECONDS = 3600;

function serviceAccountFlags(values: ApiServerFlagValues): ServiceAccountFlags {
  const life = values['service-account-max-token-expiration'], signing = values['service-account-signing-key-file'];
  const maximumSeconds = life === undefined ? 0 : seconds(life);
  if (maximumSeconds !== 0 && (maximumSeconds < HOUR_SECONDS || maximumSeconds > 2 ** 32)) throw new Error('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds');
  const extend = values['service-account-extend-token-expiration'];
  return {
    publicKeys: (values['service-account-key-file']?.split(',') ?? []).flatMap(publicKeysIn),
    ...(signing === undefined ? {} : { signingKey: readFileSync(signing, 'utf8') }), ...(maximumSeconds === 0 ? {} : { maximumSeconds }), ...(extend === undefined ? {} : { extendPodTokens: truth(extend) }),
  };
}

/** A file may hold several keys, public ones, private ones and certificates. */
function publicKeysIn(file: string): string[] {
  const blocks = readFileSync(file, 'utf8').match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`--service-account-key-file ${file}: there is no key in it`);
  return blocks.map((block) => createPublicKey(block).export({ type: 'spki', format: 'pem' }).toString());
}

function clientCaOf(values: ApiServerFlagValues, log: Logger): ServerFlags['clientCa'] {
  const file = values['client-ca-file'];
  if (file === undefined) return undefined;
  const checked = (text: string): string => {
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`--client-ca-file ${file}: there is no certificate in it`);
    return text;
  };
  const since = fileStamp(file);
  return {
    pem: checked(readFileSync(file, 'utf8')),
    onChange: (take) => void follow(file, 'client_ca', log, async (text) => take(checked(text)), since),
  };
}

async function follow(file: string, controller: string, log: Logger, reload: (text: string) => Promise<void>, since: string): Promise<FileFollower> {
  const { followFile } = await import('./file-changes.ts');
  return followFile(file, controller, log, reload, since);
}

const AUTHENTICATION_FLAGS = ['authentication-config', 'authentication-token-webhook-config-file', 'token-auth-file', 'anonymous-auth', 'oidc-issuer-url', 'oidc-client-id'];
const AUTHORIZATION_FLAGS = ['authorization-mode', 'authorization-config'];

async function authenticationOf(values: ApiServerFlagValues, issuer: string, apiAudiences: string[]): Promise<ConfiguredAuthentication | undefined> {
  if (!AUTHENTICATION_FLAGS.some((name) => values[name] !== undefined)) return undefined;
  const { configureAuthentication } = await import('../apiserver/authn/read-configuration.ts');
  const oidc = Object.fromEntries(Object.entries({
    issuerUrl: values['oidc-issuer-url'], clientId: values['oidc-client-id'], caFile: values['oidc-ca-file'], usernameClaim: values['oidc-username-claim'], usernamePrefix: values['oidc-username-prefix'],
    groupsClaim: values['oidc-groups-claim'], groupsPrefix: values['oidc-groups-prefix'], requiredClaim: values['oidc-required-claim'], signingAlgs: values['oidc-signing-algs'],
  }).filter(([, value]) => value !== undefined));
  const ttl = values['authentication-token-webhook-cache-ttl'];
  return configureAuthentication({
    config: values['authentication-config'], tokenFile: values['token-auth-file'], anonymous: values['anonymous-auth'] === undefined ? undefined : truth(values['anonymous-auth']),
    webhookConfig: values['authentication-token-webhook-config-file'], webhookVersion: values['authentication-token-webhook-version'],
    webhookTtlMilliseconds: ttl === undefined ? undefined : goDurationMilliseconds(ttl), ...(Object.keys(oidc).length > 0 ? { oidc } : {}),
  }, issuer, apiAudiences, systemClock);
}

async function authorizerOf(values: ApiServerFlagValues, onFile: (file: string, reload: (text: string) => Promise<void>) => Promise<void>): Promise<ServerFlags['authorizer']> {
  if (!AUTHORIZATION_FLAGS.some((name) => values[name] !== undefined)) return undefined;
  const { authorizerSettings, createConfiguredAuthorizer, createReloadableAuthorizer } = await import('../apiserver/authz/read-configuration.ts');
  const file = values['authorization-config'];
  const settings = authorizerSettings({
    mode: values['authorization-mode'], config: values['authorization-config'], webhookConfig: values['authorization-webhook-config-file'], webhookVersion: values['authorization-webhook-version'],
    authorizedTtl: values['authorization-webhook-cache-authorized-ttl'], unauthorizedTtl: values['authorization-webhook-cache-unauthorized-ttl'],
  });
  if (!file) return createConfiguredAuthorizer(settings, systemClock);
  const { create, reload } = await createReloadableAuthorizer(file, settings, systemClock);
  await onFile(file, reload);
  return create;
}

const ADMISSION_FLAGS = ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control-config-file', 'default-not-ready-toleration-seconds', 'default-unreachable-toleration-seconds'];

async function admissionOf(values: ApiServerFlagValues): Promise<AdmissionSettings | undefined> {
  if (!ADMISSION_FLAGS.some((name) => values[name] !== undefined)) return undefined;
  const { readAdmissionSettings } = await import('../apiserver/admission/configuration.ts');
  const notReady = values['default-not-ready-toleration-seconds'], unreachable = values['default-unreachable-toleration-seconds'];
  return readAdmissionSettings({
    enable: values['enable-admission-plugins'], disable: values['disable-admission-plugins'], config: values['admission-control-config-file'],
    tolerationSeconds: { ...(notReady === undefined ? {} : { notReady: Number(notReady) }), ...(unreachable === undefined ? {} : { unreachable: Number(unreachable) }) },
  });
}

const seconds = (value: string): number => goDurationMilliseconds(value) / 1000;
const truth = (value: string): boolean => value === 'true';

async function limits(values: ApiServerFlagValues): Promise<Partial<ApiServerFlags>> {
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
  take('event-ttl', 'eventTtlSeconds', seconds);
  take('service-node-port-range', 'nodePortRange', portRange);
  const browserAccess = await readBrowserFlags(values);
  if (browserAccess) flags.browserAccess = browserAccess;
  return flags;
}

const HIGHEST_PORT = 65_535;

/** `30000-32767`, `30000+2767`, or one port. */
function portRange(value: string): [number, number] {
  const [whole, first = '', sign = '', second = ''] = /^\s*(\d+)(?:([-+])(\d+))?\s*$/.exec(value) ?? [];
  if (whole === undefined) throw new Error(`--service-node-port-range ${value}: ports such as 30000-32767 or 30000+2767 are wanted`);
  const low = Number(first), high = sign === '' ? low : sign === '+' ? low + Number(second) : Number(second);
  if (low > HIGHEST_PORT || high > HIGHEST_PORT) throw new Error(`the port range cannot be greater than ${HIGHEST_PORT}: ${value}`);
  if (high < low) throw new Error(`end port cannot be less than start port: ${value}`);
  return [low, high];
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
