import type { Clock } from '../../base/clock.ts';
import type { Scheme } from '../../api/schema.ts';
import type { AdmissionPlugin, Authorizer, ObjectReader } from '../contracts.ts';
import type { NamespaceMaker } from './optional/namespaces.ts';
import type { PodSecuritySettings } from './pod-security/exemptions.ts';
import type { CredentialsFor } from './webhooks/credentials.ts';
import type { LimitedResource } from './quota/limited-resources.ts';

/** What optional plugins may need of the server. */
export interface OptionalParts { reader: ObjectReader; authorizer: Authorizer; scheme: Scheme; clock: Clock; makeNamespace: NamespaceMaker }

/** How long pods stay on a node that went away, in seconds. */
export interface TolerationSeconds { notReady?: number; unreachable?: number }

export type WebhookPlugin = 'MutatingAdmissionWebhook' | 'ValidatingAdmissionWebhook';

/** What flags and an admission configuration ask for beside the usual. */
export interface AdmissionSettings {
  /** Names of plugins that stay away. */
  disabled: string[];
  podSecurity?: PodSecuritySettings;
  limitedResources?: LimitedResource[];
  /** What the webhook plugins show of themselves, by the plugin's name. */
  webhookCredentials?: Partial<Record<WebhookPlugin, CredentialsFor>>;
  tolerationSeconds: TolerationSeconds;
  /** Makes the optional plugins that are wanted. */
  optional(parts: OptionalParts): AdmissionPlugin[];
}
