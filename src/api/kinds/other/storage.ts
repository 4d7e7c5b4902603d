import { isDeepStrictEqual } from 'node:util';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass, VolumeError } from '../../../../schema/v1.37/types/storage-v1.ts';
import type { TopologySelectorTerm } from '../../../../schema/v1.37/types/core-v1.ts';
import type { KindRules } from '../../kind-rules.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, IMMUTABLE, internalValue, selectorValue, NOT_NEGATIVE, rangeMessage } from '../common/findings.ts';
import { qualifiedName, subdomainName } from '../common/formats.ts';
import { validateFixed, validateImmutable } from '../common/immutable.ts';
import { validateLabelKey } from '../common/metadata.ts';
import { nodeLabelAdvice, nodeSelectorWarnings } from '../common/node-label-warnings.ts';
import { isNegative } from '../common/quantities.ts';
import { validateLabelSelector } from '../common/selectors.ts';
import { asObject } from '../common/rules.ts';
import { statusOnly } from '../common/strategy.ts';
import { simpleKind } from '../common/simple.ts';
import { validateVolumeSpec } from '../core/volume-spec.ts';
import { checkDriverReference } from '../resource/names.ts';
import { validateDriverName } from '../volume/sources.ts';

function checkProvisioner(findings: Findings, at: string, name: string | undefined): void {
  if (!name) findings.required(at);
  else findings.invalidEach(at, name.toLowerCase(), qualifiedName(name.toLowerCase()));
}

function checkParameters(findings: Findings, parameters: Record<string, string> | undefined, mayBeEmpty: boolean): void {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > 512) findings.tooLong('parameters', 512);
  let size = 0;
  for (const [key, value] of entries) {
    if (!key) findings.invalid('parameters', key, 'field can not be empty.');
    size += key.length + Buffer.byteLength(value);
  }
  if (size > 256 * 1024) findings.tooLong('parameters', 256 * 1024);
  if (!mayBeEmpty && entries.length === 0) findings.required('parameters', 'must contain at least one key/value pair');
}

function checkTopologies(findings: Findings, terms: TopologySelectorTerm[] | undefined): void {
  // As if there were as many terms with nothing in them before the first.
  const seen = terms?.map(() => '[]') ?? [];
  terms?.forEach((term, index) => {
    const at = `allowedTopologies[${index}]`;
    const keys = new Map<string, string[]>();
    term.matchLabelExpressions?.forEach(({ key = '', values: given }, position) => {
      const values = given ?? [];
      const path = `${at}.matchLabelExpressions[${position}]`;
      if (values.length === 0) findings.required(`${path}.values`);
      values.forEach((value, place) => { if (values.indexOf(value) < place) findings.duplicate(`${path}.values[${place}]`, value); });
      validateLabelKey(findings, `${path}.key`, key);
      if (keys.has(key)) findings.duplicate(`${path}.key`, key);
      keys.set(key, [...new Set(values)].sort());
    });
    const form = JSON.stringify([...keys].sort());
    for (const other of seen) if (other === form) findings.duplicate(`${at}.matchLabelExpressions`, '');
    seen.push(form);
  });
}

const storageClass = simpleKind<StorageClass>({
  namespaced: false,
  check(findings, object) {
    checkProvisioner(findings, 'provisioner', object.provisioner);
    checkParameters(findings, object.parameters, true);
    if (object.reclaimPolicy) findings.oneOf('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']);
    findings.requiredOneOf('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']);
    checkTopologies(findings, object.allowedTopologies);
  },
  checkUpdate(findings, now, old) {
    for (const field of ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'] as const) validateFixed(findings, field, now[field], old[field]);
    // None and none at all are not the same here.
    if (old.parameters === undefined && now.parameters === undefined && asGiven(now).parameters !== undefined) findings.invalid('parameters', null, IMMUTABLE);
  },
  rules: {
    default(object) {
      object.reclaimPolicy ??= 'Delete';
      object.volumeBindingMode ??= 'Immediate';
    },
    warnings: ({ allowedTopologies }) => (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, index) => (matchLabelExpressions ?? []).flatMap(({ key }, place) => {
      const advice = nodeLabelAdvice(key);
      return advice ? [`allowedTopologies[${index}].matchLabelExpressions[${place}].key: ${advice}`] : [];
    })),
  },
});

