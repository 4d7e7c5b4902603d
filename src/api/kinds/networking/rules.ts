import type { EndpointSlice } from '../../../../schema/v1.37/types/discovery-v1.ts';
import type { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR } from '../../../../schema/v1.37/types/networking-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { strictAddress } from '../common/formats.ts';
import { simpleKind } from '../common/simple.ts';
import { balancerWarnings } from '../core/service.ts';
import { checkAddress, checkAddressUpdate, checkServiceRange, checkServiceRangeUpdate } from './address.ts';
import { checkEndpointSlice, defaultEndpointSlice, endpointSliceWarnings, prepareEndpointSlice, prepareEndpointSliceUpdate } from './endpoint-slice.ts';
import { checkIngress, checkIngressClass, checkIngressStatus, ingressWarnings } from './ingress.ts';
import { checkNetworkPolicy, defaultNetworkPolicy, policyWarnings } from './policy.ts';

/** Rules of the group networking.k8s.io, by kind. */
export function networkingRules(): Record<string, KindRules> {
  return {
    Ingress: simpleKind<Ingress>({
      namespaced: true, check: checkIngress, checkStatus: checkIngressStatus, status: () => ({ loadBalancer: {} }), generation: ['spec'],
      rules: {
        default(ingress) {
          ingress.spec ??= {};
          (ingress.status ??= {}).loadBalancer ??= {};
          for (const backend of [ingress.spec.defaultBackend, ...(ingress.spec.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map((path) => path.backend))]) if (backend?.service) backend.service.port ??= {};
        },
        warnings: (ingress, old) => (old ? [] : ingressWarnings(ingress)),
        statusWarnings: balancerWarnings,
      },
    }),
    IngressClass: simpleKind<IngressClass>({
      namespaced: false, check: checkIngressClass, generation: ['spec'],
      rules: { default({ spec }) { if (spec?.parameters) spec.parameters.scope ??= 'Cluster'; } },
    }),
    NetworkPolicy: simpleKind<NetworkPolicy>({ namespaced: true, check: checkNetworkPolicy, generation: ['spec'], exactGeneration: true, rules: { default: defaultNetworkPolicy, warnings: policyWarnings } }),
    IPAddress: simpleKind<IPAddress>({
      namespaced: false, name: strictAddress, check: checkAddress, checkUpdate: checkAddressUpdate,
      rules: { plainGeneratedNames: true, selectableFields: ({ spec }) => ({ 'spec.parentRef.group': spec?.parentRef?.group ?? '', 'spec.parentRef.resource': spec?.parentRef?.resource ?? '', 'spec.parentRef.namespace': spec?.parentRef?.namespace ?? '', 'spec.parentRef.name': spec?.parentRef?.name ?? '' }) },
    }),
    ServiceCIDR: simpleKind<ServiceCIDR>({
      namespaced: false, check: checkServiceRange, onlyCreate: true, checkUpdate: checkServiceRangeUpdate, status: () => ({}),
      // The status of this kind is updated with the metadata it had: the server's own way.
      rules: { prepareForStatusUpdate(range, old) { range.spec = old.spec; } },
    }),
  };
}

/** Rules of the group discovery.k8s.io, by kind. */
export function discoveryRules(): Record<string, KindRules> {
  return {
    EndpointSlice: simpleKind<EndpointSlice>({
      namespaced: true, check: checkEndpointSlice, generation: [],
      rules: { default: defaultEndpointSlice, prepareForCreate: prepareEndpointSlice, prepareForUpdate: prepareEndpointSliceUpdate, warnings: endpointSliceWarnings },
    }),
  };
}
