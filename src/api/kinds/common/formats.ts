/** Format checks: each answers with the messages of what is wrong, none when all is well. */
import { isIP } from 'node:net';

const NONE: readonly string[] = [];
type Messages = readonly string[];

export function regexMessage(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`;
}

const LABEL_PATTERN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN_PATTERN = `${LABEL_PATTERN}(\\.${LABEL_PATTERN})*`;
const SUBDOMAIN = new RegExp(`^${SUBDOMAIN_PATTERN}$`);
const UNDERSCORE_PATTERN = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*';
const UNDERSCORE = new RegExp(`^${UNDERSCORE_PATTERN}$`);
const DNS1035_PATTERN = '[a-z]([-a-z0-9]*[a-z0-9])?';
const DNS1035 = new RegExp(`^${DNS1035_PATTERN}$`);
const KEY_PATTERN = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const KEY = new RegExp(`^${KEY_PATTERN}$`);
const LABEL_VALUE = new RegExp(`^(${KEY_PATTERN})?$`);
const PORT_NAME_CHARACTERS = /^[-a-z0-9]+$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;

function tooLong(limit: number, unit: 'characters' | 'bytes'): string {
  return `must be no more than ${limit} ${unit}`;
}

export function dnsLabel(value: string, unit: 'characters' | 'bytes' = 'characters'): Messages {
  if (value.length <= 63 && LABEL.test(value)) return NONE;
  const messages: string[] = [];
  if (value.length > 63) messages.push(tooLong(63, unit));
  if (!LABEL.test(value)) {
    messages.push(SUBDOMAIN.test(value) ? 'must not contain dots'
      : regexMessage("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", LABEL_PATTERN, 'my-name', '123-abc'));
  }
  return messages;
}

const SUBDOMAIN_MESSAGE = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

export function dnsSubdomain(value: string, unit: 'characters' | 'bytes' = 'characters'): Messages {
  if (value.length <= 253 && SUBDOMAIN.test(value)) return NONE;
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLong(253, unit));
  if (!SUBDOMAIN.test(value)) messages.push(regexMessage(SUBDOMAIN_MESSAGE, SUBDOMAIN_PATTERN, 'example.com'));
  return messages;
}

export function dnsSubdomainWithUnderscore(value: string): Messages {
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLong(253, 'characters'));
  if (!UNDERSCORE.test(value)) {
    messages.push(regexMessage("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character", UNDERSCORE_PATTERN, 'example.com'));
  }
  return messages;
}

/** A subdomain that may have upper-case letters. */
export function caselessSubdomain(value: string): Messages {
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLong(253, 'bytes'));
  if (!SUBDOMAIN.test(value.toLowerCase())) {
    messages.push(regexMessage("an RFC 1123 subdomain must consist of alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character", SUBDOMAIN_PATTERN, 'Example.com'));
  }
  return messages;
}

const IDENTIFIER_PATTERN = '[A-Za-z_][A-Za-z0-9_]*';
const IDENTIFIER = new RegExp(`^${IDENTIFIER_PATTERN}$`);

export function cIdentifier(value: string): Messages {
  return IDENTIFIER.test(value) ? NONE : [regexMessage("a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'", IDENTIFIER_PATTERN, 'my_name', 'MY_NAME', 'MyName')];
}

export function wildcardSubdomain(value: string): Messages {
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLong(253, 'characters'));
  if (!value.startsWith('*.') || !SUBDOMAIN.test(value.slice(2))) {
    messages.push(regexMessage("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", `\\*\\.${SUBDOMAIN_PATTERN}`, '*.example.com'));
  }
  return messages;
}

export function dns1035Label(value: string): Messages {
  const messages: string[] = [];
  if (value.length > 63) messages.push(tooLong(63, 'characters'));
  if (!DNS1035.test(value)) {
    messages.push(regexMessage("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", DNS1035_PATTERN, 'my-name', 'abc-123'));
  }
  return messages;
}

const KEY_MESSAGE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** `name` or `prefix/name`, the form of label keys, conditions, finalizers and resource names. */
export function qualifiedName(value: string): Messages {
  const slash = value.indexOf('/');
  if (slash < 0 && value.length <= 63 && KEY.test(value)) return NONE;
  if (slash >= 0 && value.indexOf('/', slash + 1) >= 0) {
    return [`a valid label key ${regexMessage(KEY_MESSAGE, KEY_PATTERN, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const messages: string[] = [];
  const name = value.slice(slash + 1);
  if (slash === 0) messages.push('prefix part must be non-empty');
  else if (slash > 0) for (const message of dnsSubdomain(value.slice(0, slash), 'bytes')) messages.push(`prefix part ${message}`);
  if (name.length === 0) messages.push('name part must be non-empty');
  else if (name.length > 63) messages.push(`name part ${tooLong(63, 'bytes')}`);
  if (!KEY.test(name)) messages.push(`name part ${regexMessage(KEY_MESSAGE, KEY_PATTERN, 'MyName', 'my.name', '123-abc')}`);
  return messages;
}

/** The name of a vendor's resource, which must stay a name when quotas put `requests.` before it. */
export function extendedResourceName(value: string): Messages {
  const messages: string[] = [];
  if (!value.includes('/')) messages.push("a name must be a domain-prefixed path, such as 'example.com/my-prop'");
  else if (value.includes('kubernetes.io/')) messages.push('must not have "kubernetes.io/" domain');
  if (value.startsWith('requests.')) messages.push('must not have "requests." prefix');
  return [...messages, ...qualifiedName(`requests.${value}`)];
}

export function labelValue(value: string): Messages {
  if (value.length <= 63 && LABEL_VALUE.test(value)) return NONE;
  const messages: string[] = [];
  if (value.length > 63) messages.push(tooLong(63, 'bytes'));
  if (!LABEL_VALUE.test(value)) {
    messages.push(regexMessage("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", `(${KEY_PATTERN})?`, 'MyValue', 'my_value', '12345'));
  }
  return messages;
}

export function portNumber(value: number): Messages {
  return value >= 1 && value <= 65535 ? NONE : ['must be between 1 and 65535, inclusive'];
}

export function portName(value: string): Messages {
  const messages: string[] = [];
  if (value.length > 15) messages.push(tooLong(15, 'characters'));
  if (!PORT_NAME_CHARACTERS.test(value)) messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)');
  if (value.includes('--')) messages.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

export function userId(value: number): Messages {
  return value >= 0 && value <= 2147483647 ? NONE : ['must be between 0 and 2147483647, inclusive'];
}

export function percent(value: string): Messages {
  return /^[0-9]+%$/.test(value) ? NONE : [regexMessage("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];
}

export function httpHeaderName(value: string): Messages {
  return /^[-A-Za-z0-9]+$/.test(value) ? NONE : [regexMessage("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')];
}

export function environmentName(value: string): Messages {
  if (value.length === 0) return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value) ? NONE : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function configKey(value: string): Messages {
  if (value.length <= 253 && CONFIG_KEY.test(value) && !value.startsWith('.')) return NONE;
  const messages: string[] = [];
  if (value.length > 253) messages.push(tooLong(253, 'characters'));
  if (!CONFIG_KEY.test(value)) messages.push(regexMessage("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'));
  if (value === '.') messages.push("must not be '.'");
  else if (value === '..') messages.push("must not be '..'");
  else if (value.startsWith('..')) messages.push("must not start with '..'");
  return messages;
}

export function pathSegment(value: string): Messages {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** An address with leading zeros taken away, or undefined when it is none even then. */
export function sloppyAddress(value: string): string | undefined {
  if (isIP(value)) return value.includes('%') ? undefined : value;
  const trimmed = value.replace(/(^|\.)0+(?=\d)/g, '$1');
  return isIP(trimmed) === 4 ? trimmed : undefined;
}

const IPV4_IN_IPV6 = /^(0{0,4}:){0,5}:?ffff:/i;

export function address(value: string): Messages {
  if (sloppyAddress(value) == null) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (isIP(value) === 0) return ['must not have leading 0s'];
  return IPV4_IN_IPV6.test(value) ? ['must not be an IPv4-mapped IPv6 address'] : NONE;
}

/** The address as 4 or 16 bytes. */
export function addressBytes(value: string): Uint8Array {
  if (isIP(value) === 4) return Uint8Array.from(value.split('.').map(Number));
  let text = value;
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (dotted) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
    text = text.slice(0, dotted.index) + ((a << 8) | b).toString(16) + ':' + ((c << 8) | d).toString(16);
  }
  const [head = '', tail] = text.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const groups = tail == null ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Uint8Array.from(groups.flatMap((group) => { const number = parseInt(group, 16); return [number >> 8, number & 255]; }));
}

export function cidr(value: string): Messages {
  const invalid = ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const match = /^([^/]+)\/(\d+)$/.exec(value);
  const base = match && sloppyAddress(match[1] as string);
  if (!match || base == null || base === null) return invalid;
  const length = Number(match[2]);
  if (length > (isIP(base) === 4 ? 32 : 128)) return invalid;
  if (isIP(match[1] as string) === 0 || /^0\d/.test(match[2] as string)) return ['must not have leading 0s in IP or prefix length'];
  if (IPV4_IN_IPV6.test(base)) return ['must not have an IPv4-mapped IPv6 address'];
  const bytes = addressBytes(base);
  for (let bit = length; bit < bytes.length * 8; bit++) {
    if (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1) return ['must not have bits set beyond the prefix length'];
  }
  return NONE;
}

/** The one way to write an address. */
export function canonicalAddress(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip;
}

/** For fields that take only the one way to write an address. */
export function strictAddress(value: string): Messages {
  const wrong = address(value);
  if (wrong.length > 0 || canonicalAddress(value) === value) return wrong;
  return [`must be in canonical form (${JSON.stringify(canonicalAddress(value))})`];
}

/** An address with the length of its network's prefix. */
export function interfaceAddress(value: string): Messages {
  const [, written = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(value) ?? [];
  const ip = sloppyAddress(written);
  if (ip === undefined || Number(length) > (isIP(ip) === 4 ? 32 : 128)) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const canonical = `${canonicalAddress(ip)}/${Number(length)}`;
  return value === canonical ? NONE : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

export function isIPv6(value: string): boolean {
  return isIP(value) === 6;
}

export type NameCheck = (name: string, prefix?: boolean) => Messages;

function withPrefix(check: (name: string) => Messages): NameCheck {
  // A generateName may end in '-', as a suffix follows.
  return (name, prefix) => check(prefix && name.length > 1 && name.endsWith('-') ? name.slice(0, -2) + 'a' : name);
}
export const subdomainName: NameCheck = withPrefix((name) => dnsSubdomain(name));
export const labelName: NameCheck = withPrefix((name) => dnsLabel(name));
export const dns1035Name: NameCheck = withPrefix(dns1035Label);
export const pathSegmentName: NameCheck = (name, prefix) => (prefix ? pathSegment(name).filter((message) => !message.startsWith('may not be')) : pathSegment(name));
