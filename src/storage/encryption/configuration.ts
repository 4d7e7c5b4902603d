import type { Random } from '../../base/random.ts';
import { IDENTITY, aesCbc, aesGcm, firstOf, secretbox, type Cipher, type Prefixed } from './ciphers.ts';

/** The document that upstream's `--encryption-provider-config` names: apiserver.config.k8s.io/v1 EncryptionConfiguration. */
export interface EncryptionConfiguration { apiVersion?: string; kind?: string; resources?: ResourceRule[] }
export interface ResourceRule { resources?: string[]; providers?: Provider[] }
interface Key { name?: string; secret?: string }
export interface KmsSettings { apiVersion?: string; name?: string; endpoint?: string; timeout?: string; cachesize?: number }
export interface Provider { aesgcm?: { keys?: Key[] }; aescbc?: { keys?: Key[] }; secretbox?: { keys?: Key[] }; identity?: object; kms?: KmsSettings }

/** `secrets`, `deployments.apps`, `*.apps`, `*.` (the core group), `*.*`; the first that fits. */
export interface Rule { resources: string[]; cipher: Cipher; close?(): void }

export interface ConfigurationTools {
  random: Random;
  /** Asks a key management service; absent where none can be had. */
  kms?(settings: KmsSettings): Prefixed;
}

const AES_SIZES = [16, 24, 32];
const KINDS = ['aesgcm', 'aescbc', 'secretbox', 'identity', 'kms'] as const;

/** Throws Error that names what is wrong. */
export async function rulesFrom(document: unknown, tools: ConfigurationTools): Promise<Rule[]> {
  const { apiVersion, kind, resources } = (document ?? {}) as EncryptionConfiguration;
  if (kind !== 'EncryptionConfiguration' || !['apiserver.config.k8s.io/v1', 'v1'].includes(apiVersion ?? '')) {
    throw new Error(`no kind "${kind ?? ''}" is registered for version "${apiVersion ?? ''}": an EncryptionConfiguration of apiserver.config.k8s.io/v1 is wanted`);
  }
  if (!Array.isArray(resources) || resources.length === 0) throw new Error('resources: Required value: at least one resource is required');
  const salsa = resources.some((rule) => rule.providers?.some((provider) => provider.secretbox)) ? await import('@noble/ciphers/salsa.js') : undefined;
  const rules = resources.map((rule, index): Rule => {
    const path = `resources[${index}]`;
    checkResources(rule.resources, `${path}.resources`, resources.slice(0, index));
    if (!rule.providers?.length) throw new Error(`${path}.providers: Required value: at least one provider is required`);
    const ciphers = rule.providers.map((provider, position) => cipherOf(provider, `${path}.providers[${position}]`, tools, salsa));
    return { resources: rule.resources as string[], cipher: firstOf(ciphers, 'no matching prefix found'), close: () => ciphers.forEach((cipher) => cipher.close?.()) };
  });
  return rules;
}

function checkResources(resources: string[] | undefined, path: string, earlier: ResourceRule[]): void {
  if (!resources?.length) throw new Error(`${path}: Required value: at least one resource is required`);
  resources.forEach((resource, index) => {
    const refuse = (text: string): never => { throw new Error(`${path}[${index}]: Invalid value: "${resource}": ${text}`); };
    if (resource === '*') refuse("use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources");
    if (resource !== resource.toLowerCase()) refuse('resource name should not contain capital letters');
    if (resource.endsWith('.events.k8s.io')) refuse("'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file");
    if (resource.startsWith('*.') === false && resource.includes('*')) refuse('resource name is invalid');
    if (resources.indexOf(resource) !== index) refuse('the same resource cannot be specified multiple times');
    if (resources.some((other) => other !== resource && fits(other, resource))) {
      refuse("using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked");
    }
    const masking = earlier.flatMap((rule) => rule.resources ?? []).find((other) => other !== resource && fits(other, resource));
    if (masking) throw new Error(`resource "${resource}" is masked by earlier rule "${masking}"`);
  });
}

