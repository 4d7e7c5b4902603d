import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import { StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import type { Evaluation } from '../expressions.ts';
import { inForm } from '../forms.ts';
import { isExempt } from '../rule-matching.ts';
import { bindingWants, findParams, policyWants, PolicyList, type PolicyOptions } from './policies.ts';

const CODES: Record<string, number> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';

/** One validation that did not hold. */
interface Violation { message: string; reason: string; expressionIndex: number }

interface Denial { policy: string; binding: string; violation: Violation }

async function violationMessage(validation: Validation, evaluation: Evaluation): Promise<string> {
  if (validation.messageExpression) {
    const message = await evaluation.evaluate('message', validation.messageExpression).catch(() => undefined);
    if (typeof message === 'string' && message.trim() !== '' && !message.includes('\n')) return message;
  }
  return validation.message?.trim() || `failed expression: ${validation.expression.trim()}`;
}

async function validateAll(policy: ValidatingAdmissionPolicy, evaluation: Evaluation): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [expressionIndex, validation] of (policy.spec?.validations ?? []).entries()) {
    try {
      if (await evaluation.evaluate('validation', validation.expression) === true) continue;
      violations.push({ message: await violationMessage(validation, evaluation), reason: validation.reason ?? 'Invalid', expressionIndex });
    } catch (error) {
      if (policy.spec?.failurePolicy === 'Ignore') continue;
      violations.push({ message: (error as Error).message, reason: 'Invalid', expressionIndex });
      if ((error as Error).message.includes('running out of cost budget')) return violations.slice(-1);
    }
  }
  return violations;
}

async function annotate(policy: ValidatingAdmissionPolicy, evaluation: Evaluation, attributes: AdmissionAttributes): Promise<void> {
  for (const { key, valueExpression } of policy.spec?.auditAnnotations ?? []) {
    const value = await evaluation.evaluate('annotation', valueExpression).catch(() => undefined);
    if (typeof value === 'string' && value !== '') attributes.annotations[`${policy.metadata?.name}/${key}`] = value;
  }
}

function denialError(attributes: AdmissionAttributes, { policy, binding, violation }: Denial): StatusError {
  const message = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${violation.message}`;
  const base = forbid(attributes, message);
  return new StatusError(CODES[violation.reason] ?? 422, violation.reason, base.message, { ...base.details, causes: [{ message }] });
}

/** ValidatingAdmissionPolicies and their bindings. */
export function validatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const list = new PolicyList<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>(options.reader, 'validating');

  /** What one binding finds. A misconfiguration counts as a violation unless the policy fails open. */
  async function judge(policy: ValidatingAdmissionPolicy, binding: ValidatingAdmissionPolicyBinding, attributes: AdmissionAttributes): Promise<Violation[]> {
    const info = policyWants(policy.spec?.matchConstraints, attributes, options);
    if (!info || !bindingWants(binding.spec?.matchResources, policy.spec?.matchConstraints, attributes, options)) return [];
    const { createEvaluation, evaluateConditions } = await import('../expressions.ts');
    const failed = (message: string): Violation[] => (policy.spec?.failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid', expressionIndex: 0 }]);
    try {
      const converted = await inForm(attributes, info, options);
      const namespaceObject = attributes.info.namespaced ? options.reader.get('', 'namespaces', '', attributes.namespace) : undefined;
      const violations: Violation[] = [];
      for (const params of findParams(policy.spec?.paramKind, binding.spec?.paramRef, attributes, options)) {
        const evaluation = createEvaluation({ attributes: converted, info, authorizer: options.authorizer, namespaceObject, params, hasParams: policy.spec?.paramKind !== undefined, variables: policy.spec?.variables ?? [] });
        const verdict = await evaluateConditions(policy.spec?.matchConditions ?? [], evaluation);
        if (verdict === 'skip') continue;
        if (verdict !== 'match') violations.push(...failed(verdict.error));
        else {
          violations.push(...await validateAll(policy, evaluation));
          await annotate(policy, evaluation, attributes);
        }
      }
      return violations;
    } catch (error) {
      return failed(`failed to configure binding: ${(error as Error).message}`);
    }
  }

  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !isExempt(attributes) && list.all().length > 0,
    async validate(attributes) {
      const denials: Denial[] = [];
      const audited: object[] = [];
      for (const { policy, bindings } of list.all()) {
        for (const binding of bindings) {
          const names = { policy: policy.metadata?.name ?? '', binding: binding.metadata?.name ?? '' };
          const actions = binding.spec?.validationActions ?? ['Deny'];
          for (const violation of await judge(policy, binding, attributes)) {
            if (actions.includes('Deny')) denials.push({ ...names, violation });
            if (actions.includes('Warn')) attributes.warnings.push(`Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${violation.message}`);
            if (actions.includes('Audit')) audited.push({ ...names, expressionIndex: violation.expressionIndex, message: violation.message, validationActions: actions });
          }
        }
      }
      if (audited.length > 0) attributes.annotations[FAILURE_ANNOTATION] = JSON.stringify(audited);
      if (denials[0]) throw denialError(attributes, denials[0]);
    },
  };
}
