import type { FieldError } from '../../../api/status.ts';
import { Findings, Verbatim } from '../../../api/kinds/common/findings.ts';
import { regularExpression } from '../../../cel/regular-expression.ts';
import { sameJson } from '../../metadata/equal.ts';
import { additionalOf, itemsOf, type JSONSchemaProps } from '../types.ts';
import { formatCheck } from './formats.ts';

/** The value before this write, where it can be told which it was: what did not change is not found fault with. */
export type Before = { value: unknown } | undefined;

interface Outcome { findings: Findings; /** How many checks were made: picks the alternative that fits best. */ checks: number }

/**
 * What is wrong with a value by a CRD's JSON schema, worded as upstream words it. `path` is put before each field; messages name the
 * place inside the value.
 */
export function validateValue(schema: JSONSchemaProps, value: unknown, before?: Before, path = ''): FieldError[] {
  const { findings } = check(schema, value, '', before);
  return findings.list.map((finding) => ({ ...finding, field: joined(path, finding.field) }));
}

/** Findings about a whole value have no name of their own. */
const NOWHERE = '<nil>';
function joined(path: string, field: string): string {
  if (field === NOWHERE || field === '') return path || NOWHERE;
  return path ? `${path}.${field}` : field;
}

function nameOf(path: string): string {
  return path.startsWith('.') ? path.slice(1) : path;
}

function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < INT64 ? 'integer' : 'number';
  return typeof value;
}

function check(schema: JSONSchemaProps, value: unknown, path: string, before: Before): Outcome {
  const outcome: Outcome = { findings: new Findings(), checks: 0 };
  if (before && sameJson(before.value, value)) return outcome;
  checkType(schema, value, path, outcome);
  if (value === null) {
    checkEnum(schema, value, path, outcome);
    return outcome;
  }
  checkJunctors(schema, value, path, outcome);
  if (typeof value === 'string') checkString(schema, value, path, outcome);
  else if (typeof value === 'number') {
    checkRange(schema, value, path, outcome);
    checkNumber(schema, value, path, outcome);
  }
  else if (Array.isArray(value)) checkArray(schema, value, path, before, outcome);
  checkEnum(schema, value, path, outcome);
  if (typeof value === 'object' && !Array.isArray(value)) checkObject(schema, value as Record<string, unknown>, path, before, outcome);
  return outcome;
}

function merge(into: Outcome, from: Outcome): void {
  into.findings.list.push(...from.findings.list);
  into.checks += from.checks;
}

/** Numbers that are no 64-bit integers are written as Go writes floats: with an exponent from a million on. */
function asGoShows(value: unknown): unknown {
  if (typeof value !== 'number' || jsonType(value) === 'integer') return value;
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return value;
  return new Verbatim(`${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`);
}

function invalid(outcome: Outcome, path: string, value: unknown, text: string): void {
  outcome.findings.invalid(nameOf(path) || NOWHERE, asGoShows(value), `${path} in body ${text}`);
}

function typeInvalid(outcome: Outcome, path: string, type: string, found: string): void {
  const name = nameOf(path);
  outcome.findings.list.push({
    type: 'FieldValueTypeInvalid', field: name || NOWHERE, detail: `Invalid value: ${JSON.stringify(found)}: ${path} in body must be of type ${type}: ${JSON.stringify(found)}`,
  });
}

function checkType(schema: JSONSchemaProps, value: unknown, path: string, outcome: Outcome): void {
  const types = schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  const format = schema.format && formatCheck(schema.format) ? schema.format : '';
  if (types.length === 0 && !format) return;
  outcome.checks += 2;
  const found = jsonType(value);
  if (found === 'null') {
    if (types.length > 0 && !schema.nullable) typeInvalid(outcome, path, types.join(','), 'null');
    return;
  }
  const fits = types.includes(found) || (found === 'integer' && types.includes('number'));
  const textual = found === 'string' || found === 'array';
  if (format && !textual && !fits) return typeInvalid(outcome, path, format, found === 'integer' ? 'int64' : found === 'number' ? 'double' : '');
  if (format && textual && !types.includes('number') && !types.includes('integer')) return;
  if (!fits) typeInvalid(outcome, path, types.join(','), found);
}

function checkEnum(schema: JSONSchemaProps, value: unknown, path: string, outcome: Outcome): void {
  if (!schema.enum?.length) return;
  outcome.checks++;
  if (schema.enum.some((allowed) => sameJson(allowed, value))) return;
  outcome.findings.notSupported(nameOf(path) || NOWHERE, value, schema.enum.map((allowed) => (typeof allowed === 'string' ? allowed : JSON.stringify(allowed))));
}

function checkString(schema: JSONSchemaProps, value: string, path: string, outcome: Outcome): void {
  const { minLength, maxLength, pattern, format } = schema;
  const length = maxLength === undefined && minLength === undefined ? 0 : [...value].length;
  if (maxLength !== undefined && length > maxLength) return outcome.findings.tooLong(nameOf(path) || NOWHERE, maxLength);
  if (minLength !== undefined && length < minLength) return invalid(outcome, path, value, `should be at least ${minLength} chars long`);
  if (pattern && !regularExpression(pattern).test(value)) return invalid(outcome, path, value, `should match '${pattern}'`);
  if (format && formatCheck(format)?.(value) === false) {
    const name = nameOf(path);
    outcome.findings.list.push({ type: 'FieldValueTypeInvalid', field: name || NOWHERE, detail: `Invalid value: ${JSON.stringify(value)}: ${path} in body must be of type ${format}: ${JSON.stringify(value)}` });
  }
}

const INT32 = 2 ** 31;
const INT64 = 2 ** 63;

