import type { KubernetesObject } from '../../api/object.ts';
import { StatusError } from '../../api/status.ts';
import type { Random } from '../../base/random.ts';
import { formatTime, type Clock } from '../../base/clock.ts';
import type { ObjectStore } from '../registry/object-store.ts';
import { AllocationMetrics } from './metrics.ts';
import { formatIpv4, freeChoiceStart, parseIpv4, type AddressRange } from './address-range.ts';

const IP_ADDRESSES = { group: 'networking.k8s.io', resource: 'ipaddresses' };
const TRIES = 64;

export interface Owner { namespace: string; name: string }

/** Thrown with upstream's reason, to be put behind `failed to allocate IP`. */
export class AllocationError extends Error {
  override name = 'AllocationError';
}

/** Cluster addresses; each taken one is an IPAddress object, so that several servers agree and users can look. */
export class IpAllocator {
  private readonly store: ObjectStore;
  private readonly range: AddressRange;
  private readonly random: Random;
  private readonly clock: Clock;
  private readonly metrics = new AllocationMetrics();

  constructor(store: ObjectStore, range: AddressRange, random: Random, clock: Clock) {
    this.store = store;
    this.range = range;
    this.random = random;
    this.clock = clock;
  }

  /** In Prometheus' text form; the range's own address and its last one are nobody's. */
  metricsText(cidr: string): string {
    return this.metrics.text('kube_apiserver_clusterip_allocator', 'ips', `cidr="${cidr}"`, this.takenCount(), this.range.last - this.range.first + 1);
  }

  /** Throws AllocationError. */
  take(address: string, owner: Owner, dryRun: boolean): Promise<void> {
    return this.counted('static', dryRun, () => this.takeThis(address, owner, dryRun));
  }

  takeAny(owner: Owner, dryRun: boolean): Promise<string> {
    return this.counted('dynamic', dryRun, () => this.takeOne(owner, dryRun));
  }

  private async counted<T>(scope: 'static' | 'dynamic', dryRun: boolean, take: () => Promise<T>): Promise<T> {
    const started = this.clock.monotonic();
    try {
      const taken = await take();
      if (!dryRun) this.metrics.given(scope);
      return taken;
    } catch (error) {
      if (!dryRun) this.metrics.refused(scope);
      throw error;
    } finally {
      if (!dryRun) this.metrics.seconds.observe((this.clock.monotonic() - started) / 1000);
    }
  }

  private async takeThis(address: string, owner: Owner, dryRun: boolean): Promise<void> {
    const number = parseIpv4(address);
    if (number === undefined || number < this.range.first || number > this.range.last) {
      throw new AllocationError('the provided network does not match the current range');
    }
    // A dry run finds out no more than whether the address could be anybody's.
    if (!dryRun && !await this.insert(address, owner)) throw new AllocationError('provided IP is already allocated');
  }

  private async takeOne(owner: Owner, dryRun: boolean): Promise<string> {
    if (dryRun) return formatIpv4(this.range.first - 1);
    const upper = freeChoiceStart(this.range);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const address = this.pick(upper, this.range.last);
      if (address && await this.insert(address, owner)) return address;
    }
    for (let number = this.range.last; number >= this.range.first; number--) {
      const address = formatIpv4(number);
      if (!this.isTaken(address) && await this.insert(address, owner)) return address;
    }
    throw new AllocationError('range is full');
  }

  async free(address: string): Promise<void> {
    const cached = await this.store.get(IP_ADDRESSES, '', address);
    if (cached) await this.store.remove(IP_ADDRESSES, cached);
  }

  private takenCount(): number {
    const place = this.store.counts().find(({ group, resource }) => group === IP_ADDRESSES.group && resource === IP_ADDRESSES.resource);
    return place?.count ?? 0;
  }

  private pick(from: number, to: number): string | undefined {
    if (to < from) return undefined;
    const address = formatIpv4(from + Math.floor(this.random.fraction() * (to - from + 1)));
    return this.isTaken(address) ? undefined : address;
  }

  private isTaken(address: string): boolean {
    const hub = this.store.hub(IP_ADDRESSES);
    return hub.get(hub.key(undefined, address)) !== undefined;
  }

  private async insert(address: string, owner: Owner): Promise<boolean> {
    try {
      await this.store.insert(IP_ADDRESSES, ipAddressObject(address, owner, this.random.uuid(), formatTime(this.clock.now())));
      return true;
    } catch (error) {
      if (error instanceof StatusError && error.reason === 'AlreadyExists') return false;
      throw error;
    }
  }
}

const OWNED = {
  'f:metadata': { 'f:labels': { '.': {}, 'f:ipaddress.kubernetes.io/ip-family': {}, 'f:ipaddress.kubernetes.io/managed-by': {} } },
  'f:spec': { 'f:parentRef': { '.': {}, 'f:name': {}, 'f:namespace': {}, 'f:resource': {} } },
};

function ipAddressObject(address: string, owner: Owner, uid: string, creationTimestamp: string): KubernetesObject {
  return {
    kind: 'IPAddress', apiVersion: 'networking.k8s.io/v1',
    metadata: {
      name: address, uid, creationTimestamp,
      labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' },
      managedFields: [{ manager: 'kube-apiserver', operation: 'Update', apiVersion: 'networking.k8s.io/v1', time: creationTimestamp, fieldsType: 'FieldsV1', fieldsV1: OWNED }],
    },
    spec: { parentRef: { resource: 'services', namespace: owner.namespace, name: owner.name } },
  };
}
