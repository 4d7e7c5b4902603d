import type { Environment } from '@marcbachmann/cel-js';

const REGULAR_EXPRESSIONS = new Map<string, RegExp>();
const MAXIMUM_CACHED = 256;

function regularExpression(pattern: string): RegExp {
  let found = REGULAR_EXPRESSIONS.get(pattern);
  if (!found) {
    if (REGULAR_EXPRESSIONS.size >= MAXIMUM_CACHED) REGULAR_EXPRESSIONS.clear();
    REGULAR_EXPRESSIONS.set(pattern, found = new RegExp(pattern, 'gu'));
  }
  return found;
}

function findAll(text: string, pattern: string, limit = -1n): string[] {
  const all = [...text.matchAll(regularExpression(pattern))].map(([match]) => match);
  return limit < 0n ? all : all.slice(0, Number(limit));
}

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.entries(value).map(([key, item]) => `${key}: ${show(item)}`).sort().join(', ')}}`;
  }
  return value instanceof Date ? value.toISOString().replace('.000Z', 'Z') : String(value);
}

/** `%s %d %f %e %b %o %x %X %%`, with a precision for the floating ones. */
export function formatString(template: string, values: unknown[]): string {
  let next = 0;
  return template.replace(/%(?:\.(\d+))?(.)/g, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) throw new Error(`index ${next} out of range`);
    const value = values[next++];
    const digits = precision === undefined ? 6 : Number(precision);
    const isText = typeof value === 'string';
    switch (verb) {
      case 's': case 'd': return show(value);
      case 'f': return Number(value).toFixed(digits);
      case 'e': return Number(value).toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
      case 'b': return typeof value === 'boolean' ? (value ? '1' : '0') : (value as bigint).toString(2);
      case 'o': return (value as bigint).toString(8);
      case 'x': return isText ? Buffer.from(value).toString('hex') : (value as bigint).toString(16);
      case 'X': return (isText ? Buffer.from(value).toString('hex') : (value as bigint).toString(16)).toUpperCase();
      default: throw new Error(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
    }
  });
}

const QUOTES: Record<string, string> = { '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v', '\\': '\\\\', '"': '\\"' };

/** CEL's string extensions that the library lacks, and Kubernetes' find and findAll. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
      const characters = [...text];
      if (index < 0n || index > BigInt(characters.length)) throw new Error(`index out of range: ${index}`);
      return characters[Number(index)] ?? '';
    })
    .registerFunction('string.replace(string, string): string', (text: string, from: string, to: string) => text.split(from).join(to))
    .registerFunction('string.replace(string, string, int): string', (text: string, from: string, to: string, limit: bigint) => {
      const parts = text.split(from);
      const count = limit < 0n ? parts.length - 1 : Math.min(Number(limit), parts.length - 1);
      return parts.slice(0, count).map((part) => part + to).join('') + parts.slice(count).join(from);
    })
    .registerFunction('string.reverse(): string', (text: string) => [...text].reverse().join(''))
    .registerFunction('string.format(list): string', (text: string, values: unknown[]) => formatString(text, values))
    .registerFunction('string.find(string): string', (text: string, pattern: string) => findAll(text, pattern, 1n)[0] ?? '')
    .registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) => findAll(text, pattern))
    .registerFunction('string.findAll(string, int): list<string>', (text: string, pattern: string, limit: bigint) => findAll(text, pattern, limit));
  class StringsNamespace {}
  environment.registerType('StringsNamespace', StringsNamespace).registerConstant('strings', 'StringsNamespace', new StringsNamespace())
    .registerFunction('StringsNamespace.quote(string): string', (_: unknown, text: string) => `"${text.replace(/[\u0007\b\f\n\r\t\v\\"]/g, (character) => QUOTES[character]!)}"`);
  class PatchNamespace {}
  environment.registerType('JsonPatchNamespace', PatchNamespace).registerConstant('jsonpatch', 'JsonPatchNamespace', new PatchNamespace())
    .registerFunction('JsonPatchNamespace.escapeKey(string): string', (_: unknown, key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
