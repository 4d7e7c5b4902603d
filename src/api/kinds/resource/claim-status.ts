/** What was allocated to a claim, who uses it, and what drivers say of its devices. */
import type { AllocatedDeviceStatus, AllocationResult, DeviceAllocationConfiguration, DeviceRequestAllocationResult, NetworkDeviceData, ResourceClaim } from '../../../../schema/v1.37/types/resource-v1.ts';
import { semanticEqual } from '../common/equality.ts';
import { Verbatim, type Findings } from '../common/findings.ts';
import { dnsLabel, interfaceAddress } from '../common/formats.ts';
import { checkConditions } from '../other/policy.ts';
import { validateNodeSelector } from '../pod/validate-scheduling.ts';
import { validateDriverName } from '../volume/sources.ts';
import { checkConfiguration, checkRequestName, checkRequestNames, checkTolerations, requestNamesOf, type RequestNames } from './claim.ts';
import { checkAllocatedPool, checkBindingConditions, checkDriverReference, checkItems, checkOpaqueObject, checkPoolName, checkUnique, typed } from './names.ts';

const USERS_LIMIT = 256;
const RESULTS_LIMIT = 32;
const CONFIG_LIMIT = 64;
const CONDITIONS_LIMIT = 8;
const DATA_LIMIT = 10 * 1024;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Device = Pick<DeviceRequestAllocationResult, 'driver' | 'pool' | 'device' | 'shareID'>;
const keyOf = ({ driver, pool, device, shareID = '' }: Device): string => [driver, pool, device, shareID].join(' ');
const nameOf = ({ driver, pool, device, shareID }: Device): string => [driver, pool, device, ...shareID ? [shareID] : []].join('/');

/** What is no longer allocated has no status. */
export function dropFreedDevices({ status }: ResourceClaim, { status: before }: ResourceClaim): void {
  if (!status?.devices) return;
  const kept = new Set(status.allocation?.devices?.results?.map(keyOf));
  const freed = new Set(before?.allocation?.devices?.results?.map(keyOf).filter((key) => !kept.has(key)));
  status.devices = status.devices.filter((device) => !freed.has(keyOf(device)));
  if (status.devices.length === 0) delete status.devices;
}

/** An alpha feature that is off. */
export function dropDisabledResults({ status }: ResourceClaim): void {
  for (const result of status?.allocation?.devices?.results ?? []) delete result.skipNodeOperations;
}

function checkShare(findings: Findings, at: string, share: string | undefined): void {
  if (share !== undefined && !UUID.test(share)) findings.invalid(`${at}.shareID`, share, 'must be a lowercase UUID in 8-4-4-4-12 format');
}

function checkResult(findings: Findings, at: string, result: DeviceRequestAllocationResult, names: RequestNames): void {
  checkRequestName(findings, `${at}.request`, result.request ?? '', names);
  checkDriverReference(findings, `${at}.driver`, result.driver);
  checkAllocatedPool(findings, `${at}.pool`, result.pool);
  findings.invalidEach(`${at}.device`, result.device ?? '', dnsLabel(result.device ?? ''));
  checkBindingConditions(findings, at, result.bindingConditions, result.bindingFailureConditions);
  checkTolerations(findings, at, result.tolerations);
  checkShare(findings, at, result.shareID);
}

function checkAllocationConfig(findings: Findings, at: string, config: DeviceAllocationConfiguration, names: RequestNames): void {
  findings.requiredOneOf(`${at}.source`, config.source, ['FromClaim', 'FromClass']);
  checkRequestNames(findings, `${at}.requests`, config.requests, names);
  checkConfiguration(findings, at, config);
}

function checkAllocation(findings: Findings, at: string, { devices, nodeSelector }: AllocationResult, names: RequestNames): void {
  checkItems(findings, `${at}.devices.results`, devices?.results, RESULTS_LIMIT, (result, place) => checkResult(findings, place, result, names));
  checkItems(findings, `${at}.devices.config`, devices?.config, CONFIG_LIMIT, (config, place) => checkAllocationConfig(findings, place, config, names));
  if (nodeSelector) validateNodeSelector(findings, `${at}.nodeSelector`, nodeSelector, false);
}

function checkNetwork(findings: Findings, at: string, { interfaceName = '', hardwareAddress = '', ips }: NetworkDeviceData): void {
  if (Buffer.byteLength(interfaceName) > 256) findings.tooLong(`${at}.interfaceName`, 256);
  if (Buffer.byteLength(hardwareAddress) > 128) findings.tooLong(`${at}.hardwareAddress`, 128);
  checkItems(findings, `${at}.ips`, ips, 16, (address, place) => findings.invalidEach(place, address, interfaceAddress(address)));
  if ((ips?.length ?? 0) <= 16) checkUnique(findings, `${at}.ips`, ips, (address) => address);
}

function checkDevice(findings: Findings, at: string, device: AllocatedDeviceStatus, allocated: ReadonlySet<string>): void {
  validateDriverName(findings, `${at}.driver`, device.driver);
  checkPoolName(findings, `${at}.pool`, device.pool);
  findings.invalidEach(`${at}.device`, device.device ?? '', dnsLabel(device.device ?? ''));
  checkShare(findings, at, device.shareID);
  if (!allocated.has(keyOf(device))) findings.invalid(at, new Verbatim(nameOf(device)), 'must be an allocated device in the claim');
  if ((device.conditions?.length ?? 0) > CONDITIONS_LIMIT) findings.tooMany(`${at}.conditions`, device.conditions?.length ?? 0, CONDITIONS_LIMIT);
  checkConditions(findings, `${at}.conditions`, device.conditions);
  if (device.data !== undefined) checkOpaqueObject(findings, `${at}.data`, device.data, DATA_LIMIT);
  if (device.networkData) checkNetwork(findings, `${at}.networkData`, device.networkData);
}

export function checkClaimStatus(findings: Findings, { metadata, spec, status = {} }: ResourceClaim, { status: before = {} }: ResourceClaim): void {
  const { allocation, reservedFor, devices } = status;
  checkItems(findings, 'status.reservedFor', reservedFor, USERS_LIMIT, (user, at) => {
    for (const field of ['resource', 'name', 'uid'] as const) if (!user[field]) findings.required(`${at}.${field}`);
  });
  if ((reservedFor?.length ?? 0) <= USERS_LIMIT) checkUnique(findings, 'status.reservedFor', reservedFor, ({ uid }) => uid ?? '', typed('ResourceClaimConsumerReference'));
  const allocated = new Set(allocation?.devices?.results?.map(keyOf));
  devices?.forEach((device, index) => checkDevice(findings, `status.devices[${index}]`, device, allocated));
  checkUnique(findings, 'status.devices', devices, keyOf, typed('AllocatedDeviceStatus'));
  if (reservedFor?.length && !allocation) findings.forbidden('status.reservedFor', 'may not be specified when `allocated` is not set');
  else if (metadata?.deletionTimestamp && reservedFor?.some((user) => !before.reservedFor?.some((other) => semanticEqual(user, other)))) {
    findings.forbidden('status.reservedFor', 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set');
  }
  if (!allocation) return;
  if (!before.allocation) checkAllocation(findings, 'status.allocation', allocation, requestNamesOf(spec?.devices));
  else if (!semanticEqual(allocation, before.allocation)) findings.invalid('status.allocation', null, 'field cannot be modified once set');
}
