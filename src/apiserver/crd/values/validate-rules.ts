import type { Schema } from '../../../api/schema.ts';
import type { FieldError } from '../../../api/status.ts';
import { Findings, goJson } from '../../../api/kinds/common/findings.ts';
import { sameJson } from '../../metadata/equal.ts';
import type { JSONSchemaProps } from '../types.ts';
import { loadedCel, rulesOfNode, type CompiledRule } from './rule-programs.ts';
import { ruleValue } from './rule-values.ts';
import type { Before } from './validate-value.ts';

/** Nodes with rules at or below them, found once a schema. */
const rulesBelow = new WeakMap<Schema, boolean>();

export function hasRulesBelow(schema: Schema): boolean {
  let known = rulesBelow.get(schema);
  if (known === undefined) {
    known = rulesOfNode((schema.source ?? {}) as JSONSchemaProps).length > 0 || [...schema.fields?.values() ?? []].some((field) => hasRulesBelow(field.schema))
      || (schema.values !== undefined && hasRulesBelow(schema.values)) || (schema.items !== undefined && hasRulesBelow(schema.items));
    rulesBelow.set(schema, known);
  }
  return known;
}

/** What the rules (x-kubernetes-validations) of a schema say about a value. `before`: what it was; absent when that cannot be told. */
export function validateRules(schema: Schema, value: unknown, before: Before, path = ''): FieldError[] {
  const findings = new Findings();
  visit(findings, schema, value, before, path);
  return findings.list;
}

function visit(findings: Findings, schema: Schema, value: unknown, before: Before, path: string): void {
  if (value === undefined || (value === null && !schema.nullable) || !hasRulesBelow(schema)) return;
  const rules = rulesOfNode(schema.source as JSONSchemaProps);
  if (rules.length && value !== null) runRules(findings, rules, schema, value, before, path);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, index) => visit(findings, items, item, itemBefore(schema, item, before), `${path}[${index}]`));
    return;
  }
  const old = typeof before?.value === 'object' && before.value !== null ? before.value as Record<string, unknown> : undefined;
  for (const key in value) {
    const field = schema.fields?.get(key)?.schema;
    const inner = field ?? schema.values;
    if (!inner) continue;
    const correlates = old && Object.hasOwn(old, key) && schema.mapType !== 'atomic';
    visit(findings, inner, (value as Record<string, unknown>)[key], correlates ? { value: old[key] } : undefined, field ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);
  }
}

function itemBefore(schema: Schema, item: unknown, before: Before): Before {
  const keys = schema.listMapKeys;
  if (schema.listType !== 'map' || !keys || !Array.isArray(before?.value) || typeof item !== 'object' || item === null) return undefined;
  const found: unknown = (before.value as Record<string, unknown>[]).find((other) => keys.every((key) => sameJson(other?.[key], (item as Record<string, unknown>)[key])));
  return found === undefined ? undefined : { value: found };
}

function runRules(findings: Findings, rules: CompiledRule[], schema: Schema, value: unknown, before: Before, path: string): void {
  const { optional } = loadedCel();
  const unchanged = before !== undefined && sameJson(before.value, value);
  const self = ruleValue(value, schema);
  const oldSelf = before && before.value !== null && before.value !== undefined ? ruleValue(before.value, schema) : undefined;
  const field = path || '<nil>';
  const type = schema.source?.['type'] ?? '';
  for (const compiled of rules) {
    const { rule, program, usesOldSelf } = compiled;
    if (!program) {
      findings.invalid(field, type, `rule compile error: ${compiled.error}`);
      continue;
    }
    if (usesOldSelf && oldSelf === undefined && !rule.optionalOldSelf) continue;
    if (!usesOldSelf && unchanged) continue;
    const variables = { self, oldSelf: rule.optionalOldSelf ? optional(oldSelf, oldSelf !== undefined) : oldSelf ?? null };
    const shown = `${rule.rule.trim()}`;
    let result: unknown;
    try {
      result = program.run(variables);
    } catch (error) {
      const { message } = error as Error;
      findings.invalid(field, type, /no such overload|no matching overload/.test(message)
        ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}` : `${message} evaluating rule: ${shown}`);
      continue;
    }
    if (result === true) continue;
    refuse(findings, compiled, value, `${path}${fieldPathOf(rule.fieldPath)}` || '<nil>', messageOf(compiled, variables));
  }
}

function fieldPathOf(fieldPath: string | undefined): string {
  return fieldPath ? fieldPath.replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_whole, key: string) => `[${key.replace(/\\(.)/g, '$1')}]`) : '';
}

const MAXIMUM_MESSAGE = 5 * 1024;

function messageOf({ rule, message }: CompiledRule, variables: Record<string, unknown>): string {
  if (message) {
    try {
      const text = message.run(variables);
      if (typeof text === 'string' && text.trim() !== '' && !text.trim().includes('\n') && text.trim().length <= MAXIMUM_MESSAGE) return text.trim();
    } catch {
      // What the rule says without it is told instead.
    }
  }
  return rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`;
}

function refuse(findings: Findings, { rule }: CompiledRule, value: unknown, path: string, message: string): void {
  const field = path.replace(/^\./, '');
  if (rule.reason === 'FieldValueForbidden') return findings.forbidden(field, message);
  if (rule.reason === 'FieldValueRequired') return findings.required(field, message);
  const composite = typeof value === 'object' && value !== null;
  if (rule.reason === 'FieldValueDuplicate') {
    findings.list.push({ type: 'FieldValueDuplicate', field, detail: composite ? 'Duplicate value' : `Duplicate value: ${goJson(value)}` });
    return;
  }
  if (composite) findings.invalidWithoutValue(field, message);
  else findings.invalid(field, value, message);
}
