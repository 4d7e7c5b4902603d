import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Clock } from '../../base/clock.ts';
import { audienceAgnostic } from './audience-agnostic.ts';
import type { AnonymousRule } from './authenticator.ts';
import { createKubeconfigWebhook } from './kubeconfig-webhook.ts';
import { createJwtTokens, settingsOfFlags, type JwtSettings } from './oidc-tokens.ts';
import type { TokenAuthenticator, TokenIdentity } from './service-account-tokens.ts';
import { createTokenFile } from './token-file.ts';
import { createWebhookTokens } from './webhook-tokens.ts';

/** Of upstream's flags; absent ones were not given. */
export interface AuthenticationFlags {
  config?: string | undefined; tokenFile?: string | undefined; anonymous?: boolean | undefined;
  webhookConfig?: string | undefined; webhookTtlMilliseconds?: number | undefined; webhookVersion?: string | undefined;
  oidc?: { issuerUrl?: string; clientId?: string; usernameClaim?: string; usernamePrefix?: string; groupsClaim?: string; groupsPrefix?: string; requiredClaim?: string; signingAlgs?: string; caFile?: string };
}

/** What the flags come to: further kinds of tokens, and who is let in without any. */
export interface ConfiguredAuthentication {
  others: TokenAuthenticator[];
  anonymous: AnonymousRule;
  /** Takes another content of the configuration file; its issuers hold from then on. Rejects with Error when it is no good. */
  reload?(text: string): Promise<void>;
}

interface AuthenticationConfiguration { apiVersion?: string; kind?: string; jwt?: JwtSettings[]; anonymous?: { enabled?: boolean; conditions?: { path: string }[] } }

const WEBHOOK_TIMEOUT_MILLISECONDS = 30_000;
const WEBHOOK_TTL_MILLISECONDS = 120_000;

/** Throws Error that names the flag or the place in a file that is no good. */
export async function configureAuthentication(flags: AuthenticationFlags, ownIssuer: string, apiAudiences: string[], clock: Clock): Promise<ConfiguredAuthentication> {
  const { config, oidc, anonymous } = flags;
  if (config && oidc) throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  const file = config ? readConfiguration(config, readFileSync(config, 'utf8'), ownIssuer) : undefined;
  if (file?.anonymous && anonymous !== undefined) throw new Error('--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file');
  const algorithms = oidc ? (oidc.signingAlgs ?? 'RS256').split(',') : undefined;
  const ready = (issuers: JwtSettings[]): Promise<TokenAuthenticator[]> =>
    Promise.all(issuers.map(async (settings) => audienceAgnostic(apiAudiences, await createJwtTokens(settings, { apiAudiences, signingAlgorithms: algorithms }))));
  let issuers = await ready([...(file?.jwt ?? []), ...(oidc ? [settingsOfOidc(oidc)] : [])]);
  const others = [
    ...(flags.tokenFile ? [audienceAgnostic(apiAudiences, createTokenFile(flags.tokenFile, apiAudiences))] : []),
    ...(config || oidc ? [{ authenticate: (token: string, audiences?: string[]) => firstOf(issuers, token, audiences) }] : []),
    ...(flags.webhookConfig ? [webhookTokens(flags, flags.webhookConfig, apiAudiences, clock)] : []),
  ];
  const paths = file?.anonymous?.conditions?.map(({ path }) => path);
  return {
    others, anonymous: { enabled: file?.anonymous ? file.anonymous.enabled === true : anonymous ?? true, ...(paths?.length ? { paths } : {}) },
    ...(config ? {
      async reload(text: string) {
        const changed = readConfiguration(config, text, ownIssuer);
        if (!isDeepStrictEqual(changed.anonymous, file?.anonymous)) throw new Error(`${config}: anonymous: Forbidden: changed from initial configuration file`);
        issuers = await ready(changed.jwt ?? []);
      },
    } : {}),
  };
}

/** The first identity that one of them tells; with none, what those who knew the token had against it. */
async function firstOf(kinds: TokenAuthenticator[], token: string, audiences: string[] | undefined): Promise<TokenIdentity | undefined> {
  const reasons: string[] = [];
  for (const kind of kinds) {
    try {
      const identity = await kind.authenticate(token, audiences);
      if (identity) return identity;
    } catch (error) {
      reasons.push((error as Error).message);
    }
  }
  if (reasons.length > 0) throw new Error(reasons.join(', '));
  return undefined;
}

function webhookTokens({ webhookVersion = 'v1', webhookTtlMilliseconds = WEBHOOK_TTL_MILLISECONDS }: AuthenticationFlags, path: string, apiAudiences: string[], clock: Clock): TokenAuthenticator {
  if (webhookVersion !== 'v1') throw new Error(`--authentication-token-webhook-version ${webhookVersion}: only v1 is served`);
  return createWebhookTokens({ webhook: createKubeconfigWebhook(path, WEBHOOK_TIMEOUT_MILLISECONDS, 'kube-apiserver'), clock, ttlMilliseconds: webhookTtlMilliseconds, apiAudiences });
}

