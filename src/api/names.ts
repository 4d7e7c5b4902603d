/**
 * Checks of names and addresses. Each returns the findings as upstream words them (to stand behind `Invalid value: "x": `);
 * an empty list means valid.
 */
import { isIPv4, isIPv6 } from 'node:net';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const whole = (expression: string): RegExp => new RegExp(`^${expression}$`);
const IS_LABEL = whole(LABEL);
const IS_SUBDOMAIN = whole(SUBDOMAIN);
const IS_UNDERSCORE_SUBDOMAIN = whole(UNDERSCORE_SUBDOMAIN);
const IS_LABEL_1035 = whole(LABEL_1035);
const IS_WILDCARD = whole(WILDCARD);
const IS_QUALIFIED = whole(QUALIFIED);

function tooLong(value: string, limit: number, unit: 'characters' | 'bytes' = 'characters'): string[] {
  return value.length > limit && Buffer.byteLength(value) > limit ? [`must be no more than ${limit} ${unit}`] : [];
}

/** `what` with the expression behind it, and examples before that. */
export function regexError(what: string, expression: string, ...examples: string[]): string {
  if (examples.length === 0) return `${what} (regex used for validation is '${expression}')`;
  return `${what} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${expression}')`;
}

const SUBDOMAIN_TEXT = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

/** `unit`: newer checks of upstream count bytes in their message. */
export function isDns1123Label(value: string): string[] {
  const errors = tooLong(value, 63);
  if (IS_LABEL.test(value)) return errors;
  if (IS_SUBDOMAIN.test(value)) return [...errors, 'must not contain dots'];
  return [...errors, regexError("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character", LABEL, 'my-name', '123-abc')];
}

export function isDns1123Subdomain(value: string, unit: 'characters' | 'bytes' = 'characters'): string[] {
  const errors = tooLong(value, 253, unit);
  return IS_SUBDOMAIN.test(value) ? errors : [...errors, regexError(SUBDOMAIN_TEXT, SUBDOMAIN, 'example.com')];
}

export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  const errors = tooLong(value, 253);
  return IS_UNDERSCORE_SUBDOMAIN.test(value) ? errors : [...errors, regexError(SUBDOMAIN_TEXT.replace("'-' or '.'", "'_', '-' or '.'"), UNDERSCORE_SUBDOMAIN, 'example.com')];
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const errors = tooLong(value, 253);
  if (IS_WILDCARD.test(value)) return errors;
  return [...errors, regexError("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character", WILDCARD, '*.example.com')];
}

export function isDns1035Label(value: string): string[] {
  const errors = tooLong(value, 63);
  if (IS_LABEL_1035.test(value)) return errors;
  return [...errors, regexError("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character", LABEL_1035, 'my-name', 'abc-123')];
}

const QUALIFIED_TEXT = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A label key: `name` or `prefix/name`. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const errors: string[] = [];
  if (parts.length > 2) return [`a valid label key ${regexError(QUALIFIED_TEXT, QUALIFIED, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) as string;
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    errors.push(...(prefix === '' ? ['must be non-empty'] : isDns1123Subdomain(prefix, 'bytes')).map((text) => `prefix part ${text}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  else errors.push(...tooLong(name, 63, 'bytes').map((text) => `name part ${text}`));
  if (!IS_QUALIFIED.test(name)) errors.push(`name part ${regexError(QUALIFIED_TEXT, QUALIFIED, 'MyName', 'my.name', '123-abc')}`);
  return errors;
}

export function isLabelValue(value: string): string[] {
  const errors = tooLong(value, 63, 'bytes');
  if (value === '' || IS_QUALIFIED.test(value)) return errors;
  return [...errors, regexError(`a valid label must be an empty string or consist of ${QUALIFIED_TEXT.slice('must consist of '.length)}`, `(${QUALIFIED})?`, 'MyValue', 'my_value', '12345')];
}

