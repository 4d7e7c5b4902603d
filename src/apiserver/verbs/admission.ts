import type { KubernetesObject } from '../../api/object.ts';
import type { AdmissionAttributes } from '../contracts.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';

type Admission = Pick<ServerContext, 'admission' | 'stations'>;

export function admissionAttributes(
  call: Call, operation: AdmissionAttributes['operation'], object: KubernetesObject | undefined, oldObject: KubernetesObject | undefined,
  options: { kind: string; dryRun: boolean; fieldManager?: string; [option: string]: unknown },
): AdmissionAttributes {
  const { kind, dryRun, ...rest } = options;
  return {
    operation, info: call.resource, subresource: call.info.subresource, namespace: call.info.namespace, name: call.info.name || (object?.metadata?.name ?? ''),
    object, oldObject, options: { kind, apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}), ...rest }, user: call.user, dryRun,
    warnings: call.warnings, annotations: call.annotations, ...(call.audit?.wantsRequest ? { keepsPatches: true } : {}),
  };
}

/** The mutating pass. True when any plugin ran, so that defaults must be filled in again. */
export function admit({ admission, stations }: Admission, attributes: AdmissionAttributes): Promise<boolean> {
  return stations.admission('admit', attributes.operation, async () => {
    let ran = false;
    for (const plugin of admission) {
      if (!plugin.admit || !plugin.handles(attributes)) continue;
      ran = true;
      const pending = plugin.admit(attributes);
      if (pending) await pending;
    }
    return ran;
  });
}

export function validateAdmission({ admission, stations }: Admission, attributes: AdmissionAttributes): Promise<void> {
  return stations.admission('validate', attributes.operation, async () => {
    for (const plugin of admission) {
      if (!plugin.validate || !plugin.handles(attributes)) continue;
      const pending = plugin.validate(attributes);
      if (pending) await pending;
    }
  });
}
