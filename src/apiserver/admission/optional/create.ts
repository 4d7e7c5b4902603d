import { createKubeconfigWebhook } from '../../authn/kubeconfig-webhook.ts';
import type { AdmissionPlugin } from '../../contracts.ts';
import type { OptionalParts } from '../settings.ts';
import { eventRateLimit, type EventLimit } from './event-rate-limit.ts';
import { imagePolicyWebhook, type ImagePolicySettings } from './image-policy.ts';
import { namespaceAutoProvision, namespaceExists } from './namespaces.ts';
import { ownerReferencesPermission } from './owner-references.ts';
import { podNodeSelector } from './pod-node-selector.ts';
import { podTolerationRestriction, type TolerationLimits } from './pod-toleration-restriction.ts';
import { alwaysPullImages, extendedResourceToleration, limitPodHardAntiAffinityTopology } from './pods.ts';
import { alwaysAdmit, alwaysDeny, denyServiceExternalIPs } from './simple.ts';

/** What the admission configuration says to optional plugins. */
export interface OptionalConfiguration {
  eventLimits?: EventLimit[];
  imagePolicy?: ImagePolicySettings & { kubeconfig: string };
  nodeSelectors?: Record<string, string>;
  tolerations?: TolerationLimits;
}

const IMAGE_POLICY_TIMEOUT_MILLISECONDS = 30_000;

const FACTORIES: Record<string, (parts: OptionalParts, configuration: OptionalConfiguration) => AdmissionPlugin> = {
  AlwaysAdmit: alwaysAdmit,
  AlwaysDeny: alwaysDeny,
  AlwaysPullImages: alwaysPullImages,
  DenyServiceExternalIPs: denyServiceExternalIPs,
  EventRateLimit: ({ clock }, { eventLimits }) => eventRateLimit(eventLimits ?? [], clock),
  ExtendedResourceToleration: extendedResourceToleration,
  ImagePolicyWebhook({ clock }, { imagePolicy }) {
    if (!imagePolicy) throw new Error('no config specified');
    const { kubeconfig, ...settings } = imagePolicy;
    return imagePolicyWebhook(createKubeconfigWebhook(kubeconfig, IMAGE_POLICY_TIMEOUT_MILLISECONDS, 'kube-apiserver'), settings, clock);
  },
  LimitPodHardAntiAffinityTopology: limitPodHardAntiAffinityTopology,
  NamespaceAutoProvision: ({ reader, makeNamespace }) => namespaceAutoProvision(reader, makeNamespace),
  NamespaceExists: ({ reader }) => namespaceExists(reader),
  OwnerReferencesPermissionEnforcement: ({ authorizer, scheme }) => ownerReferencesPermission(authorizer, scheme),
  PodNodeSelector: ({ reader }, { nodeSelectors }) => podNodeSelector(reader, nodeSelectors),
  PodTolerationRestriction: ({ reader }, { tolerations }) => podTolerationRestriction(reader, tolerations),
};

/** The plugins of those names. Throws Error for one whose configuration is no good. */
export function createOptionalPlugins(names: string[], configuration: OptionalConfiguration, parts: OptionalParts): AdmissionPlugin[] {
  return names.map((name) => {
    try {
      return FACTORIES[name]!(parts, configuration);
    } catch (error) {
      throw new Error(`couldn't init admission plugin ${JSON.stringify(name)}: ${(error as Error).message}`);
    }
  });
}
