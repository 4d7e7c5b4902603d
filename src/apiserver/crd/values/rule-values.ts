import type { Schema } from '../../../api/schema.ts';
import { loadedCel } from './rule-programs.ts';

/** A value as expressions see it: names escaped, whole numbers int, formats as their types. */
export function ruleValue(value: unknown, schema: Schema | undefined): unknown {
  const { toCel, escapedName } = loadedCel();
  return toCel(value, schema, true, escapedName);
}