export function isCIdentifier(value: string): string[] {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(value) ? [] : [regexError("a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'", '[A-Za-z_][A-Za-z0-9_]*', 'my_name', 'MY_NAME', 'MyName')];
}

function parentDirectory(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Keys of ConfigMaps and Secrets. */
export function isConfigMapKey(value: string): string[] {
  const errors = tooLong(value, 253);
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) errors.push(regexError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", '[-._a-zA-Z0-9]+', 'key.name', 'KEY_NAME', 'key-name'));
  return [...errors, ...parentDirectory(value)];
}

/** Names of environment variables as upstream takes them since v1.32: printable ASCII without `=`. */
export function isRelaxedEnvVarName(value: string): string[] {
  if (value === '') return ['environment variable name must be non-empty'];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function isEnvVarName(value: string): string[] {
  const errors = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(value) ? [] : [regexError("a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit", '[-._a-zA-Z][-._a-zA-Z0-9]*', 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1')];
  return [...errors, ...parentDirectory(value)];
}

export function isPortName(value: string): string[] {
  const errors = tooLong(value, 15);
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

export function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [`must be between ${low} and ${high}, inclusive`];
}
export const isPortNumber = (value: number): string[] => isInRange(value, 1, 65535);

export function isPercent(value: string): string[] {
  return /^[0-9]+%$/.test(value) ? [] : [regexError("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')];
}

export function isHttpHeaderName(value: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(value) ? [] : [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", '[-A-Za-z0-9]+', 'X-Header-Name')];
}

/** Names that stand alone in a URL's path: RBAC objects and others without stricter rules. */
export function isPathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`);
}

/** A `generateName` is checked as if a letter stood for its last dash. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

/** Shortest form of an IPv6 address (RFC 5952); an IPv4 address as it is. Undefined for what is no address. */
export function canonicalIp(value: string): string | undefined {
  if (isIPv4(value)) return value;
  if (!isIPv6(value) || value.includes('%')) return undefined;
  const text = new URL(`http://[${value}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (!mapped) return text;
  const [high, low] = [parseInt(mapped[1] as string, 16), parseInt(mapped[2] as string, 16)];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

const LEADING_ZEROES = /(^|\.)0+(?=\d)/g;
const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const isMapped = (value: string): boolean => value.includes(':') && canonicalIp(value)?.includes('.') === true;

/** `legacy`: fields that take any spelling of an address that has no leading zeroes. */
export function isIp(value: string, legacy = false): string[] {
  const canonical = canonicalIp(value);
  if (canonical === undefined) return canonicalIp(value.replace(LEADING_ZEROES, '$1')) === undefined ? [NO_IP] : ['must not have leading 0s'];
  if (isMapped(value)) return ['must not be an IPv4-mapped IPv6 address'];
  return legacy || canonical === value ? [] : [`must be in canonical form ("${canonical}")`];
}

export function isCidr(value: string, legacy = false): string[] {
  const [address = '', length = '', extra] = value.split('/');
  const sloppyAddress = address.replace(LEADING_ZEROES, '$1');
  const canonical = canonicalIp(sloppyAddress);
  const bits = sloppyAddress.includes(':') ? 128 : 32;
  if (canonical === undefined || extra !== undefined || !/^\d{1,3}$/.test(length) || Number(length) > bits) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  if (sloppyAddress !== address || /^0\d/.test(length)) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(address)) return ['must not have an IPv4-mapped IPv6 address'];
  if ((addressBits(canonical) & ((1n << BigInt(bits - Number(length))) - 1n)) !== 0n) return ['must not have bits set beyond the prefix length'];
  return legacy || `${canonical}/${length}` === value ? [] : [`must be in canonical form ("${canonical}/${length}")`];
}

/** An address as a number; the input must be valid. */
export function addressBits(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = canonical.split('::');
  const left = head ? head.split(':') : [];
  const right = tail ? tail.split(':') : [];
  const groups = canonical.includes('::') ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right] : left;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(parseInt(group, 16)), 0n);
}
