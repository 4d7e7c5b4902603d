import type { Schema } from '../../../api/schema.ts';
import { Findings } from '../../../api/kinds/common/findings.ts';
import type { FieldError } from '../../../api/status.ts';

/** Items that stand twice in lists that are sets or have keys. */
export function listTypeErrors(schema: Schema, value: unknown, path = ''): FieldError[] {
  const findings = new Findings();
  visit(findings, schema, value, path);
  return findings.list;
}

function visit(findings: Findings, schema: Schema, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (schema.listType === 'set') checkSet(findings, value, path);
    if (schema.listType === 'map') checkKeys(findings, schema.listMapKeys ?? [], value, path);
    if (schema.items) value.forEach((item, index) => visit(findings, schema.items as Schema, item, `${path}[${index}]`));
    return;
  }
  for (const key in value) {
    const field = schema.fields?.get(key)?.schema;
    const inner = field ?? schema.values;
    if (inner) visit(findings, inner, (value as Record<string, unknown>)[key], field ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);
  }
}

/** JSON with sorted keys: the same text, the same value. */
export function sortedText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1))) : inner));
}

/** Each value that stands several times is told once, at its second place. */
function duplicates(texts: string[]): number[] {
  const places = new Map<string, number>();
  const found: number[] = [];
  texts.forEach((text, index) => {
    const count = (places.get(text) ?? 0) + 1;
    places.set(text, count);
    if (count === 2) found.push(index);
  });
  return found;
}

function checkSet(findings: Findings, list: unknown[], path: string): void {
  for (const index of duplicates(list.map(sortedText))) findings.duplicate(`${path}[${index}]`, list[index]);
}

function checkKeys(findings: Findings, keys: readonly string[], list: unknown[], path: string): void {
  const named = list.map((item) => Object.fromEntries(keys.filter((key) => (item as Record<string, unknown> | null)?.[key] !== undefined).map((key) => [key, (item as Record<string, unknown>)[key]])));
  const wrong = list.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
  if (wrong >= 0) return findings.invalid(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map');
  for (const index of duplicates(named.map(sortedText))) findings.duplicate(`${path}[${index}]`, named[index]);
}
