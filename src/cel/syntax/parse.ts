import { BOOL, BYTES, DOUBLE, INT, NULL, STRING, UINT } from '../types.ts';
import { Uint } from '../values.ts';
import { expandMacro } from './macros.ts';
import { escapeText, RESERVED, tokenize, type SyntaxFault, type Token } from './tokens.ts';
import { unescapeBytes, unescapeString } from './unescape.ts';
import type { MapEntry, Node, StructField } from './tree.ts';

const MAXIMUM_DEPTH = 250;
const MAXIMUM_CHARACTERS = 100_000;
const RELATIONS = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);
const INFIX = new Set([...RELATIONS, '+', '*', '/', '%', '&&', '||', '?']);
const START_OF_OPERAND = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const START_OF_INDEX = START_OF_OPERAND.replace("'!', ", "'!', '?', ");
const INT_RANGE = [-(2n ** 63n), 2n ** 63n - 1n] as const;

export type Parsed = { node: Node; faults?: undefined } | { node?: undefined; faults: SyntaxFault[] };

class Abort extends Error {}

/** Reads an expression; macros are expanded on the way. */
export function parse(text: string): Parsed {
  const characters = [...text].length;
  if (characters > MAXIMUM_CHARACTERS) return { faults: [{ at: -1, message: `expression code point size exceeds limit: size: ${characters}, limit ${MAXIMUM_CHARACTERS}` }] };
  const { tokens, faults } = tokenize(text);
  const parser = new Parser(tokens, faults);
  const node = parser.whole();
  return parser.faults.length > 0 || !node ? { faults: parser.faults } : { node };
}

class Parser {
  readonly faults: SyntaxFault[];
  private readonly tokens: Token[];
  private position = 0;
  private depth = 0;
  private start = START_OF_OPERAND;

  constructor(tokens: Token[], faults: SyntaxFault[]) {
    this.tokens = tokens;
    this.faults = faults;
  }

