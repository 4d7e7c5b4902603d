import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Clock } from '../../base/clock.ts';
import { createKubeconfigWebhook } from '../authn/kubeconfig-webhook.ts';
import type { ObjectReader } from '../contracts.ts';
import { goDurationMilliseconds } from '../../base/go-duration.ts';
import type { ClusterAuthorizer } from './authorizer.ts';
import { ALWAYS_ALLOW, ALWAYS_DENY, createAuthorizerChain, nodeMember, rbacMember, type ChainMember } from './chain.ts';
import { RbacEvaluator } from './rbac.ts';
import { createWebhookAuthorizer } from './webhook.ts';

interface WebhookSettings {
  authorizedTTL?: string; unauthorizedTTL?: string; cacheAuthorizedRequests?: boolean; cacheUnauthorizedRequests?: boolean; timeout?: string;
  subjectAccessReviewVersion?: string; matchConditionSubjectAccessReviewVersion?: string; failurePolicy?: string;
  connectionInfo?: { type?: string; kubeConfigFile?: string }; matchConditions?: { expression: string }[];
}
export interface AuthorizerSettings { type: string; name: string; webhook?: WebhookSettings }

/** Of `--authorization-mode` and the flags beside it, or of the file of `--authorization-config`. */
export interface AuthorizationFlags {
  mode?: string | undefined; config?: string | undefined;
  webhookConfig?: string | undefined; webhookVersion?: string | undefined; authorizedTtl?: string | undefined; unauthorizedTtl?: string | undefined;
}

const WEBHOOK_TIMEOUT = '30s';
const TYPES = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC', 'Webhook'];

/** The authorizers that the flags ask for, in order. Throws Error that names what is no good. */
export function authorizerSettings(flags: AuthorizationFlags): AuthorizerSettings[] {
  if (flags.config) {
    if (flags.mode) throw new Error('--authorization-config cannot be used together with --authorization-mode');
    return settingsIn(readFileSync(flags.config, 'utf8'), flags.config);
  }
  const types = (flags.mode ?? 'Node,RBAC').split(',');
  return checked(types.map((type) => ({
    type, name: type === 'Webhook' ? 'default' : type.toLowerCase(), ...(type === 'Webhook' ? {
      webhook: {
        authorizedTTL: flags.authorizedTtl ?? '5m', unauthorizedTTL: flags.unauthorizedTtl ?? '30s', timeout: WEBHOOK_TIMEOUT, failurePolicy: 'NoOpinion',
        subjectAccessReviewVersion: flags.webhookVersion ?? 'v1', connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: flags.webhookConfig ?? '' },
      },
    } : {}),
  })), '--authorization-mode');
}

/** Of the text of an AuthorizationConfiguration. Throws Error that names what is no good. */
export function settingsIn(text: string, source: string): AuthorizerSettings[] {
  const file = parse(text) as { apiVersion?: string; kind?: string; authorizers?: AuthorizerSettings[] } | null;
  if (file?.kind !== 'AuthorizationConfiguration' || !file.apiVersion?.startsWith('apiserver.config.k8s.io/')) throw new Error(`${source}: this is no AuthorizationConfiguration of apiserver.config.k8s.io/v1`);
  return checked(file.authorizers ?? [], source);
}

function checked(settings: AuthorizerSettings[], source: string): AuthorizerSettings[] {
  if (settings.length === 0) throw new Error(`${source}: at least one authorization mode must be defined`);
  const names = new Set<string>();
  for (const { type, name, webhook } of settings) {
    if (!TYPES.includes(type)) throw new Error(`${source}: ${JSON.stringify(type)} is none of ${TYPES.join(', ')}`);
    if (names.has(name)) throw new Error(`${source}: two authorizers are named ${JSON.stringify(name)}`);
    names.add(name);
    if (type !== 'Webhook') continue;
    const where = `${source}: ${name}`;
    if (!webhook?.connectionInfo?.kubeConfigFile && webhook?.connectionInfo?.type !== 'InClusterConfig') throw new Error(`${where}: a kubeconfig file is wanted`);
    if (webhook.connectionInfo.type !== 'KubeConfigFile') throw new Error(`${where}: the connection must be of the type KubeConfigFile`);
    if (webhook.subjectAccessReviewVersion !== 'v1') throw new Error(`${where}: the version of SubjectAccessReview must be v1`);
    if (webhook.failurePolicy !== 'NoOpinion' && webhook.failurePolicy !== 'Deny') throw new Error(`${where}: the failure policy must be NoOpinion or Deny`);
  }
  return settings;
}

