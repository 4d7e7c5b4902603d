import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { readEventLimits, readImagePolicy, readLimitedResources, readNodeSelectors, readPodSecurity, readTolerationLimits, readWebhookAdmission } from './plugin-configurations.ts';
import { createOptionalPlugins, type OptionalConfiguration } from './optional/create.ts';
import { selectPlugins } from './plugin-names.ts';
import type { AdmissionSettings, TolerationSeconds, WebhookPlugin } from './settings.ts';
import { readWebhookCredentials } from './webhooks/credentials.ts';

export interface AdmissionFlags {
  /** Names by comma. */
  enable?: string | undefined;
  disable?: string | undefined;
  /** An AdmissionConfiguration. */
  config?: string | undefined;
  tolerationSeconds?: TolerationSeconds;
}

interface AdmissionConfiguration { apiVersion?: string; kind?: string; plugins?: { name: string; path?: string; configuration?: unknown }[] | null }

type Read = (document: unknown, file: string) => Partial<OptionalConfiguration> & Pick<Partial<AdmissionSettings>, 'podSecurity' | 'limitedResources' | 'webhookCredentials'>;

const readWebhooks = (plugin: WebhookPlugin): Read => (document) => {
  const file = readWebhookAdmission(document);
  return file === undefined ? {} : { webhookCredentials: { [plugin]: readWebhookCredentials(file) } };
};

const READS: Record<string, Read> = {
  EventRateLimit: (document) => ({ eventLimits: readEventLimits(document) }),
  ImagePolicyWebhook: (document, file) => ({ imagePolicy: readImagePolicy(document, file) }),
  PodNodeSelector: (document) => ({ nodeSelectors: readNodeSelectors(document) }),
  PodTolerationRestriction: (document) => ({ tolerations: readTolerationLimits(document) }),
  PodSecurity: (document) => ({ podSecurity: readPodSecurity(document) }),
  MutatingAdmissionWebhook: readWebhooks('MutatingAdmissionWebhook'),
  ValidatingAdmissionWebhook: readWebhooks('ValidatingAdmissionWebhook'),
  ResourceQuota: (document) => ({ limitedResources: readLimitedResources(document) }),
};

/** Files from before there was a configuration of all plugins; one of them is the configuration of each that reads such a file. */
const LEGACY: Record<string, string> = { imagePolicy: 'ImagePolicyWebhook', podNodeSelectorPluginConfig: 'PodNodeSelector' };

function readDocuments(path: string | undefined): { name: string; document: unknown; file: string }[] {
  if (path === undefined) return [];
  const file = parse(readFileSync(path, 'utf8')) as AdmissionConfiguration & Record<string, unknown> | null;
  if (file?.kind !== 'AdmissionConfiguration' || !/^apiserver\.config\.k8s\.io\/v1(alpha1)?$/.test(file.apiVersion ?? '')) {
    if (file && !file.kind && Object.keys(LEGACY).some((field) => field in file)) return Object.values(LEGACY).map((name) => ({ name, document: file, file: path }));
    throw new Error(`${path}: this is no AdmissionConfiguration of apiserver.config.k8s.io/v1`);
  }
  const unknown = Object.keys(file).find((field) => !['apiVersion', 'kind', 'plugins'].includes(field));
  if (unknown) throw new Error(`${path}: strict decoding error: unknown field ${JSON.stringify(unknown)}`);
  return (file.plugins ?? []).map((entry) => {
    if (entry.configuration || !entry.path) return { name: entry.name, document: entry.configuration, file: path };
    const own = resolve(dirname(path), entry.path);
    return { name: entry.name, document: parseAllDocuments(readFileSync(own, 'utf8'))[0]?.toJS() as unknown, file: own };
  });
}

/** Reads what flags and their file say. Throws Error that tells which plugin's part is no good. */
export function readAdmissionSettings({ enable, disable, config, tolerationSeconds = {} }: AdmissionFlags): AdmissionSettings {
  const { enabled, disabled } = selectPlugins(enable, disable);
  let found: ReturnType<Read> = {};
  const read = new Set<string>();
  for (const { name, document, file } of readDocuments(config)) {
    // The first entry of a name counts; what plugin nobody wants is not looked at.
    if (read.has(name) || disabled.includes(name)) continue;
    read.add(name);
    try {
      if (document === undefined || document === null) continue;
      const more = READS[name]?.(document, file);
      found = { ...found, ...more, webhookCredentials: { ...found.webhookCredentials, ...more?.webhookCredentials } };
    } catch (error) {
      throw new Error(`couldn't init admission plugin ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  }
  const { podSecurity, limitedResources, webhookCredentials = {}, ...optional } = found;
  if (enabled.includes('EventRateLimit') && !optional.eventLimits) throw new Error('couldn\'t init admission plugin "EventRateLimit": limits: Invalid value: null: must not be empty');
  return {
    disabled, tolerationSeconds, webhookCredentials, ...(podSecurity ? { podSecurity } : {}), ...(limitedResources ? { limitedResources } : {}),
    optional: (parts) => createOptionalPlugins(enabled, optional, parts),
  };
}
