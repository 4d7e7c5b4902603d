import { cidrContains, ipv4ToNumber, numberToIPv4, parseCidr } from '../cidr.ts';

/** Which Service has which address of the pool. Pure. */
export class LoadBalancerPool {
  private readonly cidr: string;
  private readonly owners = new Map<string, string>();
  private readonly addresses = new Map<string, string>();

  constructor(cidr: string) {
    this.cidr = cidr;
  }

  contains(address: string): boolean {
    return cidrContains(this.cidr, address);
  }

  addressOf(owner: string): string | undefined {
    return this.addresses.get(owner);
  }

  /** Gives `owner` the address it wants, or the lowest free one; keeps one it has. Undefined: none to be had. */
  assign(owner: string, wanted?: string): string | undefined {
    const current = this.addresses.get(owner);
    if (current !== undefined && (wanted === undefined || wanted === current)) return current;
    const address = wanted === undefined ? this.lowestFree() : this.isFree(wanted, owner) ? wanted : undefined;
    if (address === undefined) return undefined;
    this.release(owner);
    this.owners.set(address, owner);
    this.addresses.set(owner, address);
    return address;
  }

  release(owner: string): void {
    const address = this.addresses.get(owner);
    if (address === undefined) return;
    this.addresses.delete(owner);
    this.owners.delete(address);
  }

  private isFree(address: string, owner: string): boolean {
    if (!this.contains(address)) return false;
    const other = this.owners.get(numberToIPv4(ipv4ToNumber(address)));
    return other === undefined || other === owner;
  }

  private lowestFree(): string | undefined {
    const { first, size } = parseCidr(this.cidr);
    for (let offset = 0; offset < size; offset++) {
      const address = numberToIPv4(first + offset);
      if (!this.owners.has(address)) return address;
    }
    return undefined;
  }
}
