/** What a claim asks for. */
import type { DeviceClaim, DeviceClaimConfiguration, DeviceConstraint, DeviceRequest, DeviceSelector, DeviceSubRequest, DeviceToleration, ExactDeviceRequest, OpaqueDeviceConfiguration } from '../../../../schema/v1.37/types/resource-v1.ts';
import type { Findings } from '../common/findings.ts';
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from '../common/formats.ts';
import { checkDriverReference, checkFullName, checkItems, checkOpaqueObject, checkUnique, EFFECTS, typed } from './names.ts';

const LIMIT = 32;
const ALTERNATIVES_LIMIT = 8;
const PARAMETERS_LIMIT = 10 * 1024;

/** The names of a claim's requests, each with those of its alternatives. */
export type RequestNames = Map<string, Set<string>>;

export function requestNamesOf(devices: DeviceClaim | undefined): RequestNames {
  return new Map(devices?.requests?.map(({ name, firstAvailable }) => [name ?? '', new Set(firstAvailable?.map((each) => each.name))]));
}

export function defaultDevices(devices: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable = [] } of devices?.requests ?? []) {
    for (const wanted of [exactly, ...firstAvailable]) {
      if (!wanted) continue;
      wanted.allocationMode ||= 'ExactCount';
      if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1;
    }
  }
}

/** Attributes that are derived: an alpha feature that is off. */
export function dropDisabledRequests(devices: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable = [] } of devices?.requests ?? []) for (const wanted of [exactly, ...firstAvailable]) delete wanted?.derivedAttributes;
}

function checkTolerationForm(findings: Findings, at: string, { key, operator, effect }: DeviceToleration): void {
  if (key) findings.invalidEach(`${at}.key`, key, qualifiedName(key));
  if (operator) findings.oneOf(`${at}.operator`, operator, ['Equal', 'Exists']);
  if (effect) findings.oneOf(`${at}.effect`, effect, EFFECTS);
}

function checkTolerationValue(findings: Findings, at: string, { operator, value = '' }: DeviceToleration): void {
  if (!operator) findings.required(`${at}.operator`);
  else if (operator === 'Exists' && value) findings.invalid(`${at}.value`, value, 'must be empty for operator `Exists`');
  else if (operator === 'Equal') findings.invalidEach(`${at}.value`, value, labelValue(value));
}

export function checkTolerations(findings: Findings, at: string, tolerations: DeviceToleration[] | undefined): void {
  tolerations?.forEach((toleration, index) => {
    checkTolerationForm(findings, `${at}.tolerations[${index}]`, toleration);
    checkTolerationValue(findings, `${at}.tolerations[${index}]`, toleration);
  });
}

/** Whether expressions compile is seen where they can be compiled. */
export function checkSelectors(findings: Findings, at: string, selectors: DeviceSelector[] | undefined): void {
  checkItems(findings, at, selectors, LIMIT, ({ cel }, place) => { if (!cel) findings.required(`${place}.cel`); });
}

type Wanted = ExactDeviceRequest | DeviceSubRequest;
const atMost = (items: readonly unknown[] | undefined, limit: number): boolean => (items?.length ?? 0) <= limit;

/** Its form, which is told also of what may not be there. */
function checkForm(findings: Findings, at: string, { selectors, allocationMode = '', tolerations }: Wanted): void {
  if (!atMost(selectors, LIMIT)) findings.tooMany(`${at}.selectors`, selectors?.length ?? 0, LIMIT);
  findings.oneOf(`${at}.allocationMode`, allocationMode, ['All', 'ExactCount']);
  tolerations?.forEach((toleration, index) => checkTolerationForm(findings, `${at}.tolerations[${index}]`, toleration));
}

function checkClassName(findings: Findings, at: string, { deviceClassName: name }: Wanted, unit?: 'bytes'): void {
  if (!name) findings.required(`${at}.deviceClassName`);
  else findings.invalidEach(`${at}.deviceClassName`, name, dnsSubdomain(name, unit));
}

function checkMeaning(findings: Findings, at: string, { selectors, allocationMode, count = 0, tolerations }: Wanted): void {
  if (atMost(selectors, LIMIT)) checkSelectors(findings, `${at}.selectors`, selectors);
  if (allocationMode === 'All' && count !== 0) findings.invalid(`${at}.count`, count, "must not be specified when allocationMode is 'All'");
  else if (allocationMode === 'ExactCount') findings.positive(`${at}.count`, count);
  tolerations?.forEach((toleration, index) => checkTolerationValue(findings, `${at}.tolerations[${index}]`, toleration));
}