/** Whole numbers must be what their format can hold. */
function checkRange({ type, format }: JSONSchemaProps, value: number, path: string, outcome: Outcome): void {
  if (type !== 'integer') return;
  const limit = format === 'int32' ? INT32 : INT64;
  if (Number.isInteger(value) && value >= -limit && value < limit) return;
  const shown = format === 'int32' || format === 'int64' ? `with format ${format}` : '(default format)';
  outcome.findings.invalid(NOWHERE, '', `Checked value must be of type integer ${shown} in ${path}`);
}

const LARGEST_EXACT = 2 ** 53 - 1;
const isExactInteger = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= LARGEST_EXACT;

function checkNumber(schema: JSONSchemaProps, value: number, path: string, outcome: Outcome): void {
  const { multipleOf, maximum, minimum, exclusiveMaximum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && multipleOf > 0 && !isExactInteger(Number((value / multipleOf).toPrecision(15)))) invalid(outcome, path, value, `should be a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    invalid(outcome, path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    invalid(outcome, path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  }
}

/** The item an item of a list was before: only lists with keys can tell. */
function itemBefore(schema: JSONSchemaProps, item: unknown, before: Before): Before {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(before?.value) || typeof item !== 'object' || item === null) return undefined;
  const matches = (other: unknown): boolean => typeof other === 'object' && other !== null
    && keys.every((key) => sameJson((other as Record<string, unknown>)[key], (item as Record<string, unknown>)[key]));
  const found: unknown = (before.value as unknown[]).find(matches);
  return found === undefined ? undefined : { value: found };
}

function checkArray(schema: JSONSchemaProps, value: unknown[], path: string, before: Before, outcome: Outcome): void {
  const items = itemsOf(schema);
  if (items) value.forEach((item, index) => merge(outcome, check(items, item, `${path}[${index}]`, itemBefore(schema, item, before))));
  if (schema.minItems !== undefined && value.length < schema.minItems) invalid(outcome, path, value.length, `should have at least ${schema.minItems} items`);
  if (schema.maxItems !== undefined && value.length > schema.maxItems) outcome.findings.tooMany(nameOf(path) || NOWHERE, value.length, schema.maxItems);
  if (schema.uniqueItems && value.some((item, index) => value.findIndex((other) => sameJson(other, item)) < index)) invalid(outcome, path, '', "shouldn't contain duplicates");
}

function checkObject(schema: JSONSchemaProps, value: Record<string, unknown>, path: string, before: Before, outcome: Outcome): void {
  outcome.checks++;
  const count = schema.minProperties === undefined && schema.maxProperties === undefined ? 0 : Object.keys(value).length;
  if (schema.minProperties !== undefined && count < schema.minProperties) invalid(outcome, path, count, `should have at least ${schema.minProperties} properties`);
  if (schema.maxProperties !== undefined && count > schema.maxProperties) outcome.findings.tooMany(nameOf(path) || NOWHERE, count, schema.maxProperties);
  const beforeObject = typeof before?.value === 'object' && before.value !== null && !Array.isArray(before.value) ? before.value as Record<string, unknown> : undefined;
  const beforeOf = (key: string): Before => (beforeObject && Object.hasOwn(beforeObject, key) ? { value: beforeObject[key] } : undefined);
  const { properties = {} } = schema;
  const additional = additionalOf(schema);
  for (const key in value) {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const inner = own ?? (Object.hasOwn(properties, key) || additional === true ? undefined : additional);
    // Messages name a free key of the outermost object with the dot before it.
    if (inner) merge(outcome, check(inner, value[key], path || !own ? `${path}.${key}` : key, beforeOf(key)));
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key) || value[key] === undefined) outcome.findings.required(nameOf(`${path}.${key}`));
}

/** anyOf, oneOf, allOf, not. Of alternatives that fail, the one with the most checks done tells why. */
function checkJunctors(schema: JSONSchemaProps, value: unknown, path: string, outcome: Outcome): void {
  const { anyOf, oneOf, allOf, not } = schema;
  const name = JSON.stringify(path);
  const composite = (text: string): void => outcome.findings.invalid(NOWHERE, '', `${name} ${text}`);
  if (anyOf?.length) {
    const { valid, worst } = alternatives(anyOf, value, path);
    if (valid === 0) { composite('must validate at least one schema (anyOf)'); merge(outcome, worst as Outcome); }
  }
  if (oneOf?.length) {
    const { valid, worst } = alternatives(oneOf, value, path);
    if (valid !== 1) {
      composite(`must validate one and only one schema (oneOf). ${valid ? `Found ${valid} valid alternatives` : 'Found none valid'}`);
      if (valid === 0) merge(outcome, worst as Outcome);
    }
  }
  if (allOf?.length) {
    const outcomes = allOf.map((inner) => check(inner, value, path, undefined));
    const valid = outcomes.filter(({ findings }) => findings.empty).length;
    for (const inner of outcomes) merge(outcome, inner);
    if (valid !== allOf.length) composite(`must validate all the schemas (allOf)${valid ? '' : '. None validated'}`);
  }
  if (not && check(not, value, path, undefined).findings.empty) composite('must not validate the schema (not)');
  outcome.checks++;
}

function alternatives(schemas: JSONSchemaProps[], value: unknown, path: string): { valid: number; worst: Outcome | undefined } {
  let valid = 0;
  let worst: Outcome | undefined;
  for (const schema of schemas) {
    const outcome = check(schema, value, path, undefined);
    if (outcome.findings.empty) valid++;
    else if (!worst || outcome.checks > worst.checks) worst = outcome;
  }
  return { valid, worst };
}
