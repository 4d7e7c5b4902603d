import type * as admission from '../../../schema/v1.37/types/admissionregistration-v1.ts';
import type { CertificateSigningRequest, ClusterTrustBundle, PodCertificateRequest } from '../../../schema/v1.37/types/certificates-v1.ts';
import type { Lease } from '../../../schema/v1.37/types/coordination-v1.ts';
import type * as flowcontrol from '../../../schema/v1.37/types/flowcontrol-v1.ts';
import type { RuntimeClass } from '../../../schema/v1.37/types/node-v1.ts';
import type { PodDisruptionBudget } from '../../../schema/v1.37/types/policy-v1.ts';
import type * as rbac from '../../../schema/v1.37/types/rbac-v1.ts';
import type * as resource from '../../../schema/v1.37/types/resource-v1.ts';
import type { PriorityClass } from '../../../schema/v1.37/types/scheduling-v1.ts';
import type { CustomResourceDefinition } from '../../../schema/v1.37/types/apiextensions-v1.ts';
import type { DeviceTaintRule } from '../../../schema/v1.37/types/resource-v1beta2.ts';
import type { StorageVersionMigration } from '../../../schema/v1.37/types/storagemigration-v1.ts';
import type { APIService } from '../../../schema/v1.37/types/apiregistration-v1.ts';
import { age, humanDuration, labelsText, nameOf, selectorTerms, since } from './format.ts';
import { autoscalerPrinter } from './autoscaler.ts';
import { type Cell, type PrintContext, type Printers, printer } from './printer.ts';

function bindingCells(binding: rbac.RoleBinding | rbac.ClusterRoleBinding, { now }: PrintContext): Cell[] {
  const named = (kind: string): string => (binding.subjects ?? []).filter((subject) => subject.kind === kind).map(({ name, namespace }) => (kind === 'ServiceAccount' && namespace ? `${namespace}/${name}` : name)).join(', ');
  return [nameOf(binding), `${binding.roleRef.kind}/${binding.roleRef.name}`, age(binding, now), named('User'), named('Group'), named('ServiceAccount')];
}

function requestState({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return decision + (has('Failed') ? ',Failed' : '') + (status?.certificate ? ',Issued' : '');
}

function parameterText(parameter: { name?: string; namespace?: string; selector?: { matchLabels?: Record<string, string> } } | undefined): string {
  if (parameter?.name) return `${parameter.namespace || '*'}/${parameter.name}`;
  return parameter?.selector ? selectorTerms(parameter.selector) : '<unset>';
}

function kindText(kind: { apiVersion?: string; kind?: string } | undefined): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : '<unset>';
}

function levelCells(level: flowcontrol.PriorityLevelConfiguration, { now }: PrintContext): Cell[] {
  const limited = level.spec?.limited;
  const queuing = limited?.limitResponse?.queuing;
  return [nameOf(level), level.spec?.type ?? '', limited ? limited.nominalConcurrencyShares ?? 0 : '<none>', queuing?.queues ?? '<none>', queuing?.handSize ?? '<none>', queuing?.queueLengthLimit ?? '<none>', age(level, now)];
}

function claimState({ metadata, status }: resource.ResourceClaim): string {
  const states: string[] = [];
  if (metadata?.deletionTimestamp) states.push('deleted');
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []));
  else if (!metadata?.deletionTimestamp) states.push('pending');
  return states.join(',');
}

function availability({ status }: APIService): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' || !condition.reason ? condition.status : `${condition.status} (${condition.reason})`;
}

function serviceText({ spec }: APIService): string {
  return spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local';
}

function issueState({ status }: PodCertificateRequest): string {
  return status?.conditions?.findLast(({ type }) => type === 'Issued' || type === 'Denied' || type === 'Failed')?.type ?? 'Pending';
}

function definitionCells(definition: CustomResourceDefinition): Cell[] {
  const { spec, status, metadata } = definition;
  const versions = (spec.versions ?? []).filter(({ served }) => served).map(({ name, storage }) => (storage ? `${name}(storage)` : name)).sort();
  const established = status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;
  return [nameOf(definition), spec.scope, versions.join(','), metadata?.creationTimestamp ?? null, spec.group, spec.names.kind, (spec.names.shortNames ?? []).join(','), established];
}

function migrationState({ status }: StorageVersionMigration): string {
  return status?.conditions?.findLast((condition) => condition.status === 'True' && ['Running', 'Failed', 'Succeeded'].includes(condition.type))?.type ?? 'Unknown';
}

const webhooks = printer<admission.MutatingWebhookConfiguration>('Name|Webhooks:integer|Age', (object, { now }) => [nameOf(object), object.webhooks?.length ?? 0, age(object, now)]);
const bindings = printer<rbac.RoleBinding>('Name|Role|Age|Users+|Groups+|ServiceAccounts+', bindingCells);
const policyBindings = printer<admission.ValidatingAdmissionPolicyBinding>('Name|PolicyName|ParamRef|Age', (object, { now }) => [nameOf(object), object.spec?.policyName ?? '', parameterText(object.spec?.paramRef), age(object, now)]);

