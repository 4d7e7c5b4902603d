import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const require = createRequire(import.meta.url);
const library = (): typeof import('re2js') => require('re2js') as typeof import('re2js');

const MAXIMUM_CACHED = 4096;
const cache = new Map<string, RE2JS>();

/**
 * A regular expression in RE2's syntax, which clients write and which takes time linear in the text, whatever the pattern: JavaScript's own
 * would let one object's pattern stop the server. Throws an Error in the words of Go's compiler.
 */
export function regularExpression(pattern: string): RE2JS {
  let found = cache.get(pattern);
  if (!found) {
    if (cache.size >= MAXIMUM_CACHED) cache.clear();
    cache.set(pattern, found = library().RE2JS.compile(pattern));
  }
  return found;
}

/** Matches that do not overlap, from the left; at most `limit` of them. */
export function findAll(text: string, pattern: string, limit = Infinity): string[] {
  const matcher = regularExpression(pattern).matcher(text);
  const found: string[] = [];
  while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}
