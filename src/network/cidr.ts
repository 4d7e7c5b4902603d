/** Ranges of addresses. IPv4 arithmetic; text of either family passes through where nothing is computed. */

export function isIPv6(address: string): boolean {
  return address.includes(':');
}

export function ipv4ToNumber(address: string): number {
  const parts = address.split('.');
  if (parts.length !== 4) throw new RangeError(`not an IPv4 address: ${address}`);
  let value = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (!/^\d{1,3}$/.test(part) || byte > 255) throw new RangeError(`not an IPv4 address: ${address}`);
    value = value * 256 + byte;
  }
  return value;
}

export function numberToIPv4(value: number): string {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
}

export interface Range { first: number; size: number; prefixLength: number }

/** The addresses of an IPv4 CIDR; host bits are dropped. */
export function parseCidr(cidr: string): Range {
  const [address = '', length = '32'] = cidr.split('/');
  const prefixLength = Number(length);
  if (!/^\d+$/.test(length) || prefixLength > 32) throw new RangeError(`not a CIDR: ${cidr}`);
  const size = 2 ** (32 - prefixLength);
  const value = ipv4ToNumber(address);
  return { first: value - (value % size), size, prefixLength };
}

export function cidrContains(cidr: string, address: string): boolean {
  if (isIPv6(address) || isIPv6(cidr)) return false;
  const { first, size } = parseCidr(cidr);
  const value = ipv4ToNumber(address);
  return value >= first && value < first + size;
}
