import type { DeviceClaim, DeviceClass, DeviceTaintRule, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../../../../schema/v1.37/types/resource-v1.ts';
import { formatTime, systemClock } from '../../../base/clock.ts';
import type { KindRules } from '../../kind-rules.ts';
import type { Findings } from '../common/findings.ts';
import { dnsLabel, labelValue, qualifiedName, subdomainName } from '../common/formats.ts';
import { validateImmutable } from '../common/immutable.ts';
import { asObject } from '../common/rules.ts';
import { simpleKind } from '../common/simple.ts';
import { nextGeneration } from '../common/strategy.ts';
import { checkConditions } from './policy.ts';

function defaultDevices(devices: DeviceClaim | undefined): void {
  for (const request of devices?.requests ?? []) {
    for (const wanted of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (!wanted) continue;
      wanted.allocationMode ||= 'ExactCount';
      if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1;
    }
  }
}

function checkDevices(findings: Findings, at: string, devices: DeviceClaim | undefined): void {
  const names = new Set<string>();
  devices?.requests?.forEach((request, index) => {
    const path = `${at}.requests[${index}]`;
    if (!request.name) findings.required(`${path}.name`);
    else findings.invalidEach(`${path}.name`, request.name, dnsLabel(request.name));
    if (names.has(request.name)) findings.duplicate(path, request.name);
    names.add(request.name);
    if (!request.exactly && !request.firstAvailable?.length) findings.required(path, 'exactly one of `exactly` or `firstAvailable` is required');
    if (request.exactly && request.firstAvailable?.length) findings.invalid(path, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set');
    const exactly = request.exactly;
    if (!exactly) return;
    if (!exactly.deviceClassName) findings.required(`${path}.exactly.deviceClassName`);
    else findings.invalidEach(`${path}.exactly.deviceClassName`, exactly.deviceClassName, subdomainName(exactly.deviceClassName));
    if (exactly.allocationMode === 'ExactCount') {
      if ((exactly.count ?? 0) <= 0) findings.invalid(`${path}.exactly.count`, exactly.count ?? 0, 'must be greater than zero');
    } else if (exactly.allocationMode !== 'All') findings.notSupported(`${path}.exactly.allocationMode`, exactly.allocationMode ?? '', ['All', 'ExactCount']);
    else if (exactly.count) findings.invalid(`${path}.exactly.count`, exactly.count, "must not be specified when allocationMode is 'All'");
  });
}

function checkTaint(findings: Findings, { spec: { taint } }: DeviceTaintRule, old: DeviceTaintRule | undefined): void {
  findings.invalidEach('spec.taint.key', taint.key, qualifiedName(taint.key));
  if (taint.value) findings.invalidEach('spec.taint.value', taint.value, labelValue(taint.value));
  if (old?.spec.taint.effect === taint.effect) return;
  if (!taint.effect) findings.required('spec.taint.effect');
  else findings.oneOf('spec.taint.effect', taint.effect, ['NoExecute', 'NoSchedule', 'None']);
}

const deviceTaintRule = simpleKind<DeviceTaintRule>({
  namespaced: false, conditional: true, generation: ['spec'], status: () => ({}), check: checkTaint, checkStatus: (findings, { status }) => checkConditions(findings, 'status.conditions', status?.conditions),
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

/** Rules of the group resource.k8s.io, by kind: the outer form; what drivers publish is trusted. */
export function resourceRules(): Record<string, KindRules> {
  return {
    DeviceClass: simpleKind<DeviceClass>({ namespaced: false, generation: ['spec'] }),
    DeviceTaintRule: deviceTaintRule,
    ResourceClaim: simpleKind<ResourceClaim>({
      namespaced: true, status: () => ({}), check: (findings, { spec }) => checkDevices(findings, 'spec.devices', spec?.devices),
      checkUpdate: (findings, now, old) => validateImmutable(findings, 'spec', now.spec, old.spec),
      rules: { default: ({ spec }) => defaultDevices(spec?.devices) },
    }),
    ResourceClaimTemplate: simpleKind<ResourceClaimTemplate>({
      namespaced: true, check: (findings, { spec }) => checkDevices(findings, 'spec.spec.devices', spec?.spec?.devices),
      checkUpdate: (findings, now, old) => validateImmutable(findings, 'spec', now.spec, old.spec),
      rules: { default: ({ spec }) => defaultDevices(spec?.spec?.devices) },
    }),
    ResourceSlice: simpleKind<ResourceSlice>({
      namespaced: false, generation: ['spec'],
      check(findings, { spec }) {
        if (!spec?.driver) findings.required('spec.driver');
        if (!spec?.pool?.name) findings.required('spec.pool.name');
      },
      rules: { selectableFields: ({ spec }) => ({ 'spec.nodeName': spec?.nodeName ?? '', 'spec.driver': spec?.driver ?? '' }) },
    }),
  };
}
