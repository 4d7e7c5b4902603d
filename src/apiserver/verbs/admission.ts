import type { KubernetesObject } from '../../api/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contracts.ts';
import type { Call } from '../request/call.ts';

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
export async function admit(plugins: AdmissionPlugin[], attributes: AdmissionAttributes): Promise<boolean> {
  let ran = false;
  for (const plugin of plugins) {
    if (!plugin.admit || !plugin.handles(attributes)) continue;
    ran = true;
    const pending = plugin.admit(attributes);
    if (pending) await pending;
  }
  return ran;
}

export async function validateAdmission(plugins: AdmissionPlugin[], attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of plugins) {
    if (!plugin.validate || !plugin.handles(attributes)) continue;
    const pending = plugin.validate(attributes);
    if (pending) await pending;
  }
}
