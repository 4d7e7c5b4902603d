import type { KubernetesObject } from '../../api/object.ts';
import type { AdmissionAttributes } from '../contracts.ts';
import { Reinvocation } from '../admission/reinvocation.ts';
import type { ServerContext } from '../context.ts';
import type { Call } from '../request/call.ts';

type Admission = Pick<ServerContext, 'admission' | 'stations'>;

export function admissionAttributes(
  call: Call, operation: AdmissionAttributes['operation'], object: KubernetesObject | undefined, oldObject: KubernetesObject | undefined,
  options: { kind: string; dryRun: boolean; fieldManager?: string; [option: string]: unknown },
): AdmissionAttributes {
  const { kind, dryRun, fieldManager: _, ...rest } = options;
  // As they were given: what stands for them otherwise is nobody's option.
  for (const name of ['fieldManager', 'fieldValidation']) if (call.info.query.get(name)) rest[name] = call.info.query.get(name);
  return {
    operation, info: call.resource, subresource: call.info.subresource, namespace: call.info.namespace, name: call.info.name || (object?.metadata?.name ?? ''),
    object, oldObject, options: { kind, apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}), ...rest }, user: call.user, dryRun,
    warnings: call.warnings, annotations: call.annotations, ...(call.audit?.wantsRequest ? { keepsPatches: true } : {}), reinvocation: new Reinvocation(),
  };
}

async function mutatingPass(admission: Admission['admission'], attributes: AdmissionAttributes): Promise<boolean> {
  let ran = false;
  for (const plugin of admission) {
    if (!plugin.admit || !plugin.handles(attributes)) continue;
    ran = true;
    const pending = plugin.admit(attributes);
    if (pending) await pending;
  }
  return ran;
}

/** The mutating pass, twice when webhooks or policies have changed the object. True when any plugin ran, so that defaults must be filled in again. */
export function admit({ admission, stations }: Admission, attributes: AdmissionAttributes): Promise<boolean> {
  return stations.admission('admit', attributes.operation, async () => {
    const ran = await mutatingPass(admission, attributes);
    if (attributes.reinvocation.isWanted) {
      attributes.reinvocation.isSecondPass = true;
      await mutatingPass(admission, attributes);
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
