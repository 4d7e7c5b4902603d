import type { Schema } from '../../../api/schema.ts';
import { copyJson } from '../../../api/codec/json.ts';

/**
 * Fills in the defaults of a CRD's schema, in place. A null stands for an absent field where null is not allowed: it gives way
 * to the default, or goes.
 */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (typeof value !== 'object' || value === null || !needsVisit(schema)) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const item of value) applyDefaults(item, items);
    return;
  }
  const object = value as Record<string, unknown>;
  for (const field of schema.fields?.values() ?? []) {
    const given = object[field.name];
    const nothing = given === undefined || (given === null && !field.schema.nullable);
    if (!nothing) continue;
    if (field.schema.default !== undefined && (field.schema.default !== null || field.schema.nullable)) object[field.name] = copyJson(field.schema.default);
    else if (given === null) delete object[field.name];
  }
  for (const key in object) {
    const inner = schema.fields?.get(key)?.schema ?? schema.values;
    if (!inner) continue;
    if (object[key] === null && !inner.nullable && inner.type !== 'any' && schema.values === inner) delete object[key];
    else applyDefaults(object[key], inner);
  }
}

/** Scalars hold nothing to fill in. */
function needsVisit(schema: Schema): boolean {
  return schema.fields !== undefined || schema.values !== undefined || schema.items !== undefined;
}
