import { Findings } from '../../../api/kinds/common/findings.ts';
import { dns1035Label } from '../../../api/kinds/common/formats.ts';
import { validateMetadata } from '../../../api/kinds/common/metadata.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { Schema } from '../../../api/schema.ts';
import type { FieldError } from '../../../api/status.ts';
import { findInside } from './walk.ts';

/** What is wrong with objects inside of objects (x-kubernetes-embedded-resource): their kind, version and metadata. */
export function embeddedErrors(schema: Schema, value: unknown): FieldError[] {
  return findInside(schema, value, (findings, inner, object, at) => {
    if (inner.embeddedResource && !Array.isArray(object)) checkObject(findings, object as Record<string, unknown>, at);
  });
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
