import { systemClock, type Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ClusterAuthorizer } from '../authz/authorizer.ts';
import type { AdmissionPlugin, ObjectReader } from '../contracts.ts';
import { certificateApproval, certificateSigning, certificateSubjectRestriction, clusterTrustBundleAttest } from './certificates.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { defaultTolerationSeconds, podTopologyLabels, priority, runtimeClass, taintNodesByCondition } from './pod-defaults.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { resourceQuota, type QuotaWriter } from './quota/plugin.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { serviceAccount } from './service-account.ts';
import { defaultIngressClass, defaultStorageClass, persistentVolumeClaimResize, storageObjectInUseProtection } from './storage-and-ingress.ts';

export interface AdmissionOptions {
  reader: ObjectReader;
  authorizer: ClusterAuthorizer;
  /** Stores `status.used` of a quota; see QuotaWriter. */
  writeQuotaStatus: QuotaWriter;
  clock?: Clock;
  random?: Random;
  /** Names of plugins that stay away. */
  disabled?: string[];
  /** Run after the built-in mutating plugins and before the quota: webhooks and policies. */
  dynamic?: AdmissionPlugin[];
}

/** All admission plugins in the order in which they run; the mutating passes of all come before the validating ones. */
export function createAdmission(options: AdmissionOptions): AdmissionPlugin[] {
  const { reader, authorizer, clock = systemClock, disabled = [] } = options;
  const plugins = [
    namespaceLifecycle(reader),
    limitRanger(reader),
    serviceAccount(reader, options.random),
    nodeRestriction(reader, authorizer),
    taintNodesByCondition(),
    podSecurity(reader),
    priority(reader),
    defaultTolerationSeconds(),
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
    rbacEscalation(authorizer),
    ...(options.dynamic ?? []),
    resourceQuota(reader, options.writeQuotaStatus, clock),
  ];
  return plugins.filter(({ name }) => !disabled.includes(name));
}