  whole(): Node | undefined {
    try {
      const node = this.expression();
      const next = this.peek();
      if (next.kind !== 'end') {
        const extraneous = this.tokens[this.position + 1]?.kind === 'end';
        this.fail(next, `Syntax error: ${extraneous ? 'extraneous' : 'mismatched'} input '${escapeText(next.text)}' expecting <EOF>`);
      }
      return node;
    } catch (error) {
      if (error instanceof Abort) return undefined;
      throw error;
    }
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.position + ahead, this.tokens.length - 1)]!;
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.position++;
    return token;
  }

  private at(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'operator' && token.text === text;
  }

  private accept(text: string): Token | undefined {
    return this.at(text) ? this.take() : undefined;
  }

  private expect(text: string, expected?: string): Token {
    if (this.at(text)) return this.take();
    const next = this.peek();
    const shown = escapeText(next.text);
    // Where nothing else could stand, what is missing is told, or what is too much.
    if (this.at(text, 1)) this.fail(next, `Syntax error: extraneous input '${shown}' expecting ${expected ?? `'${text}'`}`);
    this.fail(next, expected ? `Syntax error: mismatched input '${shown}' expecting ${expected}` : `Syntax error: missing '${text}' at '${shown}'`);
  }

  private fail(token: { at: number }, message: string): never {
    this.report(token.at, message);
    throw new Abort();
  }

  private report(at: number, message: string): void {
    this.faults.push({ at, message });
  }

  /** `start`: what may stand at its beginning, where it is more than elsewhere. */
  private expression(start = START_OF_OPERAND): Node {
    this.start = start;
    if (++this.depth > MAXIMUM_DEPTH) this.fail({ at: -1 }, `expression recursion limit exceeded: ${MAXIMUM_DEPTH}`);
    const condition = this.chain('||', '_||_', () => this.chain('&&', '_&&_', () => this.relation()));
    const question = this.accept('?');
    let node = condition;
    if (question) {
      const whenTrue = this.chain('||', '_||_', () => this.chain('&&', '_&&_', () => this.relation()));
      this.expect(':');
      node = call('_?_:_', question.at, [condition, whenTrue, this.expression()]);
    }
    this.depth--;
    return node;
  }

  private chain(operator: string, name: string, operand: () => Node): Node {
    const operands = [operand()];
    const positions: number[] = [];
    for (let token = this.accept(operator); token; token = this.accept(operator)) {
      positions.push(token.at);
      operands.push(operand());
    }
    return balanced(name, operands, positions, 0, operands.length - 1);
  }

  private relation(): Node {
    let left = this.sum();
    while (this.peek().kind === 'operator' && RELATIONS.has(this.peek().text)) {
      const { text, at } = this.take();
      left = call(text === 'in' ? '@in' : `_${text}_`, at, [left, this.sum()]);
    }
    return left;
  }

  private sum(): Node {
    let left = this.product();
    while (this.at('+') || this.at('-')) {
      const { text, at } = this.take();
      left = call(`_${text}_`, at, [left, this.product()]);
    }
    return left;
  }

  private product(): Node {
    let left = this.unary();
    while (this.at('*') || this.at('/') || this.at('%')) {
      const { text, at } = this.take();
      left = call(`_${text}_`, at, [left, this.unary()]);
    }
    return left;
  }

  private unary(): Node {
    if (this.at('-') && (this.peek(1).kind === 'int' || this.peek(1).kind === 'double') && !this.at('-', 2)) return this.member();
    const operator = this.at('!') ? '!' : this.at('-') ? '-' : undefined;
    if (!operator) return this.member();
    const { at } = this.peek();
    let count = 0;
    while (this.accept(operator)) count++;
    const operand = this.member();
    return count % 2 === 0 ? operand : call(operator === '!' ? '!_' : '-_', at, [operand]);
  }

  private member(): Node {
    let node = this.primary();
    for (;;) {
      const dot = this.accept('.');
      if (dot) node = this.selection(node, dot);
      else if (this.at('[')) {
        const { at } = this.take();
        const optional = this.accept('?');
        const index = this.expression(optional ? undefined : START_OF_INDEX);
        this.expect(']');
        node = call(optional ? '_[?_]' : '_[_]', at, [node, index]);
      } else return node;
    }
  }

  private selection(operand: Node, dot: Token): Node {
    const optional = this.accept('?');
    const token = this.take();
    if (token.kind === 'quoted-name') this.fail(token, "unsupported syntax: '`'");
    if (token.kind !== 'name') this.noName(token);
    if (optional) return call('_?._', dot.at, [operand, { kind: 'literal', at: token.at, value: token.text, literalType: STRING }]);
    if (!this.at('(')) return { kind: 'select', at: dot.at, operand, field: token.text, test: false };
    const open = this.take();
    return this.finishCall(token.text, open.at, operand, this.listed(')', () => this.expression()));
  }

  /** After a dot. */
  private noName(token: Token): never {
    this.fail(token, `Syntax error: no viable alternative at input '.${token.kind === 'end' ? '' : escapeText(token.text)}'`);
  }

  private finishCall(name: string, at: number, target: Node | undefined, args: Node[]): Node {
    const expanded = expandMacro({ name, at, target, args });
    if (!expanded) return { kind: 'call', at, name, target, args };
    if ('fault' in expanded) {
      this.report(expanded.at, expanded.fault);
      return { kind: 'literal', at, value: null, literalType: NULL };
    }
    return expanded.node;
  }

  /** Up to the closing bracket; a comma may follow the last, but not in calls. */
  private listed<T>(close: string, item: () => T): T[] {
    const items: T[] = [];
    if (this.accept(close)) return items;
    for (;;) {
      items.push(item());
      if (this.accept(',')) {
        if (close !== ')' && this.accept(close)) return items;
        continue;
      }
      this.expect(close, `{'${close}', ','}`.replace("{')', ','}", "{',', ')'}"));
      return items;
    }
  }

  private primary(): Node {
    const token = this.peek();
    if (token.kind === 'name' && !['true', 'false', 'null'].includes(token.text)) return this.named('');
    if (this.accept('.')) return this.peek().kind === 'name' ? this.named('.') : this.noName(this.peek());
    if (this.accept('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.accept('[')) return this.list(token.at);
    if (this.accept('{')) return { kind: 'map', at: token.at, entries: this.listed('}', () => this.entry()) };
    return this.literal();
  }

  private list(at: number): Node {
    const optional = new Set<number>();
    let index = 0;
    const items = this.listed(']', () => {
      if (this.accept('?')) optional.add(index);
      index++;
      return this.expression();
    });
    return { kind: 'list', at, items, optional };
  }

  private entry(): MapEntry {
    const optional = this.accept('?') !== undefined;
    const key = this.expression();
    const { at } = this.expect(':');
    return { key, optional, at, value: this.expression() };
  }

  private field(): StructField {
    const optional = this.accept('?') !== undefined;
    const token = this.take();
    if (token.kind !== 'name') this.fail(token, `Syntax error: mismatched input '${escapeText(token.text)}' expecting {'}', '?', ',', IDENTIFIER}`);
    const { at } = this.expect(':');
    return { name: token.text, optional, at, value: this.expression() };
  }

  private named(prefix: string): Node {
    const first = this.take();
    const name = prefix + first.text;
    let ahead = 0;
    while (this.at('.', ahead) && this.peek(ahead + 1).kind === 'name') ahead += 2;
    if (this.at('{', ahead)) {
      let full = name;
      for (; ahead > 0; ahead -= 2) {
        this.take();
        full += `.${this.take().text}`;
      }
      const open = this.take();
      return { kind: 'struct', at: open.at, name: full, fields: this.listed('}', () => this.field()) };
    }
    if (RESERVED.has(first.text)) this.report(first.at, `reserved identifier: ${first.text}`);
    if (!this.at('(')) return { kind: 'ident', at: first.at, name };
    const open = this.take();
    return this.finishCall(name, open.at, undefined, this.listed(')', () => this.expression()));
  }

  private literal(): Node {
    const start = this.peek();
    const negative = this.accept('-') !== undefined;
    const token = this.peek();
    const { at } = start;
    const sign = negative ? '-' : '';
    switch (token.kind) {
      case 'int': {
        this.take();
        const value = negative ? -BigInt(token.text) : BigInt(token.text);
        if (value < INT_RANGE[0] || value > INT_RANGE[1]) this.report(at, 'invalid int literal');
        return { kind: 'literal', at, value, literalType: INT };
      }
      case 'double':
        this.take();
        return { kind: 'literal', at, value: Number(sign + token.text), literalType: DOUBLE };
      default:
    }
    if (negative) return this.unexpected();
    this.take();
    switch (token.kind) {
      case 'uint': {
        const value = BigInt(token.text.slice(0, -1));
        if (value >= 2n ** 64n) this.report(at, 'invalid uint literal');
        return { kind: 'literal', at, value: new Uint(value), literalType: UINT };
      }
      case 'string': return { kind: 'literal', at, value: this.unescaped(() => unescapeString(token.text), at), literalType: STRING };
      case 'bytes': return { kind: 'literal', at, value: this.unescaped(() => unescapeBytes(token.text), at), literalType: BYTES };
      case 'name':
        if (token.text === 'null') return { kind: 'literal', at, value: null, literalType: NULL };
        return { kind: 'literal', at, value: token.text === 'true', literalType: BOOL };
      default:
        this.position--;
        if (token.kind === 'end') this.position++;
        return this.unexpected();
    }
  }

  private unescaped<T>(read: () => T, at: number): T | string {
    try {
      return read();
    } catch (error) {
      this.report(at, (error as Error).message);
      return '';
    }
  }

  /** Before an operator reading goes on, as if there were an operand. */
  private unexpected(): Node {
    const token = this.peek();
    const expected = this.tokens[this.position - 1]?.text === '[' ? this.start : START_OF_OPERAND;
    const next = this.tokens[this.position + 1];
    const extraneous = token.kind !== 'end' && next !== undefined && (['name', 'int', 'uint', 'double', 'string', 'bytes'].includes(next.kind) || ['(', '{', '.', '-', '!'].includes(next.text));
    const message = `Syntax error: ${extraneous ? 'extraneous' : 'mismatched'} input '${escapeText(token.text)}' expecting ${expected}`;
    if (extraneous || token.kind !== 'operator' || !INFIX.has(token.text)) this.fail(token, message);
    this.report(token.at, message);
    return { kind: 'literal', at: token.at, value: null, literalType: NULL };
  }
}

function call(name: string, at: number, args: Node[]): Node {
  return { kind: 'call', at, name, target: undefined, args };
}

/** Long chains of && and || become shallow trees. */
function balanced(name: string, operands: Node[], positions: number[], low: number, high: number): Node {
  if (low === high) return operands[low]!;
  const middle = Math.floor((low + high - 1) / 2 + 0.5);
  const split = Math.min(Math.max(middle, low), high - 1);
  return call(name, positions[split]!, [balanced(name, operands, positions, low, split), balanced(name, operands, positions, split + 1, high)]);
}