const TOKENS_IN_SECRETS = 'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes';

const csiDriver = simpleKind<CSIDriver>({
  namespaced: false, conditional: true,
  check(findings, { spec }) {
    if (spec.fsGroupPolicy != null) findings.oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']);
    spec.tokenRequests?.forEach(({ audience, expirationSeconds: seconds }, index) => {
      const at = `spec.tokenRequests[${index}]`;
      if (spec.tokenRequests!.findIndex((other) => other.audience === audience) < index) return findings.duplicate(`${at}.audience`, audience);
      if (seconds != null && seconds < 600) findings.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes');
      if (seconds != null && seconds > 2 ** 32) findings.invalid(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds');
    });
    for (const mode of spec.volumeLifecycleModes ?? []) findings.oneOf('spec.volumeLifecycleModes', mode, ['Persistent', 'Ephemeral']);
    const period = spec.nodeAllocatableUpdatePeriodSeconds;
    if (period != null && period < 10) findings.invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds');
    const inSecrets = spec.serviceAccountTokenInSecrets;
    if (inSecrets != null && !spec.tokenRequests?.length) findings.invalid('spec.serviceAccountTokenInSecrets', inSecrets, 'serviceAccountTokenInSecrets is set but no tokenRequests are specified');
  },
  checkUpdate(findings, now, old) {
    validateImmutable(findings, 'spec.attachedRequired', now.spec.attachRequired, old.spec.attachRequired);
    validateImmutable(findings, 'spec.volumeLifecycleModes', now.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes);
  },
  rules: {
    default(object) {
      const spec = (object.spec ??= {});
      spec.attachRequired ??= true;
      spec.podInfoOnMount ??= false;
      spec.storageCapacity ??= false;
      spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
      if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
      spec.requiresRepublish ??= false;
      spec.seLinuxMount ??= false;
      spec.preventPodSchedulingIfMissing ??= false;
    },
    warnings({ spec }, old) {
      const isNew = !semanticEqual(spec.tokenRequests, old?.spec.tokenRequests);
      return isNew && spec.tokenRequests?.length && spec.serviceAccountTokenInSecrets == null ? [TOKENS_IN_SECRETS] : [];
    },
    // It is counted from the first change on.
    prepareForUpdate(object, old) {
      if (!semanticEqual(object.spec, old.spec)) (object.metadata ??= {}).generation = (old.metadata?.generation ?? 0) + 1;
    },
  },
});

const csiNode = simpleKind<CSINode>({
  namespaced: false, conditional: true,
  check(findings, { spec }) {
    const names = new Set<string>();
    spec.drivers?.forEach(({ name, nodeID, allocatable, topologyKeys }, index) => {
      const at = `spec.drivers[${index}]`;
      validateDriverName(findings, `${at}.name`, name);
      if (!nodeID) findings.required(`${at}.nodeID`);
      if ((nodeID?.length ?? 0) > 256) findings.invalid(`${at}.nodeID`, nodeID, 'must be 256 characters or less');
      findings.notNegative(`${at}.allocatable.count`, allocatable?.count);
      if (names.has(name)) findings.duplicate(`${at}.name`, name);
      names.add(name);
      topologyKeys?.forEach((key, position) => {
        if (!key) findings.required(at);
        if (topologyKeys.indexOf(key) < position) findings.duplicate(at, key);
        findings.invalidEach(at, key, qualifiedName(key));
      });
    });
  },
  status: () => ({}),
  rules: {
    default({ spec }) { for (const driver of spec?.drivers ?? []) driver.topologyKeys ??= null as unknown as string[]; },
    // The health of storage is an alpha feature that is off.
    prepareForStatusUpdate(node, old) {
      statusOnly(asObject(node), asObject(old));
      delete node.status?.storageHealth;
    },
  },
  checkUpdate(findings, now, old) {
    for (const before of old.spec.drivers ?? []) {
      for (const driver of now.spec.drivers?.filter(({ name }) => name === before.name) ?? []) if (!semanticEqual({ ...driver, allocatable: undefined }, { ...before, allocatable: undefined })) findings.invalid('spec.drivers', internalValue('storage.CSINodeDriver', { ...driver, allocatable: undefined }), IMMUTABLE);
    }
  },
});

function checkError(findings: Findings, at: string, error: VolumeError | undefined): void {
  if ((error?.message?.length ?? 0) > 1024) findings.tooLong(`${at}.message`, 1024);
  if ((error?.errorCode ?? 0) < 0) findings.invalid(`${at}.errorCode`, error?.errorCode, rangeMessage(0, 2147483647));
}

const METADATA_LIMIT = 256 * 1024;

const volumeAttachment = simpleKind<VolumeAttachment>({
  namespaced: false, conditional: true, status: () => ({ attached: false }),
  check(findings, { spec, status }, old) {
    (old ? validateDriverName : checkDriverReference)(findings, 'spec.attacher', spec.attacher);
    const { inlineVolumeSpec, persistentVolumeName: name } = spec.source ?? {};
    if (!inlineVolumeSpec && name == null) findings.required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
    else if (inlineVolumeSpec && name != null) findings.forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName');
    else if (name === '') findings.required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName');
    else if (inlineVolumeSpec) validateVolumeSpec(findings, 'spec.source.inlineVolumeSpec', inlineVolumeSpec, undefined);
    findings.invalidEach('spec.nodeName', spec.nodeName ?? '', subdomainName(spec.nodeName ?? ''));
    const size = Object.entries(status?.attachmentMetadata ?? {}).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
    if (size > METADATA_LIMIT) findings.tooLong('status.attachmentMetadata', METADATA_LIMIT);
    checkError(findings, 'status.attachError', status?.attachError);
    checkError(findings, 'status.detachError', status?.detachError);
    if (name != null) findings.invalidEach('spec.source.persistentVolumeName', name, subdomainName(name));
  },
  checkUpdate: (findings, now, old) => validateFixed(findings, 'spec', now.spec, old.spec),
});

const storageCapacity = simpleKind<CSIStorageCapacity>({
  namespaced: true, conditional: true,
  check(findings, object) {
    validateLabelSelector(findings, 'nodeTopology', object.nodeTopology);
    findings.invalidEach('storageClassName', object.storageClassName ?? '', subdomainName(object.storageClassName ?? ''));
    if (object.capacity != null && isNegative(object.capacity)) findings.invalid('capacity', String(object.capacity), NOT_NEGATIVE);
  },
  checkUpdate(findings, now, old) {
    if (!semanticEqual(now.nodeTopology, old.nodeTopology)) findings.invalid('nodeTopology', selectorValue(now.nodeTopology), IMMUTABLE);
    validateImmutable(findings, 'storageClassName', now.storageClassName, old.storageClassName);
  },
  rules: { warnings: ({ nodeTopology }) => nodeSelectorWarnings('nodeTopology', nodeTopology) },
});

const attributesClass = simpleKind<VolumeAttributesClass>({
  namespaced: false,
  check(findings, object) {
    checkProvisioner(findings, 'driverName', object.driverName);
    checkParameters(findings, object.parameters, false);
  },
  checkUpdate(findings, now, old) {
    if (now.driverName !== old.driverName) findings.forbidden('driverName', 'updates to driverName are forbidden.');
    if (!isDeepStrictEqual(now.parameters ?? {}, old.parameters ?? {})) findings.forbidden('parameters', 'updates to parameters are forbidden.');
  },
});

/** Rules of the group storage.k8s.io, by kind. */
export function storageRules(): Record<string, KindRules> {
  return { StorageClass: storageClass, CSIDriver: csiDriver, CSINode: csiNode, VolumeAttachment: volumeAttachment, CSIStorageCapacity: storageCapacity, VolumeAttributesClass: attributesClass };
}
