const SIMPLE: Record<string, string> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', '\'': '\'', '"': '"', '`': '`', '?': '?' };
const ESCAPE = /\\(?:([abfnrtv\\'"`?])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]?))/g;

/** What a quoted string says. Throws Error when an escape is none. */
export function unescapeString(token: string): string {
  const { body, raw } = bodyOf(token);
  if (raw) return body;
  return body.replace(ESCAPE, (_, plain?: string, hex?: string, short?: string, long?: string, octal?: string) => {
    if (plain !== undefined) return SIMPLE[plain]!;
    const code = hex ?? short ?? long;
    const point = code !== undefined ? parseInt(code, 16) : octal !== undefined ? parseInt(octal, 8) : -1;
    if (point < 0) throw new Error('unable to unescape string');
    if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) throw new Error('invalid unicode code point');
    return String.fromCodePoint(point);
  });
}

/** As `b'...'`: escapes of numbers are single bytes there. */
export function unescapeBytes(token: string): Uint8Array {
  const { body, raw } = bodyOf(token.slice(1));
  if (raw) return new Uint8Array(Buffer.from(body));
  const parts: Buffer[] = [];
  let last = 0;
  for (const match of body.matchAll(ESCAPE)) {
    const [whole, plain, hex, short, long, octal] = match;
    parts.push(Buffer.from(body.slice(last, match.index)));
    last = match.index + whole.length;
    if (short !== undefined || long !== undefined) throw new Error('unable to unescape string');
    if (plain !== undefined) parts.push(Buffer.from(SIMPLE[plain]!));
    else if (hex !== undefined || octal !== undefined) parts.push(Buffer.from([hex !== undefined ? parseInt(hex, 16) : parseInt(octal as string, 8)]));
    else throw new Error('unable to unescape string');
  }
  parts.push(Buffer.from(body.slice(last)));
  return new Uint8Array(Buffer.concat(parts));
}

function bodyOf(token: string): { body: string; raw: boolean } {
  const raw = /^[rR]/.test(token);
  const text = raw ? token.slice(1) : token;
  const quotes = text.startsWith('"""') || text.startsWith("'''") ? 3 : 1;
  return { body: text.slice(quotes, -quotes).replace(/\r\n?/g, '\n'), raw };
}