export const policyPrinters: Printers = {
  'policy/PodDisruptionBudget': printer<PodDisruptionBudget>('Name|Min Available|Max Unavailable|Allowed Disruptions:integer|Age', (object, { now }) => [
    nameOf(object), String(object.spec?.minAvailable ?? 'N/A'), String(object.spec?.maxUnavailable ?? 'N/A'), object.status?.disruptionsAllowed ?? 0, age(object, now),
  ]),
  'autoscaling/HorizontalPodAutoscaler': autoscalerPrinter,
  'rbac.authorization.k8s.io/RoleBinding': bindings,
  'rbac.authorization.k8s.io/ClusterRoleBinding': bindings,
  'certificates.k8s.io/CertificateSigningRequest': printer<CertificateSigningRequest>('Name|Age|SignerName|Requestor|RequestedDuration|Condition', (object, { now }) => [
    nameOf(object), age(object, now), object.spec.signerName || '<none>', object.spec.username ?? '', object.spec.expirationSeconds == null ? '<none>' : humanDuration(object.spec.expirationSeconds * 1000), requestState(object),
  ]),
  'certificates.k8s.io/ClusterTrustBundle': printer<ClusterTrustBundle>('Name|SignerName', (object) => [nameOf(object), object.spec.signerName || '<none>']),
  'certificates.k8s.io/PodCertificateRequest': printer<PodCertificateRequest>('Name|PodName|ServiceAccountName|NodeName|SignerName|State|UnverifiedUserAnnotations', (object) => [
    nameOf(object), object.spec.podName, object.spec.serviceAccountName, object.spec.nodeName, object.spec.signerName, issueState(object), labelsText(object.spec.unverifiedUserAnnotations),
  ]),
  'apiextensions.k8s.io/CustomResourceDefinition': printer<CustomResourceDefinition>('Name|Scope|Versions|Created At:date|Group+|Kind+|ShortNames+|Established:boolean+', definitionCells),
  'storagemigration.k8s.io/StorageVersionMigration': printer<StorageVersionMigration>('-Name|Resource|Status', (object) => [
    nameOf(object), [object.spec?.resource.resource, object.spec?.resource.group].filter((part) => part).join('.'), migrationState(object),
  ]),
  'resource.k8s.io/DeviceTaintRule': printer<DeviceTaintRule>('Name|Key|Value|Effect|TimeAdded|Age', (object, { now }) => {
    const { taint } = object.spec;
    return [nameOf(object), taint.key, taint.value ?? '', taint.effect, taint.timeAdded ? since(taint.timeAdded, now) : '', age(object, now)];
  }),
  'coordination.k8s.io/Lease': printer<Lease>('Name|Holder|Age', (object, { now }) => [nameOf(object), object.spec?.holderIdentity ?? '', age(object, now)]),
  'scheduling.k8s.io/PriorityClass': printer<PriorityClass>('Name|Value:integer|Global-Default:boolean|Age|PreemptionPolicy', (object, { now }) => [nameOf(object), object.value ?? 0, object.globalDefault ?? false, age(object, now), object.preemptionPolicy ?? '']),
  'node.k8s.io/RuntimeClass': printer<RuntimeClass>('Name|Handler|Age', (object, { now }) => [nameOf(object), object.handler, age(object, now)]),
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhooks,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': printer<admission.ValidatingAdmissionPolicy>('Name|Validations:integer|ParamKind|Age', (object, { now }) => [nameOf(object), object.spec?.validations?.length ?? 0, kindText(object.spec?.paramKind), age(object, now)]),
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': printer<admission.MutatingAdmissionPolicy>('Name|Mutations:integer|ParamKind|Age', (object, { now }) => [nameOf(object), object.spec?.mutations?.length ?? 0, kindText(object.spec?.paramKind), age(object, now)]),
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': policyBindings,
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding': policyBindings,
  'flowcontrol.apiserver.k8s.io/FlowSchema': printer<flowcontrol.FlowSchema>('Name|PriorityLevel|MatchingPrecedence|DistinguisherMethod|Age|MissingPL', (object, { now }) => [
    nameOf(object), object.spec?.priorityLevelConfiguration.name ?? '', object.spec?.matchingPrecedence ?? 0, object.spec?.distinguisherMethod?.type ?? '<none>', age(object, now), object.status?.conditions?.find(({ type }) => type === 'Dangling')?.status ?? '?',
  ]),
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': printer<flowcontrol.PriorityLevelConfiguration>('Name|Type|NominalConcurrencyShares|Queues|HandSize|QueueLengthLimit|Age', levelCells),
  'resource.k8s.io/DeviceClass': printer<resource.DeviceClass>('Name|Age', (object, { now }) => [nameOf(object), age(object, now)]),
  'resource.k8s.io/ResourceClaim': printer<resource.ResourceClaim>('Name|State|Age', (object, { now }) => [nameOf(object), claimState(object), age(object, now)]),
  'resource.k8s.io/ResourceClaimTemplate': printer<resource.ResourceClaimTemplate>('Name|Age', (object, { now }) => [nameOf(object), age(object, now)]),
  'resource.k8s.io/ResourceSlice': printer<resource.ResourceSlice>('Name|Node|Driver|Pool|Age', (object, { now }) => [nameOf(object), object.spec.nodeName ?? '', object.spec.driver, object.spec.pool.name, age(object, now)]),
  'apiregistration.k8s.io/APIService': printer<APIService>('Name|Service|Available|Age', (object, { now }) => [nameOf(object), serviceText(object), availability(object), age(object, now)]),
  'autoscaling/Scale': printer<{ metadata?: object; spec?: { replicas?: number }; status?: { replicas?: number } }>('-Name|Desired:integer|Available:integer|Age', (object, { now }) => [nameOf(object), object.spec?.replicas ?? 0, object.status?.replicas ?? 0, age(object, now)]),
};
