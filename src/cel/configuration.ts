/** What expressions of mutations make, as the JSON that is applied to an object. */
import { fromCel, Message } from './values.ts';

/** An apply configuration. A field that is null is the number zero, as in upstream's encoding. */
export function configurationOf(value: unknown): unknown {
  if (value instanceof Message) return Object.fromEntries([...value.fields].map(([key, item]) => [String(key), item === null ? 0 : configurationOf(item)]));
  if (Array.isArray(value)) return Array.from(value as unknown[], configurationOf);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(fromCel(key)), configurationOf(item)]));
  return fromCel(value);
}

/** Operations of a JSON patch: a path that was not given is empty. */
export function operationsOf(operations: unknown[]): unknown[] {
  return operations.map((operation) => ({ op: '', path: '', ...fromCel(operation) as object }));
}

/** Where an object has another type than its place among the fields says: `Object.metadata{labels: Object.spec{}}`. `within`: the field of a Message to look at. */
export function typeMismatches(value: unknown, within?: string): string[] {
  const root = within !== undefined && value instanceof Message ? value.fields.get(within) : value;
  const found: string[] = [];
  if (root instanceof Message) compare(root, root.name, found);
  return found;
}

function compare(value: unknown, expected: string, found: string[]): void {
  if (value instanceof Message) {
    if (value.name !== expected) found.push(`unexpected type name ${JSON.stringify(value.name)}, expected ${JSON.stringify(expected)}, which matches field name path from root Object type`);
    for (const [key, item] of value.fields) compare(item, `${expected}.${String(key)}`, found);
  } else if (Array.isArray(value)) {
    for (const item of value as unknown[]) compare(item, expected, found);
  } else if (value instanceof Map) {
    for (const item of value.values()) compare(item, expected, found);
  }
}
