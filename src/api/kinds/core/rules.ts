import type * as core from '../../../../schema/v1.37/types/core-v1.ts';
import { formatTime } from '../../../base/clock.ts';
import type { KindRules } from '../../kind-rules.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { KubernetesObject } from '../../object.ts';
import { defaultReplicationController } from '../apps/defaults.ts';
import { validateReplicaStatus, validateReplicationController } from '../apps/validate.ts';
import { networkWarnings } from '../common/address-warnings.ts';
import { Findings } from '../common/findings.ts';
import { subdomainName } from '../common/formats.ts';
import { validateMetadata, validateMetadataUpdate } from '../common/metadata.ts';
import { asObject, rulesOf } from '../common/rules.ts';
import { firstGeneration, nextGeneration, statusOnly } from '../common/strategy.ts';
import { podCheck } from '../pod/context.ts';
import { dropDisabledTemplateFeatures } from '../pod/disabled-features.ts';
import { podRules } from '../pod/rules.ts';
import { validatePodTemplate } from '../pod/validate.ts';
import { workloadWarnings } from '../pod/warnings.ts';
import * as config from './config.ts';
import * as defaults from './defaults.ts';
import { endpointsWarnings, validateEndpoints } from './endpoints.ts';
import { eventSelectableFields, validateEvent, validateEventUpdate } from './event.ts';
import * as namespaces from './namespace.ts';
import * as nodes from './node.ts';
import * as quota from './quota.ts';
import * as services from './service.ts';
import { secretWarnings } from './key-pair-warnings.ts';
import * as storage from './storage.ts';
import { claimWarnings, volumeWarnings } from './volume-warnings.ts';

const MOUNTABLE_SECRETS = 'kubernetes.io/enforce-mountable-secrets';

function accountWarnings(account: core.ServiceAccount, old?: core.ServiceAccount): string[] {
  const has = (one: core.ServiceAccount | undefined): boolean => one?.metadata?.annotations?.[MOUNTABLE_SECRETS] != null;
  return has(account) && !has(old) ? [`metadata.annotations[${MOUNTABLE_SECRETS}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`] : [];
}

function validateServiceAccount(account: core.ServiceAccount, old?: core.ServiceAccount): Findings['list'] {
  const findings = new Findings();
  if (old) validateMetadataUpdate(findings, account, old);
  else validateMetadata(findings, account, true, subdomainName);
  return findings.list;
}

/** Of the secrets that belong to an account, the names alone are kept. */
function keepSecretNames(account: core.ServiceAccount): void {
  account.secrets = account.secrets?.map(({ name }) => (name ? { name } : {}));
  if (!account.secrets) delete account.secrets;
}

const podTemplate = rulesOf<core.PodTemplate>({
  default: defaults.defaultPodTemplateObject,
  prepareForCreate(template) {
    dropDisabledTemplateFeatures(template.template);
    firstGeneration(asObject(template));
  },
  prepareForUpdate(template, old) {
    dropDisabledTemplateFeatures(template.template, old.template);
    nextGeneration(asObject(template), asObject(old), ['template']);
  },
  validate(template, context) {
    const findings = new Findings();
    validateMetadata(findings, template, true, subdomainName);
    validatePodTemplate(findings, 'template', template.template ?? {}, podCheck(context, false));
    return findings.list;
  },
  validateUpdate(template, old, context) {
    const findings = new Findings();
    validateMetadataUpdate(findings, template, old);
    validatePodTemplate(findings, 'template', template.template ?? {}, { ...podCheck(context, false, old.template?.spec), given: asGiven(template).template?.spec ?? undefined });
    return findings.list;
  },
  warnings: (template, old) => workloadWarnings('template', template, old, template.template),
});

const replicationController = rulesOf<core.ReplicationController>({
  default: defaultReplicationController,
  prepareForCreate(controller) {
    dropDisabledTemplateFeatures(controller.spec?.template);
    controller.status = { replicas: 0 };
    firstGeneration(asObject(controller));
  },
  prepareForUpdate(controller, old) {
    dropDisabledTemplateFeatures(controller.spec?.template, old.spec?.template);
    controller.status = old.status;
    nextGeneration(asObject(controller), asObject(old), ['spec']);
  },
  prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
  validate: (controller, context) => validateReplicationController(controller, undefined, context),
  validateUpdate: validateReplicationController,
  validateStatusUpdate: validateReplicaStatus,
  // Upstream looks at the template from before.
  warnings: (controller, old) => workloadWarnings('spec.template', controller, old, (old ?? controller).spec?.template),
  selectableFields: (controller) => ({ 'status.replicas': String(controller.status?.replicas ?? 0) }),
});

