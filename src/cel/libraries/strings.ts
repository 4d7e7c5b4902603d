import type { Environment } from '../environment.ts';
import { fail } from '../evaluate.ts';
import { findAll } from '../regular-expression.ts';
import { doubleText, Duration, formatDuration, formatTimestamp, Timestamp, TypeValue, Uint } from '../values.ts';

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${Array.from(value, show).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${show(key)}: ${show(item)}`).sort().join(', ')}}`;
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof TypeValue) return value.name;
  return typeof value === 'number' ? doubleText(value) : String(value);
}

function wholeNumber(value: unknown, clause: string): bigint {
  if (typeof value === 'bigint') return value;
  return value instanceof Uint ? value.value : fail(`error during formatting: ${clause} clause can only be used on integers`);
}

/** `%s %d %f %e %b %o %x %X %%`, with a precision for the floating ones. */
export function formatString(template: string, values: unknown[]): string {
  let next = 0;
  return template.replace(/%(?:\.(\d+))?([\s\S]?)/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) fail(`index ${next} out of range`);
    const value = values[next++];
    const digits = precision === undefined ? 6 : Number(precision);
    const hex = (): string => (typeof value === 'string' ? Buffer.from(value).toString('hex') : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : wholeNumber(value, 'hex').toString(16));
    switch (verb) {
      case 's': return show(value);
      case 'd': return typeof value === 'number' ? show(value) : String(wholeNumber(value, 'decimal'));
      case 'f': return Number(value).toFixed(digits);
      case 'e': return Number(value).toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
      case 'b': return typeof value === 'boolean' ? (value ? '1' : '0') : wholeNumber(value, 'binary').toString(2);
      case 'o': return wholeNumber(value, 'octal').toString(8);
      case 'x': return hex();
      case 'X': return hex().toUpperCase();
      default: return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    }
  });
}

const QUOTES: Record<string, string> = { '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\', '"': '\\"' };
const SPACES = /^[\s\u0085\u200b\u2060]+|[\s\u0085\u200b\u2060]+$/gu;

function position(characters: string[], index: bigint): number {
  if (index < 0n || index > BigInt(characters.length)) fail(`index out of range: ${index}`);
  return Number(index);
}

function indexIn(text: string, part: string, from = 0n): bigint {
  const characters = [...text];
  if (from < 0n || from > BigInt(characters.length)) return from < 0n ? fail(`index out of range: ${from}`) : -1n;
  const wanted = [...part];
  for (let at = Number(from); at <= characters.length - wanted.length; at++) if (wanted.every((character, index) => characters[at + index] === character)) return BigInt(at);
  return -1n;
}

function lastIndexIn(text: string, part: string, from?: bigint): bigint {
  const characters = [...text];
  const wanted = [...part];
  const start = from === undefined ? characters.length : position(characters, from);
  for (let at = Math.min(start, characters.length - wanted.length); at >= 0; at--) if (wanted.every((character, index) => characters[at + index] === character)) return BigInt(at);
  return -1n;
}

function replace(text: string, from: string, to: string, limit = -1n): string {
  const places = from === '' ? [...text] : text.split(from);
  if (from === '') {
    const count = limit < 0n ? places.length + 1 : Number(limit);
    return places.map((character, index) => (index < count ? to : '') + character).join('') + (count > places.length ? to : '');
  }
  const count = limit < 0n ? places.length - 1 : Math.min(Number(limit), places.length - 1);
  return places.slice(0, count).map((part) => part + to).join('') + places.slice(count).join(from);
}

function split(text: string, separator: string, limit = -1n): string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || parts.length <= Number(limit)) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(separator)];
}

/** CEL's string extensions, and Kubernetes' find and findAll. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
      const characters = [...text];
      return characters[position(characters, index)] ?? '';
    })
    .registerFunction('string.indexOf(string): int', indexIn)
    .registerFunction('string.indexOf(string, int): int', indexIn)
    .registerFunction('string.lastIndexOf(string): int', lastIndexIn)
    .registerFunction('string.lastIndexOf(string, int): int', lastIndexIn)
    .registerFunction('list<string>.join(): string', (list: string[]) => list.join(''))
    .registerFunction('list<string>.join(string): string', (list: string[], separator: string) => list.join(separator))
    .registerFunction('string.lowerAscii(): string', (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()))
    .registerFunction('string.upperAscii(): string', (text: string) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase()))
    .registerFunction('string.replace(string, string): string', replace)
    .registerFunction('string.replace(string, string, int): string', replace)
    .registerFunction('string.split(string): list<string>', split)
    .registerFunction('string.split(string, int): list<string>', split)
    .registerFunction('string.substring(int): string', (text: string, from: bigint) => {
      const characters = [...text];
      return characters.slice(position(characters, from)).join('');
    })
    .registerFunction('string.substring(int, int): string', (text: string, from: bigint, to: bigint) => {
      const characters = [...text];
      if (from > to) fail(`invalid substring range. start: ${from}, end: ${to}`);
      return characters.slice(position(characters, from), position(characters, to)).join('');
    })
    .registerFunction('string.trim(): string', (text: string) => text.replace(SPACES, ''))
    .registerFunction('string.format(list<dyn>): string', formatString)
    .registerFunction('strings.quote(string): string', (text: string) => `"${text.replace(/[\u0007\b\f\n\r\t\v\\"]/g, (character) => QUOTES[character]!)}"`)
    .registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern))
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) => findAll(text, pattern, limit < 0n ? Infinity : Number(limit)));
}

/** What only expressions that make patches have. */
export function registerJsonPatch(environment: Environment): void {
  environment.registerFunction('jsonpatch.escapeKey(string): string', (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
