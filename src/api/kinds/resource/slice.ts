/** What a driver publishes: devices of a pool, and the counters that they share. */
import type { CounterSet, Device, DeviceAttribute, DeviceCounterConsumption, ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../../../schema/v1.37/types/resource-v1.ts';
import { asGiven } from '../../codec/given-empty.ts';
import { semanticEqual } from '../common/equality.ts';
import { type Findings, internalValue } from '../common/findings.ts';
import { dnsLabel, subdomainName } from '../common/formats.ts';
import { validateImmutable } from '../common/immutable.ts';
import { validateNodeSelector } from '../pod/validate-scheduling.ts';
import { validateDriverName } from '../volume/sources.ts';
import { checkCapacity } from './capacity.ts';
import { checkBindingConditions, checkEntries, checkItems, checkPoolName, checkQualifiedName, checkTaint, checkUnique, pathKey, typed } from './names.ts';

const DEVICES_LIMIT = 128;
/** With taints, counters or lists, which make devices larger. */
const LARGE_DEVICES_LIMIT = 64;
const COUNTER_SETS_LIMIT = 8;
const COUNTERS_LIMIT = 32;
const TAINTS_LIMIT = 16;
const PROPERTIES_LIMIT = 32;
const NAME_LIMIT = 63 + 1 + 32;
const TEXT_LIMIT = 64;
const LISTS = ['bools', 'ints', 'strings', 'versions'] as const;
const SEMANTIC_VERSION = /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/** Fields of alpha features, which are off. */
export function dropDisabledFields({ spec }: ResourceSlice): void {
  if (!spec) return;
  delete spec.partitionTypeAttribute;
  delete spec.skipNodeOperations;
  for (const device of spec.devices ?? []) {
    delete device.nodeAllocatableResources;
    for (const attribute of Object.values(device.attributes ?? {})) for (const list of LISTS) delete attribute[list];
    for (const consumption of device.consumesCounters ?? []) delete consumption.compatibilityGroups;
  }
}

function checkCounters(findings: Findings, at: string, counters: CounterSet['counters'] | undefined): void {
  if (!counters || Object.keys(counters).length === 0) return findings.required(at);
  checkEntries(findings, at, counters, COUNTERS_LIMIT, () => {});
  for (const name of Object.keys(counters)) findings.invalidEach(at, name, dnsLabel(name, 'bytes'));
}

function checkCounterName(findings: Findings, at: string, name: string | undefined): void {
  if (!name) findings.required(at);
  else findings.invalidEach(at, name, dnsLabel(name, 'bytes'));
}

function checkAttribute(findings: Findings, at: string, attribute: DeviceAttribute): void {
  const { string, version } = attribute;
  if (string !== undefined && Buffer.byteLength(string) > TEXT_LIMIT) findings.tooLong(`${at}.string`, TEXT_LIMIT);
  if (version !== undefined) {
    if (!SEMANTIC_VERSION.test(version)) findings.invalid(`${at}.version`, version, 'must be a string compatible with semver.org spec 2.0.0');
    if (Buffer.byteLength(version) > TEXT_LIMIT) findings.tooLong(`${at}.version`, TEXT_LIMIT);
  }
  const set = (['int', 'bool', 'string', 'version'] as const).filter((field) => attribute[field] !== undefined);
  const all = '`int`, `bool`, `string`, `version`, `ints`, `bools`, `strings`, `versions`';
  if (set.length === 0) findings.invalid(at, '', `must specify one of: ${all}`);
  else if (set.length > 1) findings.invalid(at, `{${set.join(', ')}}`, `must specify exactly one of: ${all}`);
}

function checkConsumption(findings: Findings, at: string, { counterSet, counters }: DeviceCounterConsumption): void {
  checkCounterName(findings, `${at}.counterSet`, counterSet);
  checkCounters(findings, `${at}.counters`, counters);
}

type Placed = Pick<ResourceSliceSpec, 'nodeName' | 'nodeSelector' | 'allNodes' | 'perDeviceNodeSelection'>;
const MUST_BE_TRUE = 'must be either unset or set to true';

/** The fields that say on which nodes something is, as messages name them. */
function checkPlaces(findings: Findings, at: string, { nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: Placed, empty: string): string[] {
  const set: string[] = [];
  if (nodeName) findings.invalidEach(`${at}.nodeName`, nodeName, subdomainName(nodeName));
  else if (nodeName === '') findings.invalid(`${at}.nodeName`, '', empty);
  if (nodeName) set.push('`nodeName`');
  if (nodeSelector) {
    set.push('`nodeSelector`');
    validateNodeSelector(findings, `${at}.nodeSelector`, nodeSelector, false);
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value) set.push(`\`${field}\``);
    else if (value === false) findings.invalid(`${at}.${field}`, false, MUST_BE_TRUE);
  }
  return set;
}

function checkDevicePlace(findings: Findings, at: string, device: Device, each: boolean): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!each) {
    if (nodeName !== undefined || nodeSelector || allNodes !== undefined) findings.invalid(at, null, '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec');
    return;
  }
  const wanted = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  const set = checkPlaces(findings, at, { nodeName, nodeSelector, allNodes } as Placed, 'must not be empty');
  if (set.length === 0) findings.required(at, wanted);
  else if (set.length > 1) findings.invalid(at, `{${set.join(', ')}}`, wanted);
}

