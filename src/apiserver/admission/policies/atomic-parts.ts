import type { Field, Schema } from '../../../api/schema.ts';

/** Where a configuration names a part of an atomic list, map or struct, which it could only replace: `.spec.containers[0].args`. */
export function atomicParts(patch: unknown, schema: Schema): string[] {
  const found: string[] = [];
  look(patch, schema, undefined, '', found);
  return found;
}

function look(value: unknown, schema: Schema | undefined, field: Field | undefined, path: string, found: string[]): void {
  if (!schema || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const listType = field?.listType ?? schema.listType;
    if (schema.type === 'array' && listType !== 'map' && listType !== 'set') found.push(path);
    value.forEach((item, index) => look(item, schema.items, undefined, `${path}[${index}]`, found));
    return;
  }
  if ((field?.mapType ?? schema.mapType) === 'atomic' || (field?.structType ?? schema.structType) === 'atomic') found.push(path);
  for (const [key, item] of Object.entries(value)) {
    const own = schema.fields?.get(key);
    if (own) look(item, own.schema, own, `${path}.${key}`, found);
  }
}
