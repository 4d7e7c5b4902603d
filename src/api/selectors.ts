/** Selectors as query parameters give them: reading, matching, upstream's error texts. Those inside objects: label-selector.ts. */
import { labelValue, qualifiedName } from './kinds/common/formats.ts';

export class SelectorError extends Error {
  override name = 'SelectorError';
}

export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | '>' | '<';
export interface LabelRequirement { key: string; operator: LabelOperator; values: string[] }
type Labels = Record<string, string> | undefined;

const INTEGER = /^[+-]?\d+$/;

function requirementMatches({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in': case '=': case '==': return value !== undefined && values.includes(value);
    case 'notin': case '!=': return value === undefined || !values.includes(value);
    case 'exists': return value !== undefined;
    case '!': return value === undefined;
    case '>': case '<': {
      if (value === undefined || !INTEGER.test(value)) return false;
      const [mine, bound] = [BigInt(value), BigInt(values[0] as string)];
      return operator === '>' ? mine > bound : mine < bound;
    }
  }
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  const list = [...values].sort().join(',');
  return operator === 'in' || operator === 'notin' ? `${key} ${operator} (${list})` : `${key}${operator}${list}`;
}

export class LabelSelector {
  readonly requirements: readonly LabelRequirement[];

  constructor(requirements: readonly LabelRequirement[]) {
    this.requirements = requirements;
  }
  get empty(): boolean { return this.requirements.length === 0; }
  matches(labels: Labels): boolean {
    for (const requirement of this.requirements) if (!requirementMatches(requirement, labels)) return false;
    return true;
  }
  toString(): string { return this.requirements.map(requirementText).join(','); }
}

const EVERYTHING = new LabelSelector([]);

const quoted = (value: unknown): string => JSON.stringify(value);

function checkedRequirement(key: string, operator: LabelOperator, values: string[]): LabelRequirement {
  const errors: string[] = [];
  const keyErrors = qualifiedName(key);
  if (keyErrors.length) errors.push(`key: Invalid value: ${quoted(key)}: ${keyErrors.join('; ')}`);
  const list = `[${values.map(quoted).join(',')}]`;
  if ((operator === 'in' || operator === 'notin') && values.length === 0) errors.push(`values: Invalid value: ${list}: for 'in', 'notin' operators, values set can't be empty`);
  if ((operator === 'exists' || operator === '!') && values.length > 0) errors.push(`values: Invalid value: ${list}: values set must be empty for exists and does not exist`);
  if (operator === '>' || operator === '<') {
    values.forEach((value, index) => {
      if (!INTEGER.test(value)) errors.push(`values[${index}]: Invalid value: ${quoted(value)}: for 'Gt', 'Lt' operators, the value must be an integer`);
    });
  }
  values.forEach((value, index) => {
    const valueErrors = labelValue(value);
    if (valueErrors.length) errors.push(`values[${index}][${key}]: Invalid value: ${quoted(value)}: ${valueErrors.join('; ')}`);
  });
  if (errors.length) throw new SelectorError(errors.length === 1 ? (errors[0] as string) : `[${errors.join(', ')}]`);
  return { key, operator, values };
}

type Token = { type: 'identifier' | 'symbol' | 'end'; text: string };
const SYMBOL = /^(?:==|!=|[=!(),<>])/;
const BINARY_OPERATORS = new Set(['=', '==', '!=', '>', '<']);

function tokens(text: string): Token[] {
  const result: Token[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[ \t\r\n]+/, '');
    // As Go's lexer reads it, a zero byte is the end.
    if (rest === '' || rest.startsWith('\0')) return [...result, { type: 'end', text: '' }];
    const symbol = SYMBOL.exec(rest)?.[0];
    const found = symbol ?? (/^[^ \t\r\n=!(),<>]+/.exec(rest) as RegExpExecArray)[0];
    result.push({ type: symbol ? 'symbol' : 'identifier', text: found });
    rest = rest.slice(found.length);
  }
}

class LabelParser {
  private readonly list: Token[];
  private at = 0;

  constructor(text: string) {
    this.list = tokens(text);
  }
  private get next(): Token { return this.list[Math.min(this.at, this.list.length - 1)] as Token; }
  private take(): Token {
    const token = this.next;
    this.at++;
    return token;
  }
  private is(text: string): boolean { return this.next.type === 'symbol' && this.next.text === text; }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    for (;;) {
      if (this.next.type === 'end') return requirements;
      if (this.next.type !== 'identifier' && !this.is('!')) throw new SelectorError(`found '${this.next.text}', expected: !, identifier, or 'end of string'`);
      try {
        requirements.push(this.requirement());
      } catch (error) {
        throw error instanceof SelectorError ? new SelectorError(`unable to parse requirement: ${error.message}`) : error;
      }
      const after = this.take();
      if (after.type === 'end') return requirements;
      if (after.type !== 'symbol' || after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      if (this.next.type !== 'identifier' && !this.is('!')) throw new SelectorError(`found '${this.next.text}', expected: identifier after ','`);
    }
  }

