/**
 * JSON text to values. The fast road is `JSON.parse`; a parser of our own runs only to find duplicate keys and to word
 * syntax errors as upstream does.
 */
export class JsonSyntaxError extends Error {
  override name = 'JsonSyntaxError';
}

/** Throws JsonSyntaxError. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return new SlowParser(text).parse();
  }
}

/** What no plain integer looks like, after a key: a fraction, an exponent, or more digits than a number holds exactly. */
const ODD_NUMBER = /"\s*:\s*-?\d+(?:[.eE]|\d{15})/;

/** How numbers are written that look unlike plain integers, by the object that holds them and the key. Undefined: there are none. */
export type NumberTexts = Map<object, Record<string, string>>;

/** The odd numbers of a text that is JSON, with its value: a value alone does not tell 1e3 from 1000. */
export function withNumberTexts(text: string, value: unknown): { value: unknown; numbers: NumberTexts | undefined } {
  if (!ODD_NUMBER.test(text)) return { value, numbers: undefined };
  const numbers: NumberTexts = new Map();
  const read = JSON.parse(text, function reviver(this: object, key: string, member: unknown, context?: { source?: string }): unknown {
    const source = context?.source;
    if (typeof member === 'number' && source !== undefined && !/^-?\d{1,15}$/.test(source)) numbers.set(this, { ...numbers.get(this), [key]: source });
    return member;
  } as (key: string, value: unknown) => unknown) as unknown;
  return { value: read, numbers };
}

/** Number of `key: value` pairs in a text that is valid JSON, duplicates counted. */
export function countKeysInText(text: string): number {
  let count = 0;
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) break;
    let end = text.indexOf('"', quote + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    at = end + 1;
    let code = text.charCodeAt(at);
    while (code === 32 || (code >= 9 && code <= 13)) code = text.charCodeAt(++at);
    if (code === 58) count++;
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++;
  return slashes % 2 === 1;
}

export function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count++;
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === 'object') count += countKeys(member);
  }
  return count;
}

/** A text as Go quotes it. */
export function goQuotedText(text: string): string {
  return `"${[...text].map(goQuoted).join('')}"`;
}

/** A character as Go quotes it. */
function goQuoted(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 7) return '\\a';
  if (code === 11) return '\\v';
  if ((code < 32 && !'\b\f\n\r\t'.includes(character)) || code === 127) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code > 127 && code < 161 ? `\\u${code.toString(16).padStart(4, '0')}` : JSON.stringify(character).slice(1, -1);
}

export interface KeyReport {
  value: unknown;
  /** Paths of keys that occurred again, in order. */
  duplicates: string[];
  /** Path of every key -> its place in the text; of a duplicate its second place. */
  order: Map<string, number>;
}

/** Finds duplicate keys; the last value wins, as with JSON.parse. Throws JsonSyntaxError. */
export function parseJsonWithKeys(text: string): KeyReport {
  const parser = new SlowParser(text);
  return { value: parser.parse(), duplicates: parser.duplicates, order: parser.order };
}

const MAX_DEPTH = 10_000;
const ESCAPES: Record<string, string> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class SlowParser {
  readonly duplicates: string[] = [];
  readonly order = new Map<string, number>();
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): unknown {
    const value = this.value('', 'looking for beginning of value');
    this.space();
    if (this.at < this.text.length) this.fail('after top-level value');
    return value;
  }

  private fail(context: string): never {
    if (this.at >= this.text.length) throw new JsonSyntaxError('unexpected end of JSON input');
    const character = this.text[this.at] as string;
    const shown = character === "'" ? `'\\''` : character === '"' ? `'"'` : `'${goQuoted(character)}'`;
    throw new JsonSyntaxError(`invalid character ${shown} ${context}`);
  }

  private space(): void {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || code === 9 || code === 10 || code === 13) code = this.text.charCodeAt(++this.at);
  }

  private value(path: string, context: string): unknown {
    this.space();
    const character = this.text[this.at];
    if (character === '{' || character === '[') {
      if (++this.depth > MAX_DEPTH) throw new JsonSyntaxError('exceeded max depth');
      const value = character === '{' ? this.object(path) : this.array(path);
      this.depth--;
      return value;
    }
    if (character === '"') return this.string();
    if (character !== undefined && (character === '-' || (character >= '0' && character <= '9'))) return this.number();
    if (character === 't') return this.literal('true', true);
    if (character === 'f') return this.literal('false', false);
    if (character === 'n') return this.literal('null', null);
    return this.fail(context);
  }

  private object(path: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.at++;
    this.space();
    if (this.text[this.at] === '}') { this.at++; return result; }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
      const key = this.string();
      const place = path === '' ? key : `${path}.${key}`;
      if (Object.hasOwn(result, key)) this.duplicates.push(place);
      this.order.set(place, this.order.size + 1);
      this.space();
      if (this.text[this.at] !== ':') this.fail('after object key');
      this.at++;
      const member = this.value(place, 'looking for beginning of value');
      Object.defineProperty(result, key, { value: member, writable: true, enumerable: true, configurable: true });
      this.space();
      const next = this.text[this.at];
      if (next === '}') { this.at++; return result; }
      if (next !== ',') this.fail('after object key:value pair');
      this.at++;
    }
  }

  private array(path: string): unknown[] {
    const result: unknown[] = [];
    this.at++;
    this.space();
    if (this.text[this.at] === ']') { this.at++; return result; }
    for (;;) {
      result.push(this.value(`${path}[${result.length}]`, 'looking for beginning of value'));
      this.space();
      const next = this.text[this.at];
      if (next === ']') { this.at++; return result; }
      if (next !== ',') this.fail('after array element');
      this.at++;
    }
  }

  private string(): string {
    let result = '';
    let from = ++this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 34) {
        result += this.text.slice(from, this.at++);
        return result;
      }
      if (Number.isNaN(code)) this.fail('in string literal');
      if (code < 32) this.fail('in string literal');
      if (code !== 92) { this.at++; continue; }
      result += this.text.slice(from, this.at++);
      const escape = this.text[this.at] ?? '';
      if (escape === 'u') {
        const digits = this.text.slice(this.at + 1, this.at + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) { this.at++; this.fail('in \\u hexadecimal character escape'); }
        result += String.fromCharCode(parseInt(digits, 16));
        this.at += 5;
      } else {
        const character = ESCAPES[escape];
        if (character === undefined) this.fail('in string escape code');
        result += character;
        this.at++;
      }
      from = this.at;
    }
  }

  private number(): number {
    const match = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    match.lastIndex = this.at;
    const found = match.exec(this.text);
    if (!found) { this.at++; this.fail('in numeric literal'); }
    this.at += found[0].length;
    return Number(found[0]);
  }

  private literal<T>(word: string, value: T): T {
    for (const character of word) {
      if (this.text[this.at] !== character) this.fail(`in literal ${word} (expecting '${character}')`);
      this.at++;
    }
    return value;
  }
}
