/** IPv4 arithmetic for the Service range. Pure. */
export interface AddressRange { text: string; first: number; last: number }

export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** The addresses of `10.96.0.0/16` that Services may have: all but the network's and the broadcast address. */
export function parseRange(cidr: string): AddressRange {
  const [base, bits] = cidr.split('/');
  const address = parseIpv4(base ?? '');
  const length = Number(bits);
  if (address === undefined || !Number.isInteger(length) || length < 0 || length > 32) throw new Error(`not an IPv4 range: ${cidr}`);
  const size = 2 ** (32 - length);
  const start = address - (address % size);
  return { text: cidr, first: start + 1, last: start + size - 2 };
}

/** Upstream keeps the first addresses of a range for those who ask for one; free choice starts behind them. */
export function freeChoiceStart(range: AddressRange): number {
  const size = range.last - range.first + 1;
  const offset = size < 16 ? 0 : Math.max(16, Math.min(256, Math.floor(size / 16)));
  return range.first + offset;
}