/** Whether a resource, or all that a pattern means, falls under a pattern. */
function fits(pattern: string, resource: string): boolean {
  if (pattern === '*.*' || pattern === resource) return true;
  if (!pattern.startsWith('*.')) return false;
  const dot = resource.indexOf('.');
  return (dot < 0 ? '' : resource.slice(dot + 1)) === pattern.slice(2);
}

export function ruleFor(rules: Rule[], resource: string): Rule | undefined {
  return rules.find((rule) => rule.resources.some((pattern) => fits(pattern, resource)));
}

function cipherOf(provider: Provider, path: string, tools: ConfigurationTools, salsa: typeof import('@noble/ciphers/salsa.js') | undefined): Prefixed {
  const named = KINDS.filter((kind) => provider[kind] !== undefined);
  if (named.length > 1) throw new Error(`${path}: Invalid value: more than one provider specified in a single element, should split into different list elements`);
  const { aesgcm, aescbc, secretbox: box, kms } = provider;
  if (aesgcm) return { prefix: 'k8s:enc:aesgcm:v1:', cipher: keyed(aesgcm.keys, `${path}.aesgcm.keys`, AES_SIZES, 'AES', (secret) => aesGcm(secret, tools.random)) };
  if (aescbc) return { prefix: 'k8s:enc:aescbc:v1:', cipher: keyed(aescbc.keys, `${path}.aescbc.keys`, AES_SIZES, 'AES', (secret) => aesCbc(secret, tools.random)) };
  if (box && salsa) return { prefix: 'k8s:enc:secretbox:v1:', cipher: keyed(box.keys, `${path}.secretbox.keys`, [32], 'Secretbox', (secret) => secretbox(secret, tools.random, salsa)) };
  if (provider.identity) return { prefix: '', cipher: IDENTITY };
  if (kms && tools.kms) return tools.kms(checkedKms(kms, `${path}.kms`));
  throw new Error(`${path}: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity`);
}

function checkedKms(settings: KmsSettings, path: string): KmsSettings {
  const { apiVersion = 'v1', name, endpoint } = settings;
  if (apiVersion === 'v1') throw new Error(`${path}: KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.`);
  if (apiVersion !== 'v2') throw new Error(`${path}.apiVersion: Invalid value: unsupported apiVersion ${apiVersion} for KMS provider, only v1 and v2 are supported`);
  if (!name) throw new Error(`${path}.name: Required value: name is a mandatory field for a provider`);
  if (name.includes(':')) throw new Error(`${path}.name: Invalid value: invalid KMS provider name ${name}, must not contain ':'`);
  if (!endpoint?.startsWith('unix://')) throw new Error(`${path}.endpoint: Invalid value: unsupported scheme for KMS provider, only unix is supported`);
  return settings;
}

function keyed(keys: Key[] | undefined, path: string, sizes: number[], what: string, make: (secret: Uint8Array) => Cipher): Cipher {
  if (!keys?.length) throw new Error(`${path}: Required value: at least one key is required`);
  const ciphers = keys.map(({ name, secret }, index): Prefixed => {
    if (!name) throw new Error(`${path}[${index}].name: Required value: name is a mandatory field for a key`);
    if (!secret) throw new Error(`${path}[${index}].secret: Required value: secret is a mandatory field for a key`);
    const bytes = Buffer.from(secret, 'base64');
    if (bytes.toString('base64') !== secret.trim()) throw new Error(`${path}[${index}].secret: Invalid value: "REDACTED": secrets must be base64 encoded`);
    if (!sizes.includes(bytes.length)) throw new Error(`${path}[${index}].secret: Invalid value: "REDACTED": secret is not of the expected length, got ${bytes.length}, expected one of [${sizes.join(' ')}]`);
    return { prefix: `${name}:`, cipher: make(bytes) };
  });
  return firstOf(ciphers, `no matching key was found for the provided ${what} transformer`);
}
