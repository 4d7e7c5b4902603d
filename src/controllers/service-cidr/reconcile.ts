import { BlockList, isIP } from 'node:net';
import type { IPAddress, ServiceCIDR } from '../../../schema/v1.37/types/networking-v1.ts';
import { formatTime } from '../../base/clock.ts';

export const SERVICE_CIDR_FINALIZER = 'networking.k8s.io/service-cidr-finalizer';

type Conditions = NonNullable<NonNullable<ServiceCIDR['status']>['conditions']>;

function rangesOf(serviceCidr: ServiceCIDR): BlockList {
  const list = new BlockList();
  for (const text of serviceCidr.spec?.cidrs ?? []) {
    const [address = '', length = ''] = text.split('/');
    list.addSubnet(address, Number(length), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function contains(ranges: BlockList, address: string): boolean {
  return ranges.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Addresses that only this range holds: they keep it from going. */
export function heldAddresses(serviceCidr: ServiceCIDR, all: Iterable<ServiceCIDR>, addresses: Iterable<IPAddress>): string[] {
  const own = rangesOf(serviceCidr);
  const others = [...all].filter((other) => other.metadata?.name !== serviceCidr.metadata?.name && !other.metadata?.deletionTimestamp).map(rangesOf);
  const names = [...addresses].map((address) => address.metadata?.name ?? '');
  return names.filter((name) => contains(own, name) && !others.some((ranges) => contains(ranges, name)));
}

/** The conditions with `Ready` as it should be; the same list when it is so already. */
export function withReady(serviceCidr: ServiceCIDR, isHeldBack: boolean, now: number): Conditions {
  const old = serviceCidr.status?.conditions ?? [];
  const wanted = isHeldBack
    ? { status: 'False', reason: 'Terminating', message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR' }
    : { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
  const standing = old.find((condition) => condition.type === 'Ready');
  if (standing?.status === wanted.status) return old;
  return [...old.filter((condition) => condition !== standing), { type: 'Ready', lastTransitionTime: formatTime(now), ...wanted }];
}
