import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo } from '../../../api/schema.ts';
import { StatusError } from '../../../api/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../contracts.ts';
import { forbid } from '../attributes.ts';
import { backToForm, inForm } from '../forms.ts';
import { sameMeaning } from '../reinvocation.ts';
import { isExempt } from '../rule-matching.ts';
import { mutated } from './mutate.ts';
import { bindingWants, findParams, paramInfo, policyWants, PolicyList, type PolicyOptions } from './policies.ts';

const NAME = 'MutatingAdmissionPolicy';

interface Invocation { policy: MutatingAdmissionPolicy; binding: MutatingAdmissionPolicyBinding; params: KubernetesObject | null; info: ResourceInfo }
/** What went wrong; `failurePolicy` decides whether it counts. `reason` is that of the answer when it is the first. */
interface Problem { policy: MutatingAdmissionPolicy; binding?: MutatingAdmissionPolicyBinding; message: string; reason?: string }

function refusal(attributes: AdmissionAttributes, problems: Problem[]): StatusError {
  const messages = problems.map(({ policy, binding, message }) => (binding ? `policy '${policy.metadata?.name}' with binding '${binding.metadata?.name}'` : `policy ${JSON.stringify(policy.metadata?.name)}`) + ` denied request: ${message}`);
  const base = forbid(attributes, '');
  return new StatusError(base.code, problems[0]?.reason ?? base.reason, messages[0] ?? '', { ...base.details, causes: messages.map((message) => ({ message })) });
}

const keyOf = ({ policy, binding, params }: Invocation): string => `${policy.metadata?.name}/${binding.metadata?.name}/${params?.metadata?.namespace}/${params?.metadata?.name}`;

/** MutatingAdmissionPolicies, in the order of their names; in the second pass those with reinvocationPolicy IfNeeded. */
export function mutatingPolicies(options: PolicyOptions): AdmissionPlugin {
  const list = new PolicyList<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>(options.reader, 'mutating');
  const { scheme, normalize } = options;

  function invocations(attributes: AdmissionAttributes, problems: Problem[]): Invocation[] {
    const found: Invocation[] = [];
    for (const { policy, bindings } of list.all()) {
      const { matchConstraints, paramKind } = policy.spec ?? {};
      const info = policyWants(matchConstraints, attributes, options);
      if (!info) continue;
      const kind = paramInfo(paramKind, scheme);
      if (typeof kind === 'string') {
        problems.push({ policy, message: `failed to configure policy: ${kind}` });
        continue;
      }
      for (const binding of bindings) {
        if (!bindingWants(binding.spec?.matchResources, attributes, options)) continue;
        try {
          found.push(...findParams(kind, binding.spec?.paramRef, attributes, options).map((params) => ({ policy, binding, params, info })));
        } catch (error) {
          problems.push({ policy, binding, message: `failed to configure binding: ${(error as Error).message}` });
        }
      }
    }
    return found;
  }

  /** True when a mutation was made, whether or not it changed anything. */
  async function invoke(invocation: Invocation, attributes: AdmissionAttributes, problems: Problem[]): Promise<boolean> {
    const { policy, binding, params, info } = invocation;
    const { createEvaluation, evaluateConditions } = await import('../expressions.ts');
    const working = { ...await inForm(attributes, info, options) };
    const namespaceObject = attributes.info.namespaced ? options.reader.get('', 'namespaces', '', attributes.namespace) : undefined;
    const evaluation = () => createEvaluation({ attributes: working, info, authorizer: options.authorizer, namespaceObject, params, hasParams: policy.spec?.paramKind !== undefined, variables: policy.spec?.variables ?? [] });
    const verdict = await evaluateConditions(policy.spec?.matchConditions ?? [], evaluation());
    if (typeof verdict === 'object') problems.push({ policy, binding, message: verdict.error, reason: 'Invalid' });
    if (verdict !== 'match') return false;
    const { reinvocation } = attributes;
    const calls = reinvocation.callsOf(NAME);
    if (reinvocation.isSecondPass && !calls.mustCallAgain(keyOf(invocation))) return false;
    const before = working.object;
    let done = false;
    for (const mutation of working.object ? policy.spec?.mutations ?? [] : []) {
      try {
        working.object = await mutated(mutation, working.object as KubernetesObject, evaluation(), { info, scheme, normalize });
        done = true;
      } catch (error) {
        if (error instanceof StatusError) throw error;
        problems.push({ policy, binding, message: (error as Error).message, reason: 'Invalid' });
      }
    }
    if (done && working.object) attributes.object = await backToForm(working.object, attributes.object, info, options);
    if (!sameMeaning(before, working.object)) calls.requireAgain();
    if (policy.spec?.reinvocationPolicy === 'IfNeeded') calls.note(keyOf(invocation));
    return done;
  }

  return {
    name: NAME,
    handles: (attributes) => attributes.operation !== 'DELETE' && !isExempt(attributes) && list.all().length > 0,
    async admit(attributes) {
      const { reinvocation } = attributes;
      const calls = reinvocation.callsOf(NAME);
      const problems: Problem[] = [];
      const wanted = invocations(attributes, problems);
      if (reinvocation.isSecondPass && !sameMeaning(calls.output, attributes.object)) calls.requireAgain();
      let done = false;
      for (const invocation of wanted) if (await invoke(invocation, attributes, problems)) done = true;
      if (done) {
        calls.requireAgain();
        reinvocation.isWanted = true;
      }
      calls.output = structuredClone(attributes.object);
      const counted = problems.filter(({ policy }) => policy.spec?.failurePolicy !== 'Ignore');
      if (counted.length > 0) throw refusal(attributes, counted);
    },
  };
}
