import { isDeepStrictEqual } from 'node:util';
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { applyJsonPatch } from '../../../api/patch/json-patch.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import { StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin, ObjectReader } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import type { Evaluation } from '../expressions.ts';
import { backToForm, inForm } from '../forms.ts';
import { isExempt } from '../rule-matching.ts';
import { mergeApplied } from './apply-merge.ts';
import { bindingWants, findParams, policyWants, PolicyList, type PolicyOptions } from './policies.ts';

/** Fields that say what an object is; a policy cannot change them by an apply configuration. */
const IDENTITY = ['apiVersion', 'kind'];

async function evaluated(use: 'applyConfiguration' | 'jsonPatch', expression: string, evaluation: Evaluation): Promise<unknown> {
  const { fromCel } = await import('../../../cel/values.ts');
  return fromCel(await evaluation.evaluate(use, expression.trim()));
}

async function mutated(mutation: Mutation, object: KubernetesObject, evaluation: Evaluation, info: ResourceInfo): Promise<KubernetesObject> {
  if (mutation.patchType === 'ApplyConfiguration') {
    const patch = await evaluated('applyConfiguration', mutation.applyConfiguration?.expression ?? '', evaluation) as Record<string, unknown>;
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) throw new Error('the apply configuration is not an object');
    for (const field of IDENTITY) delete patch[field];
    return mergeApplied(object, patch, info.schema) as KubernetesObject;
  }
  const operations = await evaluated('jsonPatch', mutation.jsonPatch?.expression ?? '', evaluation);
  return applyJsonPatch(structuredClone(object), operations) as KubernetesObject;
}

/** MutatingAdmissionPolicies, in the order of their names; those with reinvocationPolicy IfNeeded see later changes once more. */
export function mutatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const list = new PolicyList<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>(options.reader, 'mutating');
  const { reader }: { reader: ObjectReader } = options;

  async function applyOne(policy: MutatingAdmissionPolicy, params: KubernetesObject | null, info: ResourceInfo, attributes: AdmissionAttributes): Promise<void> {
    const { createEvaluation, evaluateConditions } = await import('../expressions.ts');
    const working = { ...await inForm(attributes, info, options) };
    const namespaceObject = attributes.info.namespaced ? reader.get('', 'namespaces', '', attributes.namespace) : undefined;
    const evaluation = createEvaluation({ attributes: working, info, authorizer: options.authorizer, namespaceObject, params, hasParams: policy.spec?.paramKind !== undefined, variables: policy.spec?.variables ?? [] });
    const verdict = await evaluateConditions(policy.spec?.matchConditions ?? [], evaluation);
    if (verdict === 'skip' || !working.object) return;
    if (verdict !== 'match') throw new Error(verdict.error);
    for (const mutation of policy.spec?.mutations ?? []) {
      working.object = await mutated(mutation, working.object, evaluation, info);
      if (options.normalize && working.object.kind === info.kind) working.object = await options.normalize(working.object, info);
      evaluation.refresh();
    }
    attributes.object = await backToForm(working.object, attributes.object, info, options);
  }

  async function apply(policy: MutatingAdmissionPolicy, bindings: MutatingAdmissionPolicyBinding[], attributes: AdmissionAttributes): Promise<void> {
    const constraints = policy.spec?.matchConstraints;
    const info = policyWants(constraints, attributes, options);
    if (!info) return;
    for (const binding of bindings) {
      if (!bindingWants(binding.spec?.matchResources, constraints, attributes, options)) continue;
      try {
        for (const params of findParams(policy.spec?.paramKind, binding.spec?.paramRef, attributes, options)) await applyOne(policy, params, info, attributes);
      } catch (error) {
        if (policy.spec?.failurePolicy === 'Ignore') continue;
        const message = `policy '${policy.metadata?.name}' with binding '${binding.metadata?.name}' denied request: ${(error as Error).message}`;
        const base = forbid(attributes, message);
        throw new StatusError(422, 'Invalid', base.message, { ...base.details, causes: [{ message }] });
      }
    }
  }

  return {
    name: 'MutatingAdmissionPolicy',
    handles: (attributes) => attributes.operation !== 'DELETE' && !isExempt(attributes) && list.all().length > 0,
    async admit(attributes) {
      const again: (() => Promise<void>)[] = [];
      let changedSince = false;
      for (const { policy, bindings } of list.all()) {
        const before = attributes.object;
        await apply(policy, bindings, attributes);
        if (before !== attributes.object && !isDeepStrictEqual(before, attributes.object) && again.length > 0) changedSince = true;
        if (policy.spec?.reinvocationPolicy === 'IfNeeded') again.push(() => apply(policy, bindings, attributes));
      }
      if (changedSince) for (const once of again) await once();
    },
  };
}
