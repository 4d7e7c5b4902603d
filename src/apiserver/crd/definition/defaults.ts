import type { Findings } from '../../../api/kinds/common/findings.ts';
import { decodeObject } from '../../../api/codec/json.ts';
import { sameJson } from '../../metadata/equal.ts';
import { structuralSchema } from '../structural.ts';
import { additionalOf, itemsOf, type JSONSchemaProps } from '../types.ts';
import { embeddedErrors } from '../values/embedded.ts';
import { hasRules } from '../values/rule-programs.ts';
import { validateRules } from '../values/validate-rules.ts';
import { validateValue } from '../values/validate-value.ts';

/** Defaults must be values their own schema takes, without fields it does not know. */
export function checkDefaults(findings: Findings, schema: JSONSchemaProps, path: string, insideMeta = false): void {
  if (schema.default !== undefined && !insideMeta) checkDefault(findings, schema, `${path}.default`);
  const items = itemsOf(schema);
  if (items) checkDefaults(findings, items, `${path}.items`, insideMeta);
  const additional = additionalOf(schema);
  if (additional && additional !== true) checkDefaults(findings, additional, `${path}.additionalProperties`, insideMeta);
  const isObject = path.endsWith('openAPIV3Schema') || schema['x-kubernetes-embedded-resource'] === true;
  for (const name of Object.keys(schema.properties ?? {}).sort()) {
    const meta = insideMeta || (isObject && ['metadata', 'apiVersion', 'kind'].includes(name));
    checkDefaults(findings, schema.properties?.[name] as JSONSchemaProps, `${path}.properties[${name}]`, meta);
  }
}

/** Defaults of what is an integer or a text are not held against that. */
function withoutIntOrString(schema: JSONSchemaProps): JSONSchemaProps {
  const { 'x-kubernetes-int-or-string': _either, ...rest } = schema;
  const items = itemsOf(schema);
  const additional = additionalOf(schema);
  return {
    ...rest,
    ...(items ? { items: withoutIntOrString(items) } : {}),
    ...(additional && additional !== true ? { additionalProperties: withoutIntOrString(additional) } : {}),
    ...(schema.properties ? { properties: Object.fromEntries(Object.entries(schema.properties).map(([name, property]) => [name, withoutIntOrString(property as JSONSchemaProps)])) } : {}),
  } as JSONSchemaProps;
}

function checkDefault(findings: Findings, schema: JSONSchemaProps, path: string): void {
  const value: unknown = schema.default;
  const structural = structuralSchema(schema);
  if (typeof value === 'object' && value !== null) {
    const pruned = (decodeObject({ value } as Record<string, unknown>, {
      type: 'object', fields: new Map([['value', { name: 'value', schema: structural, required: false }]]),
    }).object as { value?: unknown }).value;
    // Metadata is not pruned here.
    const metadata = schema['x-kubernetes-embedded-resource'] && (value as { metadata?: unknown }).metadata;
    if (!sameJson(metadata ? { ...pruned as object, metadata } : pruned, value)) findings.invalid(path, value, 'must not have unknown fields');
  }
  const embedded = embeddedErrors(structural, value);
  if (embedded.length > 0) {
    findings.list.push(...embedded.map((error) => ({ ...error, field: `${path}.${error.field.replace(/^\./, '')}` })));
    return;
  }
  const errors = validateValue(withoutIntOrString(schema), value, undefined, path);
  findings.list.push(...errors);
  if (errors.length === 0 && hasRules(schema)) findings.list.push(...validateRules(structural, value, undefined, path, schema['x-kubernetes-embedded-resource'] === true));
}
