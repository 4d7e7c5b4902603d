import { systemClock, type Clock } from '../../base/clock.ts';
import { createLogger, type Logger } from '../../base/log.ts';
import { systemRandom, type Random } from '../../base/random.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../api/schema.ts';
import type { ClusterAuthorizer } from '../authz/authorizer.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction, clusterTrustBundleAttest } from './certificates.ts';
import { expressionLoader } from './expression-validation.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeDeclaredFeatureValidator } from './node-declared-features.ts';
import { nodeRestriction } from './node-restriction.ts';
import { defaultTolerationSeconds, podTopologyLabels, priority, runtimeClass, taintNodesByCondition } from './pod-defaults.ts';
import { mutatingPolicies } from './policies/mutating.ts';
import { validatingPolicies } from './policies/validating.ts';
import type { PodSecurityMetrics } from './pod-security/metrics.ts';
import { podResizeValidator } from './pod-resize.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { resourceQuota, type QuotaWriter } from './quota/plugin.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { serviceAccount } from './service-account.ts';
import { defaultIngressClass, defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from './storage-and-ingress.ts';
import type { NamespaceMaker } from './optional/namespaces.ts';
import { byPlace } from './plugin-names.ts';
import type { AdmissionSettings, WebhookPlugin } from './settings.ts';
import { createWebhookCaller, type WebhookCaller, type ServiceConnector } from './webhooks/call.ts';
import { WebhookMetrics } from './webhooks/metrics.ts';
import { mutatingWebhooks } from './webhooks/mutating.ts';
import { validatingWebhooks } from './webhooks/validating.ts';

/** What webhooks and policies need beside the reader. */
export interface DynamicAdmission {
  scheme: Scheme;
  /** A raw connection to a Service, for webhooks that name one. */
  connectService: ServiceConnector;
  /** An object in another served version of its kind. */
  convert?(object: KubernetesObject, to: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  /** Reads an object that was changed from outside as if it had come in: drops unknown fields, fills defaults. */
  normalize?(object: KubernetesObject, info: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  log?: Logger;
}

export interface AdmissionOptions {
  reader: ObjectReader;
  authorizer: ClusterAuthorizer;
  /** Stores `status.used` of a quota; see QuotaWriter. */
  writeQuotaStatus: QuotaWriter;
  clock?: Clock;
  random?: Random;
  /** Of flags; absent: the usual plugins. */
  settings?: AdmissionSettings | undefined;
  /** For the plugin that makes namespaces. */
  makeNamespace?: NamespaceMaker;
  /** Counts what webhooks answer. */
  webhookMetrics?: WebhookMetrics;
  podSecurityMetrics?: PodSecurityMetrics;
  /** Without it there are no webhooks and no admission policies. */
  dynamic?: DynamicAdmission;
}

/** All admission plugins in the order in which they run; the mutating passes of all come before the validating ones. */
export function createAdmission(options: AdmissionOptions): AdmissionPlugin[] {
  const { reader, authorizer, settings, clock = systemClock } = options;
  const { podSecurity: podSecuritySettings, tolerationSeconds, limitedResources: limited = [], disabled = [] } = settings ?? {};
  const isWanted = ({ name }: AdmissionPlugin): boolean => !disabled.includes(name);
  const builtIn = [
    namespaceLifecycle(reader),
    limitRanger(reader),
    serviceAccount(reader, options.random),
    nodeRestriction(reader, authorizer),
    taintNodesByCondition(),
    podSecurity(reader, options.podSecurityMetrics, podSecuritySettings),
    priority(reader),
    defaultTolerationSeconds(tolerationSeconds),
    defaultStorageClass(reader),
    storageObjectInUseProtection(),
    persistentVolumeClaimResize(reader),
    runtimeClass(reader),
    certificateApproval(authorizer),
    certificateSigning(authorizer),
    clusterTrustBundleAttest(authorizer),
    certificateSubjectRestriction(),
    defaultIngressClass(reader),
    podTopologyLabels(reader),
    nodeDeclaredFeatureValidator(reader),
    podResizeValidator(reader),
    rbacEscalation(authorizer),
    expressionLoader(),
    ...optionalPlugins(options),
  ].filter(isWanted).sort(byPlace);
  const last = [...dynamicPlugins(options), resourceQuota({ reader, write: options.writeQuotaStatus, clock, limited })];
  return [...builtIn, ...last.filter(isWanted)].sort(byPlace);
}

function optionalPlugins({ settings, reader, authorizer, dynamic, makeNamespace, clock = systemClock }: AdmissionOptions): AdmissionPlugin[] {
  if (!settings || !dynamic || !makeNamespace) return [];
  return settings.optional({ reader, authorizer, clock, makeNamespace, scheme: dynamic.scheme });
}

function dynamicPlugins({ dynamic, settings, reader, authorizer, random = systemRandom, clock = systemClock, webhookMetrics = new WebhookMetrics() }: AdmissionOptions): AdmissionPlugin[] {
  if (!dynamic) return [];
  const { scheme, connectService, convert, normalize, log = createLogger('admission') } = dynamic;
  const callerOf = (plugin: WebhookPlugin): WebhookCaller => createWebhookCaller(connectService, settings?.webhookCredentials?.[plugin]);
  const policies = { reader, authorizer, scheme, convert, normalize };
  const webhooks = { ...policies, random, log, clock, metrics: webhookMetrics };
  return [mutatingPolicies(policies), mutatingWebhooks({ ...webhooks, caller: callerOf('MutatingAdmissionWebhook') }), validatingPolicies(policies), validatingWebhooks({ ...webhooks, caller: callerOf('ValidatingAdmissionWebhook') })];
}
