import type { Schema } from '../../../api/schema.ts';
import { Findings } from '../../../api/kinds/common/findings.ts';
import type { FieldError } from '../../../api/status.ts';

/** Looks at one object or list of a custom resource, which stands at `path`. */
export type Check = (findings: Findings, schema: Schema, value: object, path: string) => void;

/** What `check` finds in every object and list that the schema describes, outer ones first. */
export function findInside(schema: Schema, value: unknown, check: Check): FieldError[] {
  const findings = new Findings();
  visit(findings, check, schema, value, '');
  return findings.list;
}

function visit(findings: Findings, check: Check, schema: Schema, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  check(findings, schema, value, path);
  if (Array.isArray(value)) {
    if (schema.items) value.forEach((item, index) => visit(findings, check, schema.items as Schema, item, `${path}[${index}]`));
    return;
  }
  for (const key in value) {
    const field = schema.fields?.get(key)?.schema;
    const inner = field ?? schema.values;
    if (inner) visit(findings, check, inner, (value as Record<string, unknown>)[key], field ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);
  }
}
