/** YAML as Kubernetes takes it: one document that is JSON in other clothes. Loaded only when somebody sends or asks for YAML. */
import { createRequire } from 'node:module';
import type { Document, ParsedNode } from 'yaml';
import { countKeys, countKeysInText, JsonSyntaxError } from './json-text.ts';
import { yamlErrorText } from './yaml-errors.ts';

const require = createRequire(import.meta.url);
const library = (): typeof import('yaml') => require('yaml') as typeof import('yaml');

export interface YamlResult {
  value: unknown;
  /** Keys given twice, as upstream names them: `line 3: key "name" already set in map`. */
  duplicates: string[];
}

/** JSON is YAML, and most clients send it as such: read it the fast way. Undefined: it must be read as YAML. */
export function jsonAsYaml(text: string): YamlResult | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return countKeysInText(text) === countKeys(value) ? { value, duplicates: [] } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws JsonSyntaxError. The last of duplicate keys wins. */
export function parseYaml(text: string): YamlResult {
  const json = jsonAsYaml(text);
  if (json) return json;
  if (isTooDeep(text)) throw new JsonSyntaxError(`error converting YAML to JSON: yaml: exceeded max depth of ${DEEPEST}`);
  try {
    return readDocument(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw error;
    // The library's own errors: an alias without anchor, aliases that grow without measure, nesting deeper than the stack.
    if (error instanceof RangeError) throw new JsonSyntaxError('error converting YAML to JSON: yaml: exceeded max depth');
    if (!(error instanceof ReferenceError)) throw error;
    const why = /alias count/.test(error.message) ? 'document contains excessive aliasing' : error.message.replace(/^.*: (.*)$/, "unknown anchor '$1' referenced");
    throw new JsonSyntaxError(`error converting YAML to JSON: yaml: ${why}`);
  }
}

/** Upstream's limit, of brackets and of indentations. */
const DEEPEST = 10_000;

/** Found before the library builds it all in memory. Only brackets that are many, quoted ones too, are worth the exact look. */
function isTooDeep(text: string): boolean {
  if (text.length <= DEEPEST) return false;
  if (/^\s*(?:[-?:]\s+){10000}/m.test(text)) return true;
  let opening = 0;
  for (let at = 0; at < text.length && opening <= DEEPEST; at++) if (text[at] === '[' || text[at] === '{') opening++;
  if (opening <= DEEPEST) return false;
  let depth = 0;
  for (const token of new (library().Lexer)().lex(text)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

function readDocument(text: string): YamlResult {
  const { parseAllDocuments, LineCounter } = library();
  const lines = new LineCounter();
  // What follows the first document is not looked at.
  const [document] = parseAllDocuments(text, { version: '1.1', uniqueKeys: false, lineCounter: lines, merge: true, prettyErrors: false, schema: 'yaml-1.1', customTags: withoutTimestamps, intAsBigInt: false });
  if (!document) return { value: null, duplicates: [] };
  const [error] = document.errors;
  if (error) throw new JsonSyntaxError(`error converting YAML to JSON: ${yamlErrorText(text, { code: error.code, message: error.message, offset: error.pos[0] })}`);
  return { value: plain(document.toJS({ maxAliasCount: 1000 }) as unknown), duplicates: duplicateKeys(document as Document<ParsedNode>, (offset) => lines.linePos(offset).line) };
}

/** Times, binaries and numbers in base 60 stay strings, as in JSON. */
function withoutTimestamps<T>(tags: T[]): T[] {
  return tags.filter((tag) => {
    const { tag: name = '', format } = tag as { tag?: string; format?: string };
    return format !== 'TIME' && !/timestamp|binary|omap|pairs|set$/.test(name);
  });
}

/** Numbers and booleans as keys become strings, as JSON has no others; `undefined` becomes null. */
function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [String(key), plain(member)]));
  for (const key in value) (value as Record<string, unknown>)[key] = plain((value as Record<string, unknown>)[key]);
  return value;
}

function duplicateKeys(document: Document<ParsedNode>, lineOf: (offset: number) => number): string[] {
  const found: string[] = [];
  library().visit(document, {
    Map(_key, map) {
      const seen = new Set<string>();
      for (const pair of map.items) {
        const name = String((pair.key as { value?: unknown } | null)?.value ?? pair.key);
        const offset = (pair.key as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
        if (seen.has(name)) found.push(`line ${lineOf(offset)}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return found;
}

/** Duplicates as upstream reports them: one finding for all. */
export function duplicateText(duplicates: string[]): string[] {
  return duplicates.length ? [`yaml: unmarshal errors:\n${duplicates.map((line) => `  ${line}`).join('\n')}`] : [];
}

export function stringifyYaml(value: unknown): string {
  return library().stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 0, indentSeq: false, aliasDuplicateObjects: false });
}
