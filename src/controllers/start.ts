import { createEventRecorder } from '../client/events.ts';
import type { KeyPair } from '../pki/certificate.ts';
import { createTokenSigner } from '../pki/jwt.ts';
import { startAutoscaler } from './autoscaler/controller.ts';
import { startCertificateController } from './certificates/controller.ts';
import { startCronJobController } from './cronjob/controller.ts';
import { startDaemonSetController } from './daemonset/controller.ts';
import { startDeploymentController } from './deployment/controller.ts';
import { startDisruptionController } from './disruption/controller.ts';
import { startEndpointsController } from './endpoints/controller.ts';
import { startEndpointSliceMirroring } from './endpoints/mirroring.ts';
import { startGarbageCollector } from './garbage-collector/controller.ts';
import { startJobController } from './job/controller.ts';
import { startNamespaceController } from './namespace/controller.ts';
import { startNodeLifecycleController } from './node-lifecycle/controller.ts';
import { startPodGarbageCollector } from './node-lifecycle/pod-gc.ts';
import { startPolicyStatusController, type TypeChecker } from './policy-status/controller.ts';
import { startClusterRoleAggregation } from './rbac/aggregation.ts';
import { startReplicaSetController, startReplicationControllerController } from './replicaset/controller.ts';
import { startServiceCidrController } from './service-cidr/controller.ts';
import { startBootstrapTokenCleaner } from './serviceaccount/bootstrap-tokens.ts';
import { startServiceAccountController } from './serviceaccount/controller.ts';
import { startResourceQuotaController } from './resource-quota/controller.ts';
import { startTokenSecretController } from './serviceaccount/tokens.ts';
import type { ControllerContext, RunningController } from './shared/context.ts';
import { startStorageMigrationController } from './storage-migration/controller.ts';
import { startStatefulSetController } from './statefulset/controller.ts';
import { startVolumeBinder } from './volumes/binder.ts';
import { startAttributesClassProtection } from './volumes/class-protection.ts';
import { startEphemeralVolumeController } from './volumes/ephemeral.ts';
import { startVolumeProtection } from './volumes/protection.ts';

export interface ControllerOptions {
  /** PEM of the authority that signed the API server's certificate; every namespace gets it. */
  certificateAuthority: string;
  /** Signs approved certificate requests; without it nobody does. */
  signingAuthority?: KeyPair;
  /** PEM of the key of service-account tokens, for Secrets that hold one. */
  serviceAccountKey?: string;
  /** Checks expressions of admission policies against the kinds they match; without it their status says nothing. */
  checkPolicyTypes?: TypeChecker;
}

/** Starts all controllers. They share the informers of `context` and end together. */
export function startControllers(context: Omit<ControllerContext, 'eventsOf'>, options: ControllerOptions): RunningController {
  const full: ControllerContext = {
    ...context, eventsOf: (component) => createEventRecorder({ client: context.client, clock: context.clock, component, random: context.random }),
  };
  const running = [
    startServiceAccountController(full, options.certificateAuthority),
    startNamespaceController(full), startGarbageCollector(full),
    startReplicaSetController(full), startReplicationControllerController(full), startDeploymentController(full), startDaemonSetController(full),
    startStatefulSetController(full), startJobController(full), startCronJobController(full),
    startEndpointsController(full), startEndpointSliceMirroring(full),
    startNodeLifecycleController(full), startPodGarbageCollector(full),
    startVolumeBinder(full), startVolumeProtection(full), startAttributesClassProtection(full), startEphemeralVolumeController(full),
    startClusterRoleAggregation(full), startDisruptionController(full), startResourceQuotaController(full), startAutoscaler(full), startServiceCidrController(full), startBootstrapTokenCleaner(full), startStorageMigrationController(full),
  ];
  if (options.signingAuthority) running.push(startCertificateController(full, options.signingAuthority));
  if (options.serviceAccountKey) running.push(startTokenSecretController(full, options.certificateAuthority, createTokenSigner(options.serviceAccountKey)));
  if (options.checkPolicyTypes) running.push(startPolicyStatusController(full, options.checkPolicyTypes));
  return { stop() { for (const controller of running) controller.stop(); } };
}
