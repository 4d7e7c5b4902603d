import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../../schema/v1.37/types/admissionregistration-v1.ts';
import { VALIDATING_ADMISSION_POLICIES } from '../../client/resources.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';

/** Finds what the expressions of a policy say that its kinds do not have. */
export type TypeChecker = (policy: ValidatingAdmissionPolicy) => Promise<ExpressionWarning[]>;

const MANAGER = 'validatingadmissionpolicy-status-controller';

/** Whether a policy has changed since its types were checked. */
export function needsCheck({ metadata, status }: ValidatingAdmissionPolicy): boolean {
  return (metadata?.generation ?? 0) > (status?.observedGeneration ?? 0);
}

/** Keeps `status.typeChecking` of ValidatingAdmissionPolicies, once a generation. */
export function startPolicyStatusController(context: ControllerContext, check: TypeChecker): RunningController {
  const policies = context.informers.for(VALIDATING_ADMISSION_POLICIES);
  const queue = new WorkQueue(sync, { name: MANAGER, logger: context.logger, workers: 1, clock: context.clock });
  const touch = (policy: ValidatingAdmissionPolicy): void => queue.add(policy.metadata?.name ?? '');
  const stop = policies.onEvent({ add: touch, update: touch });

  async function sync(name: string): Promise<void> {
    await policies.synced();
    const policy = policies.get(undefined, name);
    if (!policy || !needsCheck(policy)) return;
    const expressionWarnings = await check(policy);
    const status = { observedGeneration: policy.metadata?.generation, typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {} };
    const body = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name }, status };
    await context.client.patch(VALIDATING_ADMISSION_POLICIES, undefined, name, body, { type: 'apply', subresource: 'status', fieldManager: MANAGER, force: true });
  }

  return { stop() { stop(); queue.stop(); } };
}