const persistentVolume = rulesOf<core.PersistentVolume>({
  noGeneration: true,
  default: defaults.defaultPersistentVolume,
  prepareForCreate(volume, { now }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(now) };
  },
  prepareForUpdate(volume, old) { volume.status = old.status; },
  prepareForStatusUpdate(volume, old, { now }) {
    volume.spec = old.spec;
    const status = (volume.status ??= {});
    const before = old.status?.lastPhaseTransitionTime;
    if (status.phase === old.status?.phase) {
      if (before != null) status.lastPhaseTransitionTime ??= before;
    } else if (status.lastPhaseTransitionTime == null || status.lastPhaseTransitionTime === before) status.lastPhaseTransitionTime = formatTime(now);
  },
  validate: storage.validatePersistentVolume,
  validateUpdate: storage.validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
  selectableFields: (volume) => ({ name: volume.metadata?.name ?? '' }),
});

function isClaimOrSnapshot({ kind, apiGroup = '' }: core.TypedLocalObjectReference): boolean {
  return (kind === 'PersistentVolumeClaim' && apiGroup === '') || (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
}

/**
 * A claim's data source stands in both fields while it needs no namespace. The older field takes claims and snapshots
 * only: anything else in it is dropped, as it always was. Sources of other namespaces are a feature that is off.
 */
function normalizeDataSources({ spec }: core.PersistentVolumeClaim, old?: core.PersistentVolumeClaim): void {
  if (!spec) return;
  if (spec.dataSourceRef?.namespace && !old?.spec?.dataSourceRef?.namespace) delete spec.dataSourceRef;
  if (spec.dataSource && !spec.dataSourceRef && !old?.spec?.dataSource && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { namespace: _none, ...source } = spec.dataSourceRef;
    spec.dataSource = source;
  }
}

const claim = rulesOf<core.PersistentVolumeClaim>({
  noGeneration: true,
  default: defaults.defaultPersistentVolumeClaim,
  prepareForCreate(object) {
    object.status = { phase: 'Pending' };
    normalizeDataSources(object);
  },
  prepareForUpdate(object, old) {
    object.status = old.status;
    normalizeDataSources(object, old);
  },
  prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
  validate: storage.validateClaim,
  validateUpdate: storage.validateClaimUpdate,
  validateStatusUpdate: storage.validateClaimStatus,
  warnings: claimWarnings,
  selectableFields: (object) => ({ name: object.metadata?.name ?? '' }),
});

const service = rulesOf<core.Service>({
  noGeneration: true,
  allowCreateOnUpdate: true,
  default: defaults.defaultService,
  prepareForCreate(object) { object.status = { loadBalancer: {} }; },
  prepareForUpdate(object, old) {
    object.status = old.status;
    services.dropOtherTypesFields(object, old);
  },
  prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
  validate: services.validateService,
  validateUpdate: services.validateServiceUpdate,
  validateStatusUpdate: services.validateServiceStatus,
  warnings: services.serviceWarnings,
  statusWarnings: services.balancerWarnings,
  selectableFields: (object) => ({ 'spec.clusterIP': object.spec?.clusterIP ?? '', 'spec.type': object.spec?.type ?? '' }),
});

const node = rulesOf<core.Node>({
  noGeneration: true,
  default: defaults.defaultNode,
  prepareForCreate: ({ spec, status }) => {
    delete spec?.podPreemptionPolicy;
    delete spec?.configSource;
    delete status?.config;
  },
  prepareForUpdate(object, old) {
    object.status = old.status;
    delete object.spec?.podPreemptionPolicy;
    if (!old.spec?.configSource) delete object.spec?.configSource;
  },
  prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
  validate: nodes.validateNode,
  validateUpdate: (now, old) => [...nodes.validateNode(now), ...nodes.validateNodeUpdate(now, old)],
  validateStatusUpdate: nodes.validateNodeUpdate,
  warnings: ({ spec }) => [
    ...(spec?.configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((range, index) => networkWarnings(`spec.podCIDRs[${index}]`, range)),
  ],
  selectableFields: ({ spec }) => ({ 'spec.unschedulable': String(spec?.unschedulable ?? false) }),
});

const namespace = rulesOf<core.Namespace>({
  noGeneration: true,
  default: defaults.defaultNamespace,
  prepareForCreate: namespaces.prepareNamespace,
  prepareForUpdate: namespaces.prepareNamespaceUpdate,
  prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
  validate: namespaces.validateNamespace,
  validateUpdate: namespaces.validateNamespaceUpdate,
  validateStatusUpdate: namespaces.validateNamespaceStatus,
  selectableFields: ({ metadata, status }) => ({ name: metadata?.name ?? '', 'status.phase': status?.phase ?? '' }),
});

/** What the scheduler sends to give a pod its node. */
const binding = rulesOf<core.Binding>({
  noGeneration: true,
  validate({ target }) {
    const findings = new Findings();
    if (target?.kind && target.kind !== 'Node') findings.notSupported('target.kind', target.kind, ['Node', '<empty>']);
    if (!target?.name) findings.required('target.name');
    else findings.invalidEach('target.name', target.name, subdomainName(target.name));
    return findings.list;
  },
});

export const eventRules: KindRules = {
  noGeneration: true, allowCreateOnUpdate: true, validate: validateEvent, validateUpdate: validateEventUpdate, selectableFields: eventSelectableFields,
  default(event: KubernetesObject): void {
    if (event.apiVersion !== 'v1') return;
    event['source'] ??= {};
    event['firstTimestamp'] ??= null;
    event['lastTimestamp'] ??= null;
    event['eventTime'] ??= null;
    event['reportingComponent'] ??= '';
    event['reportingInstance'] ??= '';
  },
};

/** Rules of the core group, by kind. */
export function rules(): Record<string, KindRules> {
  return {
    Pod: podRules, PodTemplate: podTemplate, ReplicationController: replicationController, Service: service, Node: node, Namespace: namespace,
    PersistentVolume: persistentVolume, PersistentVolumeClaim: claim, Event: eventRules, Binding: binding,
    ConfigMap: rulesOf<core.ConfigMap>({ noGeneration: true, validate: config.validateConfigMap, validateUpdate: config.validateConfigMapUpdate }),
    Secret: rulesOf<core.Secret>({
      noGeneration: true, warnings: secretWarnings,
      default(secret) {
        config.mergeStringData(secret);
        defaults.defaultSecret(secret);
      },
      validate: config.validateSecret, validateUpdate: config.validateSecretUpdate,
      selectableFields: ({ type }) => ({ type: type ?? '' }),
    }),
    ServiceAccount: rulesOf<core.ServiceAccount>({
      noGeneration: true, prepareForCreate: keepSecretNames, prepareForUpdate: keepSecretNames,
      validate: (account) => validateServiceAccount(account), validateUpdate: validateServiceAccount, warnings: accountWarnings,
    }),
    Endpoints: rulesOf<core.Endpoints>({
      noGeneration: true, allowCreateOnUpdate: true, default: defaults.defaultEndpoints, validate: (endpoints) => validateEndpoints(endpoints), validateUpdate: validateEndpoints,
      warnings: endpointsWarnings,
    }),
    LimitRange: rulesOf<core.LimitRange>({
      noGeneration: true, allowCreateOnUpdate: true, default: defaults.defaultLimitRange, validate: quota.validateLimitRange,
      // One without a name is called by its identity.
      prepareForCreate({ metadata }) { if (metadata?.uid) metadata.name ||= metadata.uid; },
      validateUpdate(range, old) {
        const findings = new Findings();
        validateMetadataUpdate(findings, range, old);
        return [...findings.list, ...quota.validateLimitRange(range)];
      },
    }),
    ResourceQuota: rulesOf<core.ResourceQuota>({
      noGeneration: true, default: defaults.defaultResourceQuota,
      prepareForCreate(object) { object.status = {}; },
      prepareForUpdate(object, old) { object.status = old.status; },
      prepareForStatusUpdate: (object, old) => statusOnly(asObject(object), asObject(old)),
      validate: quota.validateQuota, validateUpdate: quota.validateQuotaUpdate, validateStatusUpdate: quota.validateQuotaStatus, warnings: (object, old) => (old ? [] : quota.quotaWarnings(object)),
    }),
  };
}