function checkDevice(findings: Findings, at: string, device: Device, old: Device | undefined, each: boolean): void {
  const { name = '', attributes, capacity, taints, consumesCounters } = device;
  findings.invalidEach(`${at}.name`, name, dnsLabel(name));
  const properties = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length;
  if (properties > PROPERTIES_LIMIT) findings.invalid(at, properties, `the total number of attributes and capacities must not exceed ${PROPERTIES_LIMIT}`);
  checkEntries(findings, `${at}.attributes`, attributes, Infinity, (key, attribute) => {
    checkQualifiedName(findings, `${at}.attributes`, key);
    checkAttribute(findings, pathKey(`${at}.attributes`, key, NAME_LIMIT), attribute);
  });
  if (!semanticEqual(capacity, old?.capacity, 'capacity')) {
    checkEntries(findings, `${at}.capacity`, capacity, Infinity, (key, entry) => {
      checkQualifiedName(findings, `${at}.capacity`, key);
      checkCapacity(findings, pathKey(`${at}.capacity`, key, NAME_LIMIT), entry, device.allowMultipleAllocations === true);
    });
  }
  if (!semanticEqual(taints, old?.taints)) checkItems(findings, `${at}.taints`, taints, TAINTS_LIMIT, (taint, place) => checkTaint(findings, place, taint));
  checkItems(findings, `${at}.consumesCounters`, consumesCounters, 2, (consumption, place) => checkConsumption(findings, place, consumption));
  if ((consumesCounters?.length ?? 0) <= 2) checkUnique(findings, `${at}.consumesCounters`, consumesCounters, ({ counterSet }) => counterSet ?? '', typed('DeviceCounterConsumption'));
  checkDevicePlace(findings, at, device, each);
  checkBindingConditions(findings, at, device.bindingConditions, device.bindingFailureConditions);
}

function checkPool(findings: Findings, { name, resourceSliceCount = 0, generation = 0 }: Partial<ResourcePool>): void {
  checkPoolName(findings, 'spec.pool.name', name);
  findings.positive('spec.pool.resourceSliceCount', resourceSliceCount);
  if (generation < 0) findings.invalid('spec.pool.generation', generation, 'must be greater than or equal to zero');
}

function checkPlace(findings: Findings, spec: ResourceSliceSpec): void {
  const wanted = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  const set = checkPlaces(findings, 'spec', spec, 'must be either unset or set to a non-empty string');
  const terms = spec.nodeSelector?.nodeSelectorTerms;
  if (spec.nodeSelector && terms?.length !== 1) findings.invalid('spec.nodeSelector.nodeSelectorTerms', internalValue('[]core.NodeSelectorTerm', terms), 'must have exactly one node selector term');
  if (set.length === 0) findings.required('spec', wanted);
  else if (set.length > 1) findings.invalid('spec', `{${set.join(', ')}}`, `${wanted}, but multiple fields are set`);
}

export function checkSlice(findings: Findings, slice: ResourceSlice, old: ResourceSlice | undefined): void {
  const { spec } = slice;
  validateDriverName(findings, 'spec.driver', spec.driver);
  checkPool(findings, spec.pool ?? {});
  checkPlace(findings, spec);
  const { devices, sharedCounters } = spec;
  const given = asGiven(slice).spec;
  if (given.sharedCounters && given.devices) findings.invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed');
  const limit = devices?.some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length) ? LARGE_DEVICES_LIMIT : DEVICES_LIMIT;
  checkItems(findings, 'spec.devices', devices, limit, (device, at) => checkDevice(findings, at, device, old?.spec?.devices?.find(({ name }) => name === device.name), spec.perDeviceNodeSelection === true));
  if ((devices?.length ?? 0) <= limit) checkUnique(findings, 'spec.devices', devices, ({ name }) => name ?? '', ({ name }) => name ?? '');
  checkItems(findings, 'spec.sharedCounters', sharedCounters, COUNTER_SETS_LIMIT, ({ name, counters }, at) => {
    checkCounterName(findings, `${at}.name`, name);
    checkCounters(findings, `${at}.counters`, counters);
  });
  if ((sharedCounters?.length ?? 0) <= COUNTER_SETS_LIMIT) checkUnique(findings, 'spec.sharedCounters', sharedCounters, ({ name }) => name ?? '', typed('CounterSet'));
}

export function checkSliceUpdate(findings: Findings, { spec: now }: ResourceSlice, { spec: before }: ResourceSlice): void {
  validateImmutable(findings, 'spec.pool.name', now.pool?.name ?? '', before.pool?.name);
  validateImmutable(findings, 'spec.driver', now.driver ?? '', before.driver);
  // Absent and empty are two values here.
  if (now.nodeName !== before.nodeName) findings.invalid('spec.nodeName', now.nodeName ?? null, 'field is immutable');
}

/** Drivers of this name work, but not everywhere. */
export function sliceWarnings({ spec }: ResourceSlice): string[] {
  const driver = spec?.driver ?? '';
  return driver === driver.toLowerCase() ? [] : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}
