/** Checks an apply configuration against the schema; findings are worded as upstream words them. */
import { itemElement, ListKeyError } from './walk.ts';
import { deduce, memberType, mergeTypeOf, type MergeType } from './merge-type.ts';
import type { Schema } from '../../schema.ts';
import { pathText } from './field-set.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function goValue(value: unknown): string {
  if (isObject(value)) return `map[${Object.keys(value).sort().map((key) => `${key}:${goValue(value[key])}`).join(' ')}]`;
  return Array.isArray(value) ? `[${value.map(goValue).join(' ')}]` : value === null ? '<nil>' : String(value);
}
/** As Go writes a value in source code. */
function goSource(value: unknown): string {
  if (isObject(value)) return `map[string]interface {}{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${goSource(value[key])}`).join(', ')}}`;
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSource).join(', ')}}`;
  return value === null ? 'interface {}(nil)' : JSON.stringify(value);
}
function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  return isObject(value) ? 'map[string]interface {}' : typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Findings such as `.spec.foo: field not declared in schema`. */
export function checkConfig(value: unknown, type: MergeType): string[] {
  const errors: string[] = [];
  check(value, type, [], errors);
  return errors;
}

/** What does not fit a schema, as one text; undefined when all does. */
export function applyFindings(value: unknown, schema: Schema): string | undefined {
  return findingsText(checkConfig(value, mergeTypeOf(schema)));
}

export function findingsText(errors: string[]): string | undefined {
  return errors.length > 1 ? `errors:\n${errors.map((error) => `  ${error}`).join('\n')}` : errors[0];
}

function check(value: unknown, given: MergeType, path: string[], errors: string[]): void {
  if (value === null || value === undefined) return;
  const type = deduce(given, value);
  const fail = (text: string): void => { errors.push(`${pathText(path)}: ${text}`); };
  if (type.kind === 'scalar') return checkScalar(value, type, fail);
  if (type.kind === 'list') {
    if (!Array.isArray(value)) return fail(`expected list, got &{${goValue(value)}}`);
    return checkList(value, type, path, errors, fail);
  }
  if (!isObject(value)) return fail(`expected map, got &{${goValue(value)}}`);
  for (const key of Object.keys(value).sort()) {
    const member = memberType(type, key);
    path.push(`f:${key}`);
    if (member) check(value[key], member, path, errors);
    else errors.push(`${pathText(path)}: field not declared in schema`);
    path.pop();
    // Upstream tells one unknown field of a map.
    if (!member) return;
  }
}

function checkScalar(value: unknown, type: MergeType, fail: (text: string) => void): void {
  switch (type.scalar) {
    case 'numeric': if (typeof value !== 'number') fail(`expected numeric (int or float), got ${goType(value)}`); break;
    case 'string': if (typeof value !== 'string') fail(`expected string, got &value.valueUnstructured{Value:${goSource(value)}}`); break;
    case 'boolean': if (typeof value !== 'boolean') fail(`expected boolean, got &{${goValue(value)}}`); break;
    default: if (typeof value === 'object') fail(`expected any scalar, got &{${goValue(value)}}`);
  }
}

function checkList(value: unknown[], type: MergeType, path: string[], errors: string[], fail: (text: string) => void): void {
  const seen = new Set<string>();
  value.forEach((item, index) => {
    let element = `i:${index}`;
    if (!type.atomic) {
      try {
        element = itemElement(type, item);
      } catch (error) {
        if (!(error instanceof ListKeyError)) throw error;
        return fail(`element ${index}: ${error.message}`);
      }
      if (seen.has(element)) return fail(`duplicate entries for key ${pathText([element])}`);
      seen.add(element);
    }
    path.push(element);
    check(item, type.items as MergeType, path, errors);
    path.pop();
  });
}
