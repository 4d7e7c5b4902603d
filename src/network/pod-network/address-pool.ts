import { ipv4ToNumber, numberToIPv4, parseCidr } from '../cidr.ts';

/** Thrown when every address of the range is taken. */
export class AddressesExhaustedError extends Error {
  override name = 'AddressesExhaustedError';
}

/**
 * Hands out the addresses of a range in turn, so that one that was just given back is the last to be used again: a client
 * that still talks to a dead pod does not reach a new one.
 */
export class AddressPool {
  private readonly first: number;
  private readonly count: number;
  private readonly taken = new Set<number>();
  private cursor = 0;

  /** `reserved` addresses at the start (network address, gateway) and the broadcast address at the end stay unused. */
  constructor(cidr: string, reserved = 2) {
    const range = parseCidr(cidr);
    this.first = range.first + reserved;
    this.count = range.size - reserved - 1;
    if (this.count < 1) throw new RangeError(`no room for pods in ${cidr}`);
  }

  take(): string {
    for (let step = 0; step < this.count; step++) {
      const offset = (this.cursor + step) % this.count;
      if (this.taken.has(offset)) continue;
      this.taken.add(offset);
      this.cursor = (offset + 1) % this.count;
      return numberToIPv4(this.first + offset);
    }
    throw new AddressesExhaustedError('no free address in the pod range of this node');
  }

  /** Marks an address as used, after a restart; the next `take` goes on behind it. */
  claim(address: string): void {
    const offset = ipv4ToNumber(address) - this.first;
    if (offset < 0 || offset >= this.count) return;
    this.taken.add(offset);
    this.cursor = (offset + 1) % this.count;
  }

  release(address: string): void {
    this.taken.delete(ipv4ToNumber(address) - this.first);
  }
}
