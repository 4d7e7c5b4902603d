import type { MatchResources, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, NamedRuleWithOperations, ParamKind, ParamRef,
  ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../../../schema/v1.37/types/admissionregistration-v1.ts';
import { matchesLabelSelector } from '../../../api/label-selector.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ResourceInfo, Scheme } from '../../../api/schema.ts';
import type { AdmissionAttributes, Authorizer, ObjectReader } from '../../contracts.ts';
import { matchRequest, type MatchCriteria, type Rule } from '../rule-matching.ts';

const GROUP = 'admissionregistration.k8s.io';

export interface PolicyOptions {
  reader: ObjectReader;
  authorizer: Authorizer;
  scheme: Scheme;
  convert?(object: KubernetesObject, to: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
  /** Reads an object a policy has changed as if it had come in. */
  normalize?(object: KubernetesObject, info: ResourceInfo): KubernetesObject | Promise<KubernetesObject>;
}

export interface Bound<P, B> { policy: P; bindings: B[] }
type AnyPolicy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;
type AnyBinding = ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding;

/** Policies with their bindings, by name; read anew only when one of them has changed. Policies nobody binds do nothing. */
export class PolicyList<P extends AnyPolicy, B extends AnyBinding> {
  private readonly reader: ObjectReader;
  private readonly kind: 'validating' | 'mutating';
  private revisions = '';
  private bound: Bound<P, B>[] = [];

  constructor(reader: ObjectReader, kind: 'validating' | 'mutating') {
    this.reader = reader;
    this.kind = kind;
  }

  all(): Bound<P, B>[] {
    const [policies, bindings] = [`${this.kind}admissionpolicies`, `${this.kind}admissionpolicybindings`];
    const revisions = `${this.reader.revision(GROUP, policies)}/${this.reader.revision(GROUP, bindings)}`;
    if (revisions === this.revisions) return this.bound;
    const byPolicy = new Map<string, B[]>();
    for (const object of this.reader.list(GROUP, bindings)) {
      const binding = object as unknown as B;
      const name = binding.spec?.policyName ?? '';
      byPolicy.set(name, [...(byPolicy.get(name) ?? []), binding]);
    }
    const found = [...this.reader.list(GROUP, policies)].map((object) => ({ policy: object as unknown as P, bindings: byPolicy.get(object.metadata?.name ?? '') ?? [] }));
    this.bound = found.filter(({ bindings: own }) => own.length > 0).sort((one, other) => ((one.policy.metadata?.name ?? '') < (other.policy.metadata?.name ?? '') ? -1 : 1));
    this.revisions = revisions;
    return this.bound;
  }
}

function criteria(match: MatchResources | undefined, policy?: MatchResources): MatchCriteria {
  const rules = (list: NamedRuleWithOperations[] | undefined): Rule[] => list ?? [];
  return {
    // A binding without rules takes what its policy takes.
    rules: match?.resourceRules?.length ? rules(match.resourceRules) : rules(policy?.resourceRules), excludeRules: rules(match?.excludeResourceRules),
    matchPolicy: match?.matchPolicy ?? policy?.matchPolicy, namespaceSelector: match?.namespaceSelector, objectSelector: match?.objectSelector,
  };
}

/** The form in which a policy wants the request; undefined when it does not want it. */
export function policyWants(constraints: MatchResources | undefined, attributes: AdmissionAttributes, { reader, scheme }: PolicyOptions): ResourceInfo | undefined {
  return matchRequest(criteria(constraints), attributes, reader, scheme);
}

export function bindingWants(match: MatchResources | undefined, constraints: MatchResources | undefined, attributes: AdmissionAttributes, { reader, scheme }: PolicyOptions): boolean {
  return !match || matchRequest(criteria(match, constraints), attributes, reader, scheme) !== undefined;
}

/** The parameter objects of a binding; [null] when the policy has none. Throws Error with what is wrong with the reference. */
export function findParams(kind: ParamKind | undefined, reference: ParamRef | undefined, attributes: AdmissionAttributes, { reader, scheme }: PolicyOptions): (KubernetesObject | null)[] {
  if (!kind || !reference) return [null];
  const [group, version] = kind.apiVersion?.includes('/') ? kind.apiVersion.split('/') as [string, string] : ['', kind.apiVersion ?? ''];
  const info = scheme.kind(group, version, kind.kind ?? '');
  if (!info) throw new Error(`failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`);
  const namespace = info.namespaced ? reference.namespace ?? attributes.namespace : '';
  if (info.namespaced && !namespace) throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  const found = reference.name !== undefined
    ? [reader.get(group, info.resource, namespace, reference.name)].filter((object) => object !== undefined)
    : [...reader.list(group, info.resource, namespace || undefined)].filter((object) => matchesLabelSelector(reference.selector, object.metadata?.labels));
  if (found.length > 0 || reference.parameterNotFoundAction === 'Allow') return found;
  throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
}
