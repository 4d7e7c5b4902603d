import { Findings } from '../../../api/kinds/common/findings.ts';
import { dns1035Label } from '../../../api/kinds/common/formats.ts';
import { validateMetadata } from '../../../api/kinds/common/metadata.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { Schema } from '../../../api/schema.ts';
import type { FieldError } from '../../../api/status.ts';

/** What is wrong with objects inside of objects (x-kubernetes-embedded-resource): their kind, version and metadata. */
export function embeddedErrors(schema: Schema, value: unknown, path = ''): FieldError[] {
  const findings = new Findings();
  visit(findings, schema, value, path);
  return findings.list;
}

function visit(findings: Findings, schema: Schema, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (schema.items) value.forEach((item, index) => visit(findings, schema.items as Schema, item, `${path}[${index}]`));
    return;
  }
  const object = value as Record<string, unknown>;
  if (schema.embeddedResource) checkObject(findings, object, path);
  for (const key in object) {
    const field = schema.fields?.get(key)?.schema;
    const inner = field ?? schema.values;
    if (inner) visit(findings, inner, object[key], field ? (path ? `${path}.${key}` : key) : `${path}[${key}]`);
  }
}

function checkObject(findings: Findings, object: Record<string, unknown>, path: string): void {
  for (const key of ['apiVersion', 'kind']) {
    const value = object[key];
    const at = `${path}.${key}`;
    if (value === undefined) findings.required(at);
    else if (typeof value !== 'string') findings.invalid(at, value, 'must be a string');
    else if (value === '') findings.invalid(at, value, 'must not be empty');
    else if (key === 'apiVersion' && value.split('/').length > 2) findings.invalid(at, value, `unexpected GroupVersion string: ${value}`);
    else if (key === 'kind' && dns1035Label(value.toLowerCase()).length > 0) findings.invalid(at, value, `may have mixed case, but should otherwise match: ${dns1035Label(value.toLowerCase()).join(',')}`);
  }
  const { metadata } = object as KubernetesObject;
  if (typeof metadata !== 'object' || metadata === null) return;
  const inner = new Findings();
  const named = { ...object, metadata: { ...metadata, name: metadata.name || 'fakename' } } as KubernetesObject;
  validateMetadata(inner, named, metadata.namespace !== undefined, () => []);
  findings.list.push(...inner.list.map((error) => ({ ...error, field: `${path}.${error.field}` })));
}
