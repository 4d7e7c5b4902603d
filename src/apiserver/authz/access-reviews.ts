import type { KubernetesObject, ObjectMeta } from '../../api/object.ts';
import { badRequest, invalid, type FieldError } from '../../api/status.ts';
import type { AuthorizationAttributes, UserInfo } from '../contracts.ts';
import type { ClusterAuthorizer } from './authorizer.ts';
import { joinErrors } from './rbac.ts';
import { readSelectors, selectorErrors, type SelectorAttributes } from './review-selectors.ts';

const GROUP = 'authorization.k8s.io';

interface ResourceAttributes {
  namespace?: string; verb?: string; group?: string; version?: string; resource?: string; subresource?: string; name?: string;
  fieldSelector?: SelectorAttributes; labelSelector?: SelectorAttributes;
}
interface ReviewSpec {
  resourceAttributes?: ResourceAttributes | null; nonResourceAttributes?: { path?: string; verb?: string } | null;
  user?: string; groups?: string[]; uid?: string; extra?: Record<string, string[]>;
}

const wrong = (field: string, value: unknown, detail: string): FieldError =>
  ({ type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(value ?? null)}: ${detail}` });

/** By the names of its Go fields: messages show the internal form. */
function inGo(attributes: ReviewSpec['nonResourceAttributes']): object | null {
  return attributes ? { Path: attributes.path ?? '', Verb: attributes.verb ?? '' } : null;
}

function specErrors(spec: ReviewSpec, self: boolean): FieldError[] {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const errors: FieldError[] = [];
  if (Boolean(resourceAttributes) === Boolean(nonResourceAttributes)) {
    errors.push(wrong('spec', inGo(nonResourceAttributes), 'exactly one of nonResourceAttributes or resourceAttributes must be specified'));
  }
  if (!self && !spec.user && !spec.groups?.length) errors.push(wrong('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  if (resourceAttributes) errors.push(...selectorErrors(resourceAttributes));
  return errors;
}

function toAttributes(spec: ReviewSpec, user: UserInfo): AuthorizationAttributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (!resource) {
    const nothing = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
    return { user, isResourceRequest: false, path: path?.path ?? '', verb: path?.verb ?? '', ...nothing };
  }
  return {
    user, isResourceRequest: true, path: '', verb: resource.verb ?? '', group: resource.group ?? '', version: resource.version ?? '*',
    resource: resource.resource ?? '', subresource: resource.subresource ?? '', namespace: resource.namespace ?? '', name: resource.name ?? '',
    fieldSelector: readSelectors(resource).field, labelSelector: readSelectors(resource).label,
  };
}

async function answer(object: KubernetesObject, user: UserInfo, authorizer: ClusterAuthorizer): Promise<KubernetesObject> {
  const spec = specOf(object);
  const { decision, reason, error } = await authorizer.authorize(toAttributes(spec, user));
  const faults = [...error ? [error] : [], ...spec.resourceAttributes ? readSelectors(spec.resourceAttributes).faults : []].join('; ');
  return {
    ...object,
    status: { allowed: decision === 'allow', ...(decision === 'deny' ? { denied: true } : {}), ...(reason ? { reason } : {}), ...(faults ? { evaluationError: faults } : {}) },
  };
}

/** Reviews have neither name nor kind in their errors. */
function refuse(errors: FieldError[]): void {
  if (errors.length > 0) throw invalid(GROUP, '', '', errors);
}

const METADATA_ORDER = ['name', 'generateName', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'] as const;
const sorted = (map: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1)));

/** As Go writes it: fields as they are declared, maps by their keys. */
function inGoOrder(metadata: ObjectMeta): Record<string, unknown> {
  const fields = METADATA_ORDER.filter((key) => metadata[key] !== undefined);
  return Object.fromEntries(fields.map((key) => [key, key === 'labels' || key === 'annotations' ? sorted(metadata[key] ?? {}) : metadata[key]]));
}

function metadataErrors(object: KubernetesObject, namespaceAllowed: boolean): FieldError[] {
  const { managedFields: _, creationTimestamp, namespace, ...others } = object.metadata ?? {};
  const given = Object.values(others).some((value) => value !== undefined) || creationTimestamp || (namespace && !namespaceAllowed);
  return given ? [wrong('metadata', inGoOrder(object.metadata ?? {}), namespaceAllowed ? 'must be empty except for namespace' : 'must be empty')] : [];
}

const specOf = (object: KubernetesObject): ReviewSpec => (object['spec'] ?? {}) as ReviewSpec;

function subjectOf({ user = '', groups = [], uid, extra }: ReviewSpec): UserInfo {
  return { name: user, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
}

export async function subjectAccessReview(object: KubernetesObject, authorizer: ClusterAuthorizer): Promise<KubernetesObject> {
  const spec = specOf(object);
  refuse([...specErrors(spec, false), ...metadataErrors(object, false)]);
  return answer(object, subjectOf(spec), authorizer);
}

export async function localSubjectAccessReview(object: KubernetesObject, namespace: string, authorizer: ClusterAuthorizer): Promise<KubernetesObject> {
  const spec = specOf(object);
  const errors = [...specErrors(spec, false), ...metadataErrors(object, true)];
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== namespace) {
    errors.push(wrong('spec.resourceAttributes.namespace', spec.resourceAttributes.namespace ?? '', 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) errors.push(wrong('spec.nonResourceAttributes', inGo(spec.nonResourceAttributes), 'disallowed on this kind of request'));
  refuse(errors);
  return answer(object, subjectOf(spec), authorizer);
}

export async function selfSubjectAccessReview(object: KubernetesObject, user: UserInfo, authorizer: ClusterAuthorizer): Promise<KubernetesObject> {
  const spec = specOf(object);
  refuse([...specErrors(spec, true), ...metadataErrors(object, false)]);
  return answer(object, user, authorizer);
}

export function selfSubjectRulesReview(object: KubernetesObject, user: UserInfo, authorizer: ClusterAuthorizer): KubernetesObject {
  const namespace = (object['spec'] as { namespace?: string } | undefined)?.namespace;
  if (!namespace) throw badRequest('no namespace on request');
  const { rules, errors, incomplete } = authorizer.rulesFor(user, namespace);
  const status = {
    resourceRules: rules.filter((rule) => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}) })),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs?.length).map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete, ...(errors.length > 0 ? { evaluationError: joinErrors(errors) } : {}),
  };
  return { kind: 'SelfSubjectRulesReview', apiVersion: `${GROUP}/v1`, metadata: {}, spec: {}, status };
}
