import { BlockList, isIP } from 'node:net';
import type { Environment } from '../environment.ts';

const SPECIAL = {
  isLoopback: ['127.0.0.0/8', '::1/128'], isUnspecified: ['0.0.0.0/32', '::/128'],
  isLinkLocalMulticast: ['224.0.0.0/24', 'ff02::/16'], isLinkLocalUnicast: ['169.254.0.0/16', 'fe80::/10'],
} as const;

function block(text: string): BlockList {
  const [address = '', prefix = '0'] = text.split('/');
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return list;
}
const BLOCKS = Object.fromEntries(Object.entries(SPECIAL).map(([name, ranges]) => [name, ranges.map(block)]));
const MULTICAST = ['224.0.0.0/4', 'ff00::/8'].map(block);

export class CelIp {
  readonly text: string;
  readonly family: 4 | 6;
  constructor(text: string, family: 4 | 6) {
    this.text = text;
    this.family = family;
  }
  equals(other: unknown): boolean {
    return other instanceof CelIp && other.text === this.text;
  }
  within(blocks: BlockList[]): boolean {
    return blocks.some((one) => one.check(this.text, this.family === 6 ? 'ipv6' : 'ipv4'));
  }
}

export class CelCidr {
  readonly ip: CelIp;
  readonly prefix: number;
  constructor(ip: CelIp, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }
  equals(other: unknown): boolean {
    return other instanceof CelCidr && other.prefix === this.prefix && other.ip.equals(this.ip);
  }
  contains(ip: CelIp): boolean {
    return ip.family === this.ip.family && ip.within([block(`${this.ip.text}/${this.prefix}`)]);
  }
}

/** The form Go prints: lower case, zeros shortened. */
function canonical(text: string): string {
  return isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

function parseIp(text: string): CelIp | undefined {
  const family = isIP(text);
  // No zones, no leading zeros, no IPv4 inside IPv6.
  if (family === 0 || text.includes('%') || /(^|\.)0\d/.test(text) || /^::ffff:\d+\./i.test(text)) return undefined;
  return new CelIp(canonical(text), family as 4 | 6);
}

function parseCidr(text: string): CelCidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const ip = match ? parseIp(match[1]!) : undefined;
  const prefix = Number(match?.[2]);
  return ip && prefix <= (ip.family === 4 ? 32 : 128) ? new CelCidr(ip, prefix) : undefined;
}

function masked({ ip, prefix }: CelCidr): CelCidr {
  if (ip.family === 4) {
    const value = ip.text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    const size = 2 ** (32 - prefix);
    const base = Math.floor(value / size) * size;
    return new CelCidr(new CelIp([24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.'), 4), prefix);
  }
  const [head = '', tail] = ip.text.split('::');
  const words = (part: string | undefined): string[] => (part ? part.split(':') : []);
  const filled = [...words(head), ...new Array<string>(8 - words(head).length - words(tail).length).fill('0'), ...words(tail)];
  const value = filled.reduce((sum, word) => (sum << 16n) | BigInt(`0x${word}`), 0n);
  const base = (value >> BigInt(128 - prefix)) << BigInt(128 - prefix);
  const hex = base.toString(16).padStart(32, '0').match(/.{4}/g)!.join(':');
  return new CelCidr(new CelIp(canonical(hex), 6), prefix);
}

function required<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new Error(message);
  return value;
}
const ipOf = (text: string): CelIp => required(parseIp(text), `IP Address ${JSON.stringify(text)} parse error during conversion from string`);
const cidrOf = (text: string): CelCidr => required(parseCidr(text), 'network address parse error during conversion from string: invalid CIDR address');

/** `ip('10.0.0.1')`, `cidr('10.0.0.0/8').containsIP('10.1.1.1')`, `url('https://a/b').getHost()` */
export function registerNetwork(environment: Environment): void {
  environment.registerType('net.IP', CelIp).registerType('net.CIDR', CelCidr)
    .registerFunction('isIP(string): bool', (text: string) => parseIp(text) !== undefined)
    .registerFunction('ip(string): net.IP', ipOf)
    .registerFunction('ip.isCanonical(string): bool', (text: string) => ipOf(text).text === text)
    .registerFunction('string(net.IP): string', ({ text }: CelIp) => text)
    .registerFunction('net.IP.family(): int', ({ family }: CelIp) => BigInt(family))
    .registerFunction('net.IP.isGlobalUnicast(): bool', (ip: CelIp) =>
      !ip.within([...BLOCKS['isLoopback']!, ...BLOCKS['isUnspecified']!, ...BLOCKS['isLinkLocalUnicast']!, ...MULTICAST]) && ip.text !== '255.255.255.255');
  for (const name of Object.keys(SPECIAL)) environment.registerFunction(`net.IP.${name}(): bool`, (ip: CelIp) => ip.within(BLOCKS[name]!));
  const containsCidr = (outer: CelCidr, inner: CelCidr): boolean => inner.prefix >= outer.prefix && outer.contains(masked(inner).ip);
  environment
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction('cidr(string): net.CIDR', cidrOf)
    .registerFunction('string(net.CIDR): string', ({ ip, prefix }: CelCidr) => `${ip.text}/${prefix}`)
    .registerFunction('net.CIDR.containsIP(string): bool', (outer: CelCidr, text: string) => outer.contains(ipOf(text)))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (outer: CelCidr, ip: CelIp) => outer.contains(ip))
    .registerFunction('net.CIDR.containsCIDR(string): bool', (outer: CelCidr, text: string) => containsCidr(outer, cidrOf(text)))
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr)
    .registerFunction('net.CIDR.ip(): net.IP', ({ ip }: CelCidr) => ip)
    .registerFunction('net.CIDR.masked(): net.CIDR', masked)
    .registerFunction('net.CIDR.prefixLength(): int', ({ prefix }: CelCidr) => BigInt(prefix));
  registerUrl(environment);
}

class CelUrl {
  readonly url: URL;
  constructor(url: URL) {
    this.url = url;
  }
  equals(other: unknown): boolean {
    return other instanceof CelUrl && other.url.href === this.url.href;
  }
}

/** Absolute URLs and absolute paths, as Go's url.ParseRequestURI takes them. */
function parseUrl(text: string): CelUrl | undefined {
  if (/\s/.test(text)) return undefined;
  if (text.startsWith('/')) return new CelUrl(new URL(`path:${text}`));
  return /^[a-zA-Z][\w+.-]*:/.test(text) && URL.canParse(text) ? new CelUrl(new URL(text)) : undefined;
}

function registerUrl(environment: Environment): void {
  const scheme = ({ url }: CelUrl): string => (url.protocol === 'path:' ? '' : url.protocol.slice(0, -1));
  environment.registerType('kubernetes.URL', CelUrl)
    .registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined)
    .registerFunction('url(string): kubernetes.URL', (text: string) => required(parseUrl(text), `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`))
    .registerFunction('kubernetes.URL.getScheme(): string', scheme)
    .registerFunction('kubernetes.URL.getHost(): string', ({ url }: CelUrl) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', ({ url }: CelUrl) => url.hostname.replace(/^\[|\]$/g, ''))
    .registerFunction('kubernetes.URL.getPort(): string', ({ url }: CelUrl) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ url }: CelUrl) => url.pathname)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', ({ url }: CelUrl) =>
      new Map([...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)])));
}
