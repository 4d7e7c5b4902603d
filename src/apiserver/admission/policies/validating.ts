import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, Validation } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import { StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import type { Evaluation } from '../expressions.ts';
import { inForm } from '../forms.ts';
import { isExempt } from '../rule-matching.ts';
import { bindingWants, findParams, paramInfo, policyWants, PolicyList, type PolicyOptions } from './policies.ts';

const CODES: Record<string, number> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413, Invalid: 422 };
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';

const MAXIMUM_MESSAGE_BYTES = 5 * 1024;
const MAXIMUM_NOTE_LENGTH = 10 * 1024;
const MAXIMUM_AUDITED = 50;

/** One validation that did not hold. */
interface Violation { message: string; reason: string; expressionIndex: number }
/** What a binding finds: `failed` are violations that deny whatever the binding's actions are. */
interface Judgement { violations: Violation[]; failed: Violation[] }

interface Denial { policy: string; binding?: string; violation: Violation }

async function violationMessage(validation: Validation, evaluation: Evaluation): Promise<string> {
  if (validation.messageExpression) {
    const message = await evaluation.evaluate('message', validation.messageExpression).catch(() => undefined);
    const text = typeof message === 'string' ? message.trim() : '';
    if (text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= MAXIMUM_MESSAGE_BYTES) return text;
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

/** What a policy has said for the audit log: each value once. */
class Notes {
  private readonly values = new Map<string, Set<string>>();

  add(key: string, value: string): void {
    this.values.set(key, (this.values.get(key) ?? new Set()).add(value.slice(0, MAXIMUM_NOTE_LENGTH)));
  }

  writeTo(annotations: Record<string, string>, policy: string): void {
    for (const [key, values] of this.values) annotations[`${policy}/${key}`] = [...values].join(', ');
  }
}

/** Collects annotations; what fails denies the request unless the policy fails open. */
async function annotate(policy: ValidatingAdmissionPolicy, evaluation: Evaluation, notes: Notes): Promise<Violation[]> {
  const failed: Violation[] = [];
  for (const { key, valueExpression } of policy.spec?.auditAnnotations ?? []) {
    try {
      const value = await evaluation.evaluate('annotation', valueExpression);
      if (typeof value === 'string' && value.trim() !== '') notes.add(key, value.trim());
    } catch (error) {
      if (policy.spec?.failurePolicy !== 'Ignore') failed.push({ message: (error as Error).message, reason: 'Invalid', expressionIndex: 0 });
    }
  }
  return failed;
}

function denialError(attributes: AdmissionAttributes, { policy, binding, violation }: Denial): StatusError {
  const message = `ValidatingAdmissionPolicy '${policy}'${binding === undefined ? '' : ` with binding '${binding}'`} denied request: ${violation.message}`;
  const base = forbid(attributes, message);
  return new StatusError(CODES[violation.reason] ?? 422, violation.reason, base.message, { ...base.details, causes: [{ message }] });
}

/** ValidatingAdmissionPolicies and their bindings. */
export function validatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const list = new PolicyList<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>(options.reader, 'validating');

  /** What one binding finds. A misconfiguration denies unless the policy fails open. */
  async function judge(policy: ValidatingAdmissionPolicy, binding: ValidatingAdmissionPolicyBinding, info: ResourceInfo, attributes: AdmissionAttributes, notes: Notes): Promise<Judgement> {
    const { createEvaluation, evaluateConditions } = await import('../expressions.ts');
    const found: Judgement = { violations: [], failed: [] };
    const ignores = policy.spec?.failurePolicy === 'Ignore';
    const kind = paramInfo(policy.spec?.paramKind, options.scheme);
    let parameters: (KubernetesObject | null)[];
    try {
      parameters = findParams(typeof kind === 'string' ? undefined : kind, binding.spec?.paramRef, attributes, options);
    } catch (error) {
      return ignores ? found : { ...found, failed: [{ message: `failed to configure binding: ${(error as Error).message}`, reason: 'Invalid', expressionIndex: 0 }] };
    }
    const converted = await inForm(attributes, info, options);
    const namespaceObject = attributes.info.namespaced ? options.reader.get('', 'namespaces', '', attributes.namespace) : undefined;
    for (const params of parameters) {
      const evaluation = createEvaluation({ attributes: converted, info, authorizer: options.authorizer, namespaceObject, params, hasParams: policy.spec?.paramKind !== undefined, variables: policy.spec?.variables ?? [] });
      const verdict = await evaluateConditions(policy.spec?.matchConditions ?? [], evaluation);
      if (verdict === 'match') {
        found.violations.push(...await validateAll(policy, evaluation));
        found.failed.push(...await annotate(policy, evaluation, notes));
      } else if (verdict !== 'skip' && !ignores) found.violations.push({ message: verdict.error, reason: 'Invalid', expressionIndex: 0 });
    }
    return found;
  }

  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !isExempt(attributes) && list.all().length > 0,
    async validate(attributes) {
      const denials: Denial[] = [];
      const audited: object[] = [];
      for (const { policy, bindings } of list.all()) {
        const info = policyWants(policy.spec?.matchConstraints, attributes, options);
        if (!info) continue;
        const name = policy.metadata?.name ?? '';
        const kind = paramInfo(policy.spec?.paramKind, options.scheme);
        if (typeof kind === 'string') {
          if (policy.spec?.failurePolicy !== 'Ignore') denials.push({ policy: name, violation: { message: `failed to configure policy: ${kind}`, reason: 'Invalid', expressionIndex: 0 } });
          continue;
        }
        const notes = new Notes();
        for (const binding of bindings) {
          if (!bindingWants(binding.spec?.matchResources, attributes, options)) continue;
          const names = { policy: name, binding: binding.metadata?.name ?? '' };
          const actions = binding.spec?.validationActions ?? ['Deny'];
          const { violations, failed } = await judge(policy, binding, info, attributes, notes);
          for (const violation of violations) {
            if (actions.includes('Deny')) denials.push({ ...names, violation });
            if (actions.includes('Warn')) attributes.warnings.push(`Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${violation.message}`);
            if (actions.includes('Audit')) audited.push({ message: violation.message, ...names, expressionIndex: violation.expressionIndex, validationActions: actions });
          }
          for (const violation of failed) denials.push({ ...names, violation });
        }
        notes.writeTo(attributes.annotations, name);
      }
      if (audited.length > 0) attributes.annotations[FAILURE_ANNOTATION] = JSON.stringify(audited.slice(0, MAXIMUM_AUDITED));
      if (denials[0]) throw denialError(attributes, denials[0]);
    },
  };
}
