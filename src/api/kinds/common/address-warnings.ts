/** Warnings about addresses that are taken as they always were, but written in a way that not every program understands. */
import { isIP } from 'node:net';
import { addressBytes, canonicalAddress, sloppyAddress } from './formats.ts';

const isMapped = (bytes: Uint8Array): boolean => bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;

/** The preferred way to write 4 or 16 bytes: IPv4 also for what is mapped into IPv6. */
function preferred(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] as number) << 8) | (bytes[index * 2 + 1] as number)).toString(16));
  return canonicalAddress(groups.join(':'));
}

/** `path` is that of the address. Nothing is said of what is no address at all. */
export function addressWarnings(path: string, value: string): string[] {
  const plain = sloppyAddress(value);
  if (plain === undefined) return [];
  const bytes = addressBytes(plain);
  const better = preferred(bytes);
  if (isIP(value) === 0 || isMapped(bytes)) return [`${path}: non-standard IP address ${JSON.stringify(value)} is invalid: use ${JSON.stringify(better)}`];
  return bytes.length === 16 && better !== value ? [`${path}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(better)})`] : [];
}

/** The bytes without those bits that are behind the prefix. */
function masked(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff << Math.min(8, Math.max(0, 8 - (length - index * 8)))));
}

/** The same for the address of a network, `10.1.0.0/16`. */
export function networkWarnings(path: string, value: string): string[] {
  const [, written = '', digits = ''] = /^([^/]+)\/(\d+)$/.exec(value) ?? [];
  const plain = sloppyAddress(written);
  if (plain === undefined) return [];
  const bytes = addressBytes(plain);
  const bits = bytes.length * 8;
  const length = Number(digits);
  if (length > bits) return [];
  const base = masked(bytes, length);
  const mapped = isMapped(base);
  const network = `${preferred(base)}/${mapped ? Math.max(0, length - 96) : length}`;
  const warnings: string[] = [];
  if (base.some((byte, index) => byte !== bytes[index])) {
    warnings.push(`${path}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (should be ${JSON.stringify(network)} or ${JSON.stringify(`${preferred(bytes)}/${bits}`)}?)`);
  }
  if (isIP(written) === 0 || /^0\d/.test(digits) || isMapped(bytes)) warnings.push(`${path}: non-standard CIDR value ${JSON.stringify(value)} is invalid: use ${JSON.stringify(network)}`);
  if (warnings.length === 0 && bits === 128 && network !== value) warnings.push(`${path}: IPv6 CIDR value ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(network)})`);
  return warnings;
}
