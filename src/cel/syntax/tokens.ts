export type TokenKind = 'name' | 'quoted-name' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'operator' | 'end';
export interface Token { kind: TokenKind; text: string; at: number }
export interface SyntaxFault { at: number; message: string }

/** Words that name nothing; some may be fields. */
export const RESERVED = new Set([
  'as', 'break', 'const', 'continue', 'else', 'false', 'for', 'function', 'if', 'import', 'in', 'let', 'loop', 'package', 'namespace', 'null', 'return', 'true', 'var', 'void', 'while',
]);

const SPACE = /(?:[\t\f\r\n ]+|\/\/[^\n]*)+/y;
const ESCAPE = String.raw`\\(?:[abfnrtv"'\x60?\\]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const QUOTED = String.raw`"""(?:${ESCAPE}|[^\\])*?"""|'''(?:${ESCAPE}|[^\\])*?'''|"(?:${ESCAPE}|[^"\\\r\n])*"|'(?:${ESCAPE}|[^'\\\r\n])*'`;
const RAW = String.raw`[rR](?:"""[\s\S]*?"""|'''[\s\S]*?'''|"[^"\r\n]*"|'[^'\r\n]*')`;
/** What there is of a string that does not end well. */
const UNFINISHED = new RegExp(String.raw`"(?:${ESCAPE}|[^"\\\r\n])*\\?[\s\S]?|'(?:${ESCAPE}|[^'\\\r\n])*\\?[\s\S]?`, 'y');
const PATTERNS: [TokenKind, RegExp][] = [
  ['bytes', new RegExp(`[bB](?:${RAW}|${QUOTED})`, 'y')],
  ['string', new RegExp(`${RAW}|${QUOTED}`, 'y')],
  ['double', /\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?/y],
  ['uint', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['int', /0x[0-9a-fA-F]+|\d+/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['quoted-name', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['operator', /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y],
];

/** Cuts an expression into tokens, `end` being the last; what is no token is told and left out. */
export function tokenize(text: string): { tokens: Token[]; faults: SyntaxFault[] } {
  const tokens: Token[] = [];
  const faults: SyntaxFault[] = [];
  let at = 0;
  while (at < text.length) {
    SPACE.lastIndex = at;
    if (SPACE.test(text)) {
      at = SPACE.lastIndex;
      continue;
    }
    const found = PATTERNS.find(([, pattern]) => {
      pattern.lastIndex = at;
      return pattern.test(text);
    });
    if (found) {
      const [kind, pattern] = found;
      tokens.push({ kind: kind === 'name' && text.slice(at, pattern.lastIndex) === 'in' ? 'operator' : kind, text: text.slice(at, pattern.lastIndex), at });
      at = pattern.lastIndex;
    } else {
      const wrong = unrecognized(text, at);
      faults.push({ at, message: `Syntax error: token recognition error at: '${escapeText(wrong)}'` });
      at += wrong.length;
    }
  }
  tokens.push({ kind: 'end', text: '<EOF>', at: text.length });
  return { tokens, faults };
}

/** An unfinished string takes the rest of its line with it. */
function unrecognized(text: string, at: number): string {
  UNFINISHED.lastIndex = at;
  const string = UNFINISHED.exec(text)?.[0];
  if (string) return string;
  const character = String.fromCodePoint(text.codePointAt(at) as number);
  // One that begins a longer operator takes what made it fail with it.
  return (character === '=' || character === '&' || character === '|') && at + 1 < text.length ? text.slice(at, at + 2) : character;
}

export function escapeText(text: string): string {
  return text.replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
}
