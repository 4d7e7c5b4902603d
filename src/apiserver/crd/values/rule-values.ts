import type { Schema } from '../../../api/schema.ts';
import { loadedCel } from './rule-programs.ts';

const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);

/** The name of a property in an expression; undefined when it cannot be said there. */
export function escapedName(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  const text = name.replaceAll('__', '__underscores__').replaceAll('.', '__dot__').replaceAll('-', '__dash__').replaceAll('/', '__slash__');
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : undefined;
}

/** A value as expressions see it: names escaped, whole numbers int, formats as their types. */
export function ruleValue(value: unknown, schema: Schema | undefined): unknown {
  const { toCel } = loadedCel();
  if (typeof value !== 'object' || value === null || !schema) return toCel(value, schema, true);
  if (Array.isArray(value)) return value.map((item) => ruleValue(item, schema.items));
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const given = (value as Record<string, unknown>)[key];
    const field = schema.fields?.get(key)?.schema;
    if (field) result[escapedName(key) ?? key] = ruleValue(given, field);
    else if (schema.values) result[key] = ruleValue(given, schema.values);
    else result[key] = toCel(given);
  }
  return result;
}