function checkRequest(findings: Findings, at: string, { name = '', exactly, firstAvailable }: DeviceRequest): void {
  findings.invalidEach(`${at}.name`, name, dnsLabel(name));
  if (exactly) checkForm(findings, `${at}.exactly`, exactly);
  checkItems(findings, `${at}.firstAvailable`, firstAvailable, ALTERNATIVES_LIMIT, (each, place) => {
    checkClassName(findings, place, each, 'bytes');
    checkForm(findings, place, each);
  });
  if (!atMost(firstAvailable, ALTERNATIVES_LIMIT)) return;
  checkUnique(findings, `${at}.firstAvailable`, firstAvailable, (each) => each.name ?? '', typed('DeviceSubRequest'));
  const several = (firstAvailable?.length ?? 0) > 0;
  if (!exactly && !several) return findings.required(at, 'exactly one of `exactly` or `firstAvailable` is required');
  if (exactly && several) return findings.invalid(at, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set');
  if (exactly) {
    checkClassName(findings, `${at}.exactly`, exactly);
    return checkMeaning(findings, `${at}.exactly`, exactly);
  }
  firstAvailable?.forEach((each, index) => {
    findings.invalidEach(`${at}.firstAvailable[${index}].name`, each.name ?? '', dnsLabel(each.name ?? ''));
    checkMeaning(findings, `${at}.firstAvailable[${index}]`, each);
  });
}

const NO_REQUEST = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** `request` or `request/alternative`. */
export function checkRequestName(findings: Findings, at: string, reference: string, names: RequestNames): void {
  const [request = '', alternative, ...more] = reference.split('/');
  if (more.length > 0) return findings.invalid(at, reference, NO_REQUEST);
  for (const part of alternative === undefined ? [request] : [request, alternative]) findings.invalidEach(at, part, dnsLabel(part));
  const alternatives = names.get(request);
  if (!alternatives || (alternative !== undefined && !alternatives.has(alternative))) findings.invalid(at, reference, NO_REQUEST);
}

export function checkRequestNames(findings: Findings, at: string, requests: string[] | undefined, names: RequestNames): void {
  checkItems(findings, at, requests, LIMIT, (name, place) => checkRequestName(findings, place, name, names));
  if (atMost(requests, LIMIT)) checkUnique(findings, at, requests, (name) => name);
}

function checkConstraint(findings: Findings, at: string, { requests, matchAttribute, distinctAttribute }: DeviceConstraint, names: RequestNames): void {
  checkRequestNames(findings, `${at}.requests`, requests, names);
  if (matchAttribute !== undefined) checkFullName(findings, `${at}.matchAttribute`, matchAttribute);
  if (distinctAttribute !== undefined) checkFullName(findings, `${at}.distinctAttribute`, distinctAttribute);
  if (matchAttribute === undefined && distinctAttribute === undefined) findings.required(at, 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set');
}

export function checkConfiguration(findings: Findings, at: string, { opaque }: { opaque?: OpaqueDeviceConfiguration }): void {
  if (!opaque) return findings.required(`${at}.opaque`);
  checkDriverReference(findings, `${at}.opaque.driver`, opaque.driver);
  checkOpaqueObject(findings, `${at}.opaque.parameters`, opaque.parameters, PARAMETERS_LIMIT);
}

export function checkClaim(findings: Findings, at: string, devices: DeviceClaim | undefined): void {
  const names = requestNamesOf(devices);
  const requests = devices?.requests;
  checkItems(findings, `${at}.requests`, requests, LIMIT, (request, place) => checkRequest(findings, place, request));
  if (atMost(requests, LIMIT)) checkUnique(findings, `${at}.requests`, requests, ({ name }) => name ?? '', typed('DeviceRequest'));
  checkItems(findings, `${at}.constraints`, devices?.constraints, LIMIT, (constraint, place) => checkConstraint(findings, place, constraint, names));
  checkItems(findings, `${at}.config`, devices?.config, LIMIT, (config: DeviceClaimConfiguration, place) => {
    checkRequestNames(findings, `${place}.requests`, config.requests, names);
    checkConfiguration(findings, place, config);
  });
}
