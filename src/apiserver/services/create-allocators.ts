import type { Service } from '../../../schema/v1.37/types/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { serviceAddressFindings } from '../../api/kinds/core/service.ts';
import { internalError, invalid, type StatusError } from '../../api/status.ts';
import type { ResourceInfo } from '../../api/schema.ts';
import type { ApiServerFlags } from '../context.ts';
import type { ObjectReader } from '../contracts.ts';
import type { ObjectStore } from '../registry/object-store.ts';
import { parseRange } from './address-range.ts';
import type { ServiceAllocators } from './allocators.ts';
import { AllocationError, IpAllocator, type Owner } from './ip-allocator.ts';
import { isHeadless, settleClusterIps, settleFamilies } from './ip-families.ts';
import { hasNodePorts, heldPorts, needsHealthPort } from './node-ports.ts';
import type { PortNote } from './port-note.ts';
import { ownPorts, sharedPorts } from './ports.ts';

type Spec = NonNullable<Service['spec']>;
const nothing = (): void => undefined;

/** Reserves addresses and ports of Services while they are written; `note` where other servers do so in the same store. */
export function createServiceAllocators(flags: ApiServerFlags, store: ObjectStore, objects: ObjectReader, random: Random, clock: Clock, note?: PortNote): ServiceAllocators {
  const addresses = new IpAllocator(store, parseRange(flags.serviceCidr), random, clock);
  const ports = note ? sharedPorts(flags, objects, random, note) : ownPorts(flags, objects, random);

  const reserve = async (object: KubernetesObject, old: Spec | undefined, dryRun: boolean): Promise<() => void> => {
    const spec = ((object as unknown as Service).spec ??= {} as Spec);
    const owner: Owner = { namespace: object.metadata?.namespace ?? '', name: object.metadata?.name ?? '' };
    const address = await reserveAddress(addresses, owner, spec, old, dryRun);
    const giveBack = (): void => { if (address && !dryRun) void addresses.free(address).catch(() => undefined); };
    let taken: number[];
    try {
      taken = await ports.take(owner.name, spec, heldPorts(old), dryRun);
    } catch (error) {
      giveBack();
      throw error;
    }
    return () => {
      giveBack();
      void ports.free(taken).catch(() => undefined);
    };
  };

  return {
    metricsText: () => addresses.metricsText(flags.serviceCidr) + ports.metricsText(),
    creating: async (info, object, dryRun) => (isService(info) ? reserve(object, undefined, dryRun) : nothing),
    async updating(info, subresource, object, old, dryRun) {
      if (!isService(info) || subresource !== '') return nothing;
      const before = (old as unknown as Service).spec ?? ({} as Spec);
      const spec = (object as unknown as Service).spec;
      if (spec) keepAllocated(spec, before);
      return reserve(object, before, dryRun);
    },
    async updated(info, object, old) {
      if (!isService(info)) return;
      const before = (old as unknown as Service).spec;
      const after = (object as unknown as Service).spec;
      const kept = heldPorts(after);
      await ports.free(heldPorts(before).filter((port) => !kept.includes(port)));
      const [address] = before?.clusterIPs ?? [];
      if (address && address !== 'None' && !after?.clusterIPs?.length) await addresses.free(address);
    },
    async deleted(info, object) {
      if (!isService(info)) return;
      const { spec } = object as unknown as Service;
      await ports.free(heldPorts(spec));
      const [address] = spec?.clusterIPs ?? [];
      if (address && address !== 'None') await addresses.free(address);
    },
  };
}

function isService(info: ResourceInfo): boolean {
  return info.group === '' && info.resource === 'services';
}

/** The address taken now, if any. In place: clusterIP, clusterIPs, ipFamilies, ipFamilyPolicy. */
async function reserveAddress(addresses: IpAllocator, owner: Owner, spec: Spec, old: Spec | undefined, dryRun: boolean): Promise<string | undefined> {
  settleClusterIps(spec, old);
  if (spec.type === 'ExternalName') return undefined;
  if (old?.ipFamilyPolicy) spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  let errors = serviceAddressFindings({ spec }, old && { spec: old });
  if (errors.length === 0) errors = settleFamilies(spec);
  if (errors.length) throw invalid('', 'Service', owner.name, errors);
  if (isHeadless(spec)) {
    spec.clusterIP = 'None';
    if (!spec.clusterIPs?.length) spec.clusterIPs = ['None'];
    return undefined;
  }
  // An address once given stays; changing it is refused by validation.
  if (old && old.type !== 'ExternalName' && old.clusterIPs?.length) return undefined;
  const wanted = spec.clusterIPs?.[0] || spec.clusterIP || '';
  try {
    if (wanted) await addresses.take(wanted, owner, dryRun);
    const address = wanted || await addresses.takeAny(owner, dryRun);
    spec.clusterIP = address;
    spec.clusterIPs = [address];
    return address;
  } catch (error) {
    throw error instanceof AllocationError ? refusal(owner, spec, wanted, error) : error;
  }
}

function refusal(owner: Owner, spec: Spec, wanted: string, error: AllocationError): StatusError {
  if (!wanted) return internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(owner.name)}: ${error.message}`);
  return invalid('', 'Service', owner.name, [{
    type: 'FieldValueInvalid', field: 'spec.clusterIPs', detail: `Invalid value: ${JSON.stringify(spec.clusterIPs ?? [wanted])}: failed to allocate IP ${wanted}: ${error.message}`,
  }]);
}

/** An update that leaves out what the server gave keeps it: address, node ports, health port. In place. */
function keepAllocated(spec: Spec, old: Spec): void {
  if (spec.type !== 'ExternalName' && old.type !== 'ExternalName') {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs) spec.clusterIPs = old.clusterIPs;
  }
  if (hasNodePorts(old) && hasNodePorts(spec)) keepNodePorts(spec, old);
  if (needsHealthPort(spec) && needsHealthPort(old) && !spec.healthCheckNodePort && old.healthCheckNodePort) spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** A port is the one of its name from before, whatever else of it changed. */
function keepNodePorts(spec: Spec, old: Spec): void {
  const before = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
  const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) {
    const kept = before.get(port.name ?? '');
    if (!port.nodePort && kept && !used.has(kept)) port.nodePort = kept;
  }
}