function settingsOfOidc({ issuerUrl, clientId, requiredClaim, caFile, ...more }: NonNullable<AuthenticationFlags['oidc']>): JwtSettings {
  if (!issuerUrl || !clientId) throw new Error('oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set');
  const pairs = (requiredClaim ?? '').split(',').filter(Boolean).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  const settings = settingsOfFlags({ ...more, issuerUrl, clientId, requiredClaims: Object.fromEntries(pairs) as Record<string, string>, caPem: caFile ? readFileSync(caFile, 'utf8') : undefined });
  const errors = issuerErrors(settings, 'oidc-issuer-url');
  if (errors.length > 0) throw new Error(errors.join('; '));
  return settings;
}

function readConfiguration(path: string, text: string, ownIssuer: string): AuthenticationConfiguration {
  const file = parse(text) as AuthenticationConfiguration | null;
  if (file?.kind !== 'AuthenticationConfiguration' || !file.apiVersion?.startsWith('apiserver.config.k8s.io/')) throw new Error(`${path}: this is no AuthenticationConfiguration of apiserver.config.k8s.io/v1`);
  const errors = (file.jwt ?? []).flatMap((settings, index) => settingsErrors(settings, `jwt[${index}]`, ownIssuer));
  const urls = (file.jwt ?? []).map(({ issuer }) => issuer?.url);
  urls.forEach((url, index) => { if (urls.indexOf(url) !== index) errors.push(`jwt[${index}].issuer.url: Duplicate value: ${JSON.stringify(url)}`); });
  if (file.anonymous?.conditions?.length && !file.anonymous.enabled) errors.push('anonymous.conditions: enabled should be set to true when conditions are defined');
  if (errors.length > 0) throw new Error(`${path}: ${errors.join('; ')}`);
  return file;
}

/** What is wrong with an issuer's settings, by place; expressions are tried when they are compiled. Pure. */
export function settingsErrors(settings: JwtSettings, at: string, ownIssuer: string): string[] {
  const { claimMappings, claimValidationRules = [] } = settings;
  const errors = issuerErrors(settings, `${at}.issuer`);
  if (settings.issuer?.url === ownIssuer) errors.push(`${at}.issuer.url: URL must not overlap with disallowed issuers: [${ownIssuer}]`);
  const { username, groups, uid, extra = [] } = claimMappings ?? {};
  if (!username?.claim && !username?.expression) errors.push(`${at}.claimMappings.username: Required value: claim or expression is required`);
  for (const [name, mapping] of Object.entries({ username, groups, uid })) {
    const place = `${at}.claimMappings.${name}`;
    if (mapping?.claim && mapping.expression) errors.push(`${place}: claim and expression can't both be set`);
    if (name !== 'uid' && mapping?.claim && (mapping as { prefix?: string }).prefix === undefined) errors.push(`${place}.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing`);
    if (mapping?.expression && (mapping as { prefix?: string }).prefix) errors.push(`${place}.prefix: may not be specified when expression is set`);
  }
  for (const { key = '', valueExpression } of extra) {
    if (key !== key.toLowerCase()) errors.push(`${at}.claimMappings.extra: ${JSON.stringify(key)} must be lowercase`);
    if (!key.includes('/') || /(^|\.)(k8s|kubernetes)\.io\//.test(key)) errors.push(`${at}.claimMappings.extra: ${JSON.stringify(key)} must be a domain-prefixed path outside of k8s.io and kubernetes.io`);
    if (!valueExpression) errors.push(`${at}.claimMappings.extra: valueExpression: Required value`);
  }
  for (const { claim, expression } of claimValidationRules) if (Boolean(claim) === Boolean(expression)) errors.push(`${at}.claimValidationRules: claim or expression is required, and not both`);
  const others = [username?.expression, ...extra.map(({ valueExpression }) => valueExpression), ...claimValidationRules.map(({ expression }) => expression)];
  if (/claims\.email\b/.test(username?.expression ?? '') && !others.some((expression) => /claims\.\??email_verified\b/.test(expression ?? ''))) {
    errors.push(`${at}.claimMappings.username.expression: claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression`);
  }
  return errors;
}

function issuerErrors({ issuer }: JwtSettings, at: string): string[] {
  const { url = '', audiences = [], audienceMatchPolicy, discoveryURL } = issuer ?? {};
  const errors: string[] = [];
  if (!URL.canParse(url)) return [`${at}.url: Invalid value: ${JSON.stringify(url)}`];
  const { protocol, username, search, hash } = new URL(url);
  if (protocol !== 'https:') errors.push(`${at}.url: URL scheme must be https`);
  if (username || search || hash) errors.push(`${at}.url: URL must not contain a username, a query or a fragment`);
  if (discoveryURL === url) errors.push(`${at}.discoveryURL: discoveryURL must be different from URL`);
  if (audiences.length === 0) errors.push(`${at}.audiences: Required value: at least one is required`);
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny') errors.push(`${at}.audienceMatchPolicy: audienceMatchPolicy must be MatchAny for multiple audiences`);
  return errors;
}