/** The authorizers, ready to be asked. */
export async function createConfiguredAuthorizer(settings: AuthorizerSettings[], clock: Clock): Promise<(reader: ObjectReader) => ClusterAuthorizer> {
  const webhooks = new Map<string, ChainMember>();
  for (const { type, name, webhook } of settings) if (type === 'Webhook' && webhook) webhooks.set(name, await webhookMember(name, webhook, clock));
  return (reader) => {
    const rbac = new RbacEvaluator(reader);
    const members = settings.map(({ type, name }): ChainMember => {
      if (type === 'Node') return nodeMember(reader);
      if (type === 'RBAC') return rbacMember(rbac);
      return type === 'AlwaysAllow' ? ALWAYS_ALLOW : type === 'AlwaysDeny' ? ALWAYS_DENY : webhooks.get(name)!;
    });
    return createAuthorizerChain(members, rbac);
  };
}

export interface ReloadableAuthorizer {
  create(reader: ObjectReader): ClusterAuthorizer;
  /** Takes another content of the configuration file; it holds from then on. Rejects with Error when it is no good. */
  reload(text: string): Promise<void>;
}

/** As `createConfiguredAuthorizer`, for a file that may change. Node and RBAC can leave and come back but not come anew, as upstream has it. */
export async function createReloadableAuthorizer(file: string, settings: AuthorizerSettings[], clock: Clock): Promise<ReloadableAuthorizer> {
  let make = await createConfiguredAuthorizer(settings, clock);
  const initial = new Set(settings.map(({ type }) => type));
  const made: { reader: ObjectReader; now: ClusterAuthorizer }[] = [];
  return {
    create(reader) {
      const one = { reader, now: make(reader) };
      made.push(one);
      return {
        authorize: (attributes) => one.now.authorize(attributes), rulesFor: (user, namespace) => one.now.rulesFor(user, namespace),
        roleRules: (roleRef, namespace) => one.now.roleRules(roleRef, namespace), metricsText: () => one.now.metricsText?.() ?? '',
      };
    },
    async reload(text) {
      const changed = settingsIn(text, file);
      for (const { type } of changed) if (['Node', 'RBAC'].includes(type) && !initial.has(type)) throw new Error(`authorizer type ${type} is not allowed if it was not enabled at initial server startup`);
      make = await createConfiguredAuthorizer(changed, clock);
      for (const one of made) one.now = make(one.reader);
    },
  };
}

async function webhookMember(name: string, settings: WebhookSettings, clock: Clock): Promise<ChainMember> {
  const time = (text: string | undefined, otherwise: number): number => goDurationMilliseconds(text ?? '') || otherwise;
  const expressions = (settings.matchConditions ?? []).map(({ expression }) => expression);
  const matcher = expressions.length > 0 ? (await import('./match-conditions.ts')).createMatcher(expressions) : undefined;
  return createWebhookAuthorizer({
    name, clock, failurePolicy: settings.failurePolicy as 'Deny' | 'NoOpinion',
    webhook: createKubeconfigWebhook(settings.connectionInfo?.kubeConfigFile ?? '', time(settings.timeout, 3000), 'kube-apiserver'),
    authorizedTtlMilliseconds: settings.cacheAuthorizedRequests === false ? 0 : time(settings.authorizedTTL, 300_000),
    unauthorizedTtlMilliseconds: settings.cacheUnauthorizedRequests === false ? 0 : time(settings.unauthorizedTTL, 30_000),
    ...(matcher ? { matches: matcher } : {}),
  });
}
