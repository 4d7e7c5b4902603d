import type { DeviceClass, DeviceTaintRule, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../../../../schema/v1.37/types/resource-v1.ts';
import { formatTime, systemClock } from '../../../base/clock.ts';
import { asGiven } from '../../codec/given-empty.ts';
import type { KindRules } from '../../kind-rules.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, IMMUTABLE, internalValue } from '../common/findings.ts';
import { dnsLabel, dnsSubdomain, extendedResourceName } from '../common/formats.ts';
import { validateFixed } from '../common/immutable.ts';
import { validateTemplateMetadata } from '../common/metadata.ts';
import { asObject } from '../common/rules.ts';
import { simpleKind } from '../common/simple.ts';
import { firstGeneration, nextGeneration, statusOnly } from '../common/strategy.ts';
import { checkConditions } from '../other/policy.ts';
import { validateDriverName } from '../volume/sources.ts';
import { checkAdminAccess, checkAllocatedAdminAccess } from './admin-access.ts';
import { checkClaim, checkConfiguration, checkSelectors, defaultDevices, dropDisabledRequests } from './claim.ts';
import { checkClaimStatus, dropDisabledResults, dropFreedDevices } from './claim-status.ts';
import { checkItems, checkPoolName, checkTaint } from './names.ts';
import { checkSlice, checkSliceUpdate, dropDisabledFields, sliceWarnings } from './slice.ts';

const LIMIT = 32;
const CONDITIONS_LIMIT = 8;

function checkTaintRule(findings: Findings, { spec: { deviceSelector, taint } }: DeviceTaintRule, old: DeviceTaintRule | undefined): void {
  const { driver, pool, device } = deviceSelector ?? {};
  if (driver !== undefined) validateDriverName(findings, 'spec.deviceSelector.driver', driver);
  if (pool !== undefined) checkPoolName(findings, 'spec.deviceSelector.pool', pool);
  if (device !== undefined) findings.invalidEach('spec.deviceSelector.device', device, dnsLabel(device));
  checkTaint(findings, 'spec.taint', taint, old?.spec.taint.effect);
}

const deviceTaintRule = simpleKind<DeviceTaintRule>({
  namespaced: false, conditional: true, generation: ['spec'], status: () => ({}), check: checkTaintRule,
  checkStatus(findings, { status }) {
    const conditions = status?.conditions;
    checkConditions(findings, 'status.conditions', conditions);
    if ((conditions?.length ?? 0) > CONDITIONS_LIMIT) findings.tooMany('status.conditions', conditions?.length ?? 0, CONDITIONS_LIMIT);
  },
  rules: {
    default({ spec }) {
      if (spec?.taint) spec.taint.timeAdded ??= formatTime(systemClock.now());
    },
    prepareForUpdate(rule, old, { now }) {
      rule.status = old.status as NonNullable<DeviceTaintRule['status']>;
      const { taint } = rule.spec;
      if (taint.effect !== old.spec.taint.effect && taint.timeAdded === old.spec.taint.timeAdded) taint.timeAdded = formatTime(now);
      nextGeneration(asObject(rule), asObject(old), ['spec']);
    },
  },
});

const deviceClass = simpleKind<DeviceClass>({
  // Only whole names are looked at.
  namespaced: false, generation: ['spec'], name: (name, prefix) => (prefix ? [] : dnsSubdomain(name, 'bytes')),
  check(findings, { spec }) {
    checkSelectors(findings, 'spec.selectors', spec?.selectors);
    checkItems(findings, 'spec.config', spec?.config, LIMIT, (config, at) => checkConfiguration(findings, at, config));
    if (spec?.extendedResourceName !== undefined) findings.invalidEach('spec.extendedResourceName', spec.extendedResourceName, extendedResourceName(spec.extendedResourceName));
  },
});

const claim = simpleKind<ResourceClaim>({
  namespaced: true, onlyCreate: true, status: () => ({}),
  check(findings, { spec }, _old, context) {
    checkAdminAccess(findings, spec?.devices, context);
    checkClaim(findings, 'spec.devices', spec?.devices);
  },
  checkUpdate: (findings, now, old) => validateFixed(findings, 'spec', now.spec, old.spec),
  checkStatus(findings, now, old, context) {
    checkAllocatedAdminAccess(findings, now.status, old.status, context);
    checkClaimStatus(findings, now, old);
  },
  rules: {
    default: ({ spec }) => defaultDevices(spec?.devices),
    prepareForCreate(object) {
      object.status = {};
      dropDisabledRequests(object.spec?.devices);
    },
    prepareForStatusUpdate(object, old) {
      statusOnly(asObject(object), asObject(old));
      dropDisabledResults(object);
      dropFreedDevices(object, old);
    },
  },
});

const template = simpleKind<ResourceClaimTemplate>({
  namespaced: true,
  check(findings, template, old, context) {
    const { spec } = template;
    if (!old) checkAdminAccess(findings, spec?.spec?.devices, context);
    validateTemplateMetadata(findings, 'spec.metadata', asGiven(template).spec?.metadata);
    checkClaim(findings, 'spec.spec.devices', spec?.spec?.devices);
  },
  checkUpdate(findings, now, old) {
    if (!semanticEqual(now.spec, old.spec)) findings.invalid('spec', internalValue('resource.ResourceClaimTemplateSpec', asGiven(now).spec), IMMUTABLE);
  },
  rules: { default: ({ spec }) => defaultDevices(spec?.spec?.devices), prepareForCreate: ({ spec }) => dropDisabledRequests(spec?.spec?.devices), prepareForUpdate: ({ spec }) => dropDisabledRequests(spec?.spec?.devices) },
});

const slice = simpleKind<ResourceSlice>({
  namespaced: false, generation: ['spec'], check: checkSlice, checkUpdate: checkSliceUpdate,
  rules: {
    default({ spec }) {
      for (const device of spec?.devices ?? []) for (const taint of device.taints ?? []) taint.timeAdded ??= formatTime(systemClock.now());
    },
    prepareForCreate(object) {
      firstGeneration(asObject(object));
      dropDisabledFields(object);
    },
    // What it is compared with has no fields of features that are off.
    prepareForUpdate(object, old) {
      nextGeneration(asObject(object), asObject(old), ['spec']);
      dropDisabledFields(object);
    },
    warnings: sliceWarnings,
    selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '', 'spec.pool.name': spec?.pool?.name ?? '' }),
  },
});

/** Rules of the group resource.k8s.io, by kind. */
export function resourceRules(): Record<string, KindRules> {
  return { DeviceClass: deviceClass, DeviceTaintRule: deviceTaintRule, ResourceClaim: claim, ResourceClaimTemplate: template, ResourceSlice: slice };
}
