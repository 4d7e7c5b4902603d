/**
 * Values as upstream's server holds them: every field under its Go name, in Go's order, empty or not. Refusals that quote a whole value
 * quote it in this form. `schema/v1.37/internal.json` has the types, read when the first such refusal is written: type -> fields of
 * [Go name, JSON name, type text], the names '' for an embedded type. Type texts: `*`, `[]`, `{}` before another, `core.Volume` for an
 * internal type, `#io.k8s...` for one that is written as clients see it, and scalars.
 */
import { readFileSync } from 'node:fs';
import { unifiedDiff } from './unified-diff.ts';
import { definitionTable } from './schema-tables.ts';

type InternalField = [goName: string, jsonName: string, type: string];
type Value = Record<string, unknown>;

let types: Record<string, InternalField[]> | undefined;

function fieldsOf(type: string): InternalField[] {
  types ??= JSON.parse(readFileSync(new URL('../../schema/v1.37/internal.json', import.meta.url), 'utf8')) as Record<string, InternalField[]>;
  const fields = types[type];
  if (!fields) throw new Error(`no internal type ${type}`);
  return fields;
}

const ZERO: Record<string, unknown> = { string: '', number: 0, boolean: false, quantity: '0', 'int-or-string': 0, duration: '0s', time: null, any: null, bytes: null };

function structForm(type: string, value: Value): Value {
  const form: Value = {};
  for (const [goName, jsonName, fieldType] of fieldsOf(type)) {
    if (goName) form[goName] = formOf(fieldType, value[jsonName]);
    else if (fieldType.endsWith('.ObjectMeta')) Object.assign(form, clientForm(fieldType.slice(1), (value['metadata'] ?? {}) as Value));
    // Types and versions of objects are not kept inside.
    else if (!fieldType.endsWith('.TypeMeta')) Object.assign(form, formOf(fieldType.replace('*', ''), value));
  }
  return form;
}

const isEmptyCollection = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** A type that has JSON names inside too: its fields in Go's order, those that are there. */
function clientForm(name: string, value: Value): Value {
  const form: Value = {};
  for (const [field, { type, always }] of Object.entries(definitionTable(name)?.fields ?? {})) {
    if (value[field] != null && (always || !isEmptyCollection(value[field]))) form[field] = formOf(type, value[field]);
    else if (always) form[field] = ZERO[type] ?? null;
  }
  return form;
}

function formOf(type: string, value: unknown): unknown {
  if (type.startsWith('*')) return value == null ? null : formOf(type.slice(1), value);
  if (type.startsWith('[]')) return Array.isArray(value) ? value.map((item) => formOf(type.slice(2), item)) : null;
  if (type.startsWith('{}')) {
    if (value == null) return null;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, formOf(type.slice(2), (value as Value)[key])]));
  }
  if (type.startsWith('#')) return clientForm(type.slice(1), (value ?? {}) as Value);
  if (type.includes('.')) return structForm(type, (value ?? {}) as Value);
  return value ?? ZERO[type] ?? null;
}

const escapeHtml = (json: string): string => json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** JSON of the value, whose type may begin with `*`, `[]` or `{}`: `internalJson('*core.SecurityContext', context)`. */
export function internalJson(type: string, value: unknown): string {
  return escapeHtml(JSON.stringify(formOf(type, value)));
}

/** The type text of a field of an internal type: `batch.JobSpec`, `template` -> `core.PodTemplateSpec`. */
export function internalFieldType(type: string, field: string): string {
  const found = fieldsOf(type).find(([, jsonName]) => jsonName === field);
  if (!found) throw new Error(`${type} has no field ${field}`);
  return found[2];
}

/** The lines of JSON that differ between two values, with those around them. */
export function internalDiff(type: string, before: unknown, now: unknown): string {
  const lines = (value: unknown): string[] => escapeHtml(JSON.stringify(formOf(type, value), undefined, ' ')).split('\n');
  return unifiedDiff(lines(before), lines(now));
}
