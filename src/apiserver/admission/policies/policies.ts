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

const rulesOf = (list: NamedRuleWithOperations[] | undefined): Rule[] => list ?? [];

/** Without rules everything is meant: a binding takes what its policy takes. */
function criteria({ resourceRules, excludeResourceRules, matchPolicy, namespaceSelector, objectSelector }: MatchResources): MatchCriteria {
  return { rules: rulesOf(resourceRules), meansAll: !resourceRules?.length, excludeRules: rulesOf(excludeResourceRules), matchPolicy, namespaceSelector, objectSelector };
}

/** The form in which a policy wants the request; undefined when it does not want it. */
export function policyWants(constraints: MatchResources | undefined, attributes: AdmissionAttributes, { reader, scheme }: PolicyOptions): ResourceInfo | undefined {
  return matchRequest(criteria(constraints ?? {}), attributes, reader, scheme);
}

export function bindingWants(match: MatchResources | undefined, attributes: AdmissionAttributes, { reader, scheme }: PolicyOptions): boolean {
  return !match || matchRequest(criteria(match), attributes, reader, scheme) !== undefined;
}

/** The kind of a policy's parameters; a text that says why there is none such, undefined when the policy has none. */
export function paramInfo(kind: ParamKind | undefined, scheme: Scheme): ResourceInfo | string | undefined {
  if (!kind) return undefined;
  const [version = '', group = ''] = (kind.apiVersion ?? '').split('/').reverse();
  return scheme.kind(group, version, kind.kind ?? '') ?? `failed to find resource referenced by paramKind: '${kind.apiVersion}, Kind=${kind.kind}'`;
}

/** The parameter objects of a binding; [null] when the policy has none. Throws Error with what is wrong with the reference. */
export function findParams(info: ResourceInfo | undefined, reference: ParamRef | undefined, attributes: AdmissionAttributes, { reader }: PolicyOptions): (KubernetesObject | null)[] {
  if (!info || !reference) return [null];
  // The namespace of a request about a namespace is that namespace.
  const own = attributes.info.group === '' && attributes.info.resource === 'namespaces' ? attributes.name : attributes.namespace;
  const namespace = info.namespaced ? reference.namespace || own : '';
  if (info.namespaced && !namespace) throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  if (!info.namespaced && reference.namespace) throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const found = reference.name
    ? [reader.get(info.group, info.resource, namespace, reference.name)].filter((object) => object !== undefined)
    : [...reader.list(info.group, info.resource, namespace || undefined)].filter((object) => matchesLabelSelector(reference.selector, object.metadata?.labels));
  if (found.length > 0 || reference.parameterNotFoundAction === 'Allow') return found;
  throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
}
