import type { Schema } from '../../../api/schema.ts';
import type { FieldError } from '../../../api/status.ts';
import { Findings, goJson } from '../../../api/kinds/common/findings.ts';
import { sameJson } from '../../metadata/equal.ts';
import type { JSONSchemaProps } from '../types.ts';
import { loadedCel, rulesOfNode, type CompiledRule } from './rule-programs.ts';
import { ruleValue } from './rule-values.ts';
import { structuralSchema } from '../structural.ts';
import type { Before } from './validate-value.ts';

/** What all rules of one object may cost together. */
const BUDGET = 10_000_000;
const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';
const MAXIMUM_MESSAGE = 5 * 1024;

/** Nodes with rules at or below them, found once a schema. */
const rulesBelow = new WeakMap<Schema, boolean>();
/** The structural form of what stands in a node's allOf. */
const alternatives = new WeakMap<object, Schema>();

export function hasRulesBelow(schema: Schema): boolean {
  let known = rulesBelow.get(schema);
  if (known === undefined) {
    const source = schema.source as JSONSchemaProps | undefined;
    known = (source?.['x-kubernetes-validations']?.length ?? 0) > 0 || [...schema.fields?.values() ?? []].some((field) => hasRulesBelow(field.schema))
      || (schema.values !== undefined && hasRulesBelow(schema.values)) || (schema.items !== undefined && hasRulesBelow(schema.items)) || allOf(schema).some(hasRulesBelow);
    rulesBelow.set(schema, known);
  }
  return known;
}

function allOf(schema: Schema): Schema[] {
  const source = schema.source as JSONSchemaProps | undefined;
  return (source?.allOf ?? []).map((part) => {
    let made = alternatives.get(part);
    // What it is of says only the node it stands in.
    if (!made) alternatives.set(part, (made = structuralSchema({ ...part, ...(part.type ? {} : { type: source?.type }) } as JSONSchemaProps)));
    return made;
  });
}

/**
 * What the rules (x-kubernetes-validations) of a schema say about a value. `before`: what it was; absent when that cannot be told.
 * `isObject`: the value is a whole resource. `warnings` takes what is wrong with parts that did not change: that is let pass.
 */
export function validateRules(schema: Schema, value: unknown, before: Before, path = '', isObject = false, warnings: string[] = []): FieldError[] {
  const run = new RuleRun(warnings);
  run.visit(schema, value, before, before, path, isObject);
  return run.findings.list;
}

class RuleRun {
  readonly findings = new Findings();
  private readonly warnings: string[];
  private budget = BUDGET;

  constructor(warnings: string[]) {
    this.warnings = warnings;
  }

  /** `around`: the nearest part from `value` outwards that can be told from before, which is `same` if nothing in it changed. */
  visit(schema: Schema, value: unknown, before: Before, around: Before | { same: boolean }, path: string, isObject = schema.embeddedResource === true): void {
    if (value === undefined || value === null || this.budget < 0 || !hasRulesBelow(schema)) return;
    const same = before ? sameJson(before.value, value) : around !== undefined && 'same' in around && around.same;
    this.node(schema, value, before, same, path, isObject);
    for (const part of allOf(schema)) this.visit(part, value, before, { same: before ? same : false }, path, isObject);
    if (typeof value !== 'object') return;
    if (Array.isArray(value)) {
      const { items } = schema;
      if (items && hasRulesBelow(items)) value.forEach((item, index) => this.visit(items, item, itemBefore(schema, item, before), { same }, `${path}[${index}]`));
      return;
    }
    const old = typeof before?.value === 'object' && before.value !== null ? before.value as Record<string, unknown> : undefined;
    for (const key in value) {
      const field = schema.fields?.get(key)?.schema;
      const inner = field ?? schema.values;
      if (!inner) continue;
      const correlates = old && Object.hasOwn(old, key);
      this.visit(inner, (value as Record<string, unknown>)[key], correlates ? { value: old[key] } : undefined, { same }, field ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);
    }
  }

