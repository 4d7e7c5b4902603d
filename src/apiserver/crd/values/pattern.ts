/** Regular expressions of Go's kind (RE2), as far as JavaScript's can say the same. */
const cache = new Map<string, RegExp | undefined>();
const CACHE_LIMIT = 4096;
const CLASSES: Record<string, string> = {
  alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\x00-\\x7F', blank: '\\t ', cntrl: '\\x00-\\x1F\\x7F', digit: '0-9', graph: '!-~', lower: 'a-z', print: ' -~',
  punct: '!-\\/:-@\\[-`{-~', space: '\\t\\n\\v\\f\\r ', upper: 'A-Z', word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
};

/** undefined: not a regular expression. */
export function goPattern(pattern: string): RegExp | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  const made = make(pattern);
  cache.set(pattern, made);
  return made;
}

function make(pattern: string): RegExp | undefined {
  let flags = '';
  let text = pattern
    .replace(/\(\?P</g, '(?<').replace(/\\z/g, '$').replace(/\\A/g, '^').replace(/\\pN\b/g, '\\p{N}').replace(/\\pL\b/g, '\\p{L}')
    .replace(/\[:(\^?)(\w+):\]/g, (whole, _not: string, name: string) => CLASSES[name] ?? whole);
  const leading = /^\(\?([imsU]+)\)/.exec(text);
  if (leading) {
    text = text.slice(leading[0].length);
    flags = [...(leading[1] as string)].filter((flag) => flag !== 'U').join('');
  }
  // RE2 has no looking around and no references back.
  if (/\(\?<?[=!]/.test(text)) return undefined;
  for (const mode of ['u', '']) {
    try {
      return new RegExp(text, flags + mode);
    } catch {
      // The mode with Unicode is stricter about escapes than Go is.
    }
  }
  return undefined;
}