  private requirement(): LabelRequirement {
    const negated = this.is('!');
    if (negated) this.take();
    const key = this.take();
    if (key.type !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`);
    const keyErrors = qualifiedName(key.text);
    if (keyErrors.length) throw new SelectorError(`<nil>: Invalid value: ${quoted(key.text)}: ${keyErrors.join('; ')}`);
    if (negated) return checkedRequirement(key.text, '!', []);
    if (this.next.type === 'end' || this.is(',')) return checkedRequirement(key.text, 'exists', []);
    const operator = this.take();
    if (operator.type === 'identifier' && (operator.text === 'in' || operator.text === 'notin')) return checkedRequirement(key.text, operator.text, this.values());
    if (operator.type === 'symbol' && BINARY_OPERATORS.has(operator.text)) return checkedRequirement(key.text, operator.text as LabelOperator, [this.exactValue()]);
    throw new SelectorError(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  private exactValue(): string {
    if (this.next.type === 'end' || this.is(',')) return '';
    const value = this.take();
    if (value.type !== 'identifier') throw new SelectorError(`found '${value.text}', expected: identifier`);
    return value.text;
  }

  private values(): string[] {
    const open = this.take();
    if (open.type !== 'symbol' || open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const found = new Set<string>();
    let expectValue = true;
    for (;;) {
      const token = this.take();
      if (token.type === 'symbol' && token.text === ')') {
        if (expectValue) found.add('');
        return [...found].sort();
      }
      if (token.type === 'symbol' && token.text === ',') {
        if (expectValue) found.add('');
        expectValue = true;
      } else if (token.type === 'identifier') {
        if (!expectValue) throw new SelectorError(`found '${token.text}', expected: ',' or ')'`);
        found.add(token.text);
        expectValue = false;
      } else throw new SelectorError(`found '${token.text}', expected: ${expectValue ? "',', ')' or identifier" : "',' or ')'"}`);
    }
  }
}

/** The form of query parameters: `app=web,tier in (a,b),!old`. Throws SelectorError. */
export function parseLabelSelector(text: string): LabelSelector {
  return text.trim() === '' ? EVERYTHING : new LabelSelector(new LabelParser(text).parse().sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0)));
}

export interface FieldTerm { field: string; operator: '=' | '!='; value: string }

export class FieldSelector {
  readonly terms: readonly FieldTerm[];
  constructor(terms: readonly FieldTerm[]) {
    this.terms = terms;
  }
  get empty(): boolean { return this.terms.length === 0; }
  /** A field that is absent counts as ''. */
  matches(fields: Record<string, string>): boolean {
    for (const { field, operator, value } of this.terms) if (((fields[field] ?? '') === value) !== (operator === '=')) return false;
    return true;
  }
  /** The value a field must have, when the selector names exactly one. */
  required(field: string): string | undefined {
    return this.terms.find((term) => term.field === field && term.operator === '=')?.value;
  }
  toString(): string {
    return this.terms.map(({ field, operator, value }) => `${field}${operator}${value.replace(/[\\,=]/g, (character) => `\\${character}`)}`).join(',');
  }
}

/** Splits at commas that are not escaped. */
function splitTerms(text: string): string[] {
  return text === '' ? [] : (text.match(/(?:\\[^]|[^,\\]|\\$)+|(?<=,)(?=,|$)|^(?=,)/g) ?? []);
}

function unescape(text: string): string {
  let result = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (character === '\\') {
      const next = text[++index];
      if (next === undefined || !'\\,='.includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      result += next;
    } else if (character === ',' || character === '=') throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    else result += character;
  }
  return result;
}

/** `status.phase=Running,metadata.name!=x`. Throws SelectorError. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text).sort()) {
    if (part === '') continue;
    const match = /^(.*?)(!=|==|=)([^]*)$/.exec(part) as [string, string, string, string] | null;
    if (!match) throw new SelectorError(`invalid selector: '${text}'; can't understand '${part}'`);
    terms.push({ field: match[1], operator: match[2] === '!=' ? '!=' : '=', value: unescape(match[3]) });
  }
  return new FieldSelector(terms);
}
