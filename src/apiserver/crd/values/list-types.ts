import type { Schema } from '../../../api/schema.ts';
import type { Findings } from '../../../api/kinds/common/findings.ts';
import type { FieldError } from '../../../api/status.ts';
import { sortedText } from '../../../api/sorted-text.ts';
import { findInside } from './walk.ts';

/** Items that stand twice in lists that are sets or have keys. */
export function listTypeErrors(schema: Schema, value: unknown): FieldError[] {
  return findInside(schema, value, (findings, { listType, listMapKeys }, list, at) => {
    if (!Array.isArray(list)) return;
    if (listType === 'set') checkSet(findings, list, at);
    if (listType === 'map') checkKeys(findings, listMapKeys ?? [], list, at);
  });
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
  // What is nothing is found where types are looked at.
  if (list.includes(null)) return;
  const wrong = list.findIndex((item) => typeof item !== 'object' || Array.isArray(item));
  if (wrong >= 0) return findings.invalid(`${path}[${wrong}]`, list[wrong], 'must be an object for an array of list-type map');
  for (const index of duplicates(named.map(sortedText))) findings.duplicate(`${path}[${index}]`, named[index]);
}