  private node(schema: Schema, value: unknown, before: Before, same: boolean, path: string, isObject: boolean): void {
    const { rules } = rulesOfNode(schema, isObject);
    if (rules.length === 0) return;
    const field = path || '<nil>';
    const type = schema.source?.['type'] ?? '';
    if (this.budget === 0) {
      this.findings.invalid(field, type, OUT_OF_BUDGET);
      this.budget = -1;
    }
    const { Optional, NONE } = loadedCel();
    const self = ruleValue(value, schema);
    const oldSelf = before && before.value !== null && before.value !== undefined ? ruleValue(before.value, schema) : undefined;
    for (const compiled of rules) {
      if (this.budget < 0) return;
      const { rule, program, usesOldSelf } = compiled;
      if (!program) {
        this.findings.invalid(field, type, `rule compile error: ${compiled.error}`);
        continue;
      }
      if (usesOldSelf && oldSelf === undefined && !rule.optionalOldSelf) continue;
      const variables = { self, oldSelf: rule.optionalOldSelf ? (oldSelf === undefined ? NONE : Optional.of(oldSelf)) : oldSelf };
      if (this.holds(compiled, variables, field, type)) continue;
      this.refuse(compiled, value, path, this.messageOf(compiled, variables), same && !usesOldSelf);
    }
  }

  /** Also true when what went wrong has been told. */
  private holds({ rule, program }: CompiledRule, variables: Record<string, unknown>, field: string, type: unknown): boolean {
    const shown = rule.message?.trim() || rule.rule.trim();
    let cost = 0;
    let result: unknown;
    let failure: Error | undefined;
    try {
      result = program!.run(variables, undefined, (spent) => { cost = spent; });
    } catch (error) {
      failure = error as Error;
    }
    if (cost > this.budget) {
      this.findings.invalid(field, type, OUT_OF_BUDGET);
      this.budget = -1;
      return true;
    }
    this.budget -= cost;
    if (!failure) return result === true;
    const { message } = failure;
    if (message.startsWith('no such overload')) {
      this.findings.invalid(field, type, `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`);
    } else if (message.startsWith('operation cancelled: actual cost limit exceeded')) {
      this.findings.invalid(field, type, `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`);
      this.budget = -1;
    } else this.findings.invalid(field, type, `${message} evaluating rule: ${shown}`);
    return true;
  }

  private messageOf({ rule, message }: CompiledRule, variables: Record<string, unknown>): string {
    if (message) {
      let text: unknown;
      try {
        text = message.run(variables, undefined, (spent) => { this.budget -= spent; });
      } catch {
        // What the rule says without it is told instead.
      }
      if (typeof text === 'string' && text.trim() !== '' && !text.trim().includes('\n') && text.trim().length <= MAXIMUM_MESSAGE) return text.trim();
    }
    return rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`;
  }

  private refuse({ rule }: CompiledRule, value: unknown, path: string, message: string, asWarning: boolean): void {
    const findings = new Findings();
    const field = `${path}${fieldPathOf(rule.fieldPath)}`.replace(/^\./, '') || '<nil>';
    const composite = typeof value === 'object' && value !== null;
    if (rule.reason === 'FieldValueForbidden') findings.forbidden(field, message);
    else if (rule.reason === 'FieldValueRequired') findings.required(field, message);
    else if (rule.reason === 'FieldValueDuplicate') findings.list.push({ type: 'FieldValueDuplicate', field, detail: composite ? 'Duplicate value' : `Duplicate value: ${goJson(value)}` });
    else if (composite) findings.invalidWithoutValue(field, message);
    else findings.invalid(field, value, message);
    if (asWarning) this.warnings.push(...findings.list.map((finding) => `${finding.field}: ${finding.detail}`));
    else this.findings.list.push(...findings.list);
  }
}

function itemBefore(schema: Schema, item: unknown, before: Before): Before {
  const keys = schema.listMapKeys;
  if (schema.listType !== 'map' || !keys || !Array.isArray(before?.value) || typeof item !== 'object' || item === null) return undefined;
  const found: unknown = (before.value as Record<string, unknown>[]).find((other) => keys.every((key) => sameJson(other?.[key], (item as Record<string, unknown>)[key])));
  return found === undefined ? undefined : { value: found };
}

function fieldPathOf(fieldPath: string | undefined): string {
  return fieldPath ? fieldPath.replace(/\['((?:[^'\\]|\\.)*)'\]/g, (_whole, key: string) => `[${key.replace(/\\(.)/g, '$1')}]`) : '';
}
