import type { ObjectMeta, OwnerReference } from '../../api/object.ts';
import { inGoOrder } from '../../api/kinds/common/metadata.ts';
import type { FieldError } from '../../api/status.ts';
import { isDnsLabel, isLabelValue, isQualifiedName, type NameRule } from './names.ts';

const ANNOTATIONS_LIMIT = 256 * 1024;

function invalidValue(field: string, value: unknown, text: string): FieldError {
  return { type: 'FieldValueInvalid', field, detail: `Invalid value: ${JSON.stringify(value)}: ${text}` };
}
function required(field: string, text: string): FieldError {
  return { type: 'FieldValueRequired', field, detail: text ? `Required value: ${text}` : 'Required value' };
}
function forbiddenField(field: string, text: string): FieldError {
  return { type: 'FieldValueForbidden', field, detail: `Forbidden: ${text}` };
}

function labelErrors(labels: Record<string, string> | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    for (const text of isQualifiedName(key)) errors.push(invalidValue('metadata.labels', key, text));
    for (const text of isLabelValue(labels[key] as string)) errors.push(invalidValue('metadata.labels', labels[key], text));
  }
  return errors;
}

function annotationErrors(annotations: Record<string, string> | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const key in annotations) {
    for (const text of isQualifiedName(key.toLowerCase())) errors.push(invalidValue('metadata.annotations', key, text));
    size += key.length + String(annotations[key]).length;
  }
  if (size > ANNOTATIONS_LIMIT) {
    errors.push({ type: 'FieldValueTooLong', field: 'metadata.annotations', detail: `Too long: may not be more than ${ANNOTATIONS_LIMIT} bytes` });
  }
  return errors;
}

function ownerErrors(owners: OwnerReference[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let controller = '';
  owners?.forEach((owner, index, all) => {
    const field = `metadata.ownerReferences[${index}]`;
    for (const key of ['apiVersion', 'kind', 'name', 'uid'] as const) {
      if (!owner[key]) errors.push(required(`${field}.${key}`, 'must not be empty'));
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') errors.push(invalidValue(field, inGoOrder(owner), '/v1, Kind=Event is disallowed from being an owner'));
    if (!owner.controller) return;
    const name = `${owner.kind}/${owner.name}`;
    if (controller) {
      errors.push(invalidValue('metadata.ownerReferences', all.map(inGoOrder), `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`));
    } else {
      controller = name;
    }
  });
  return errors;
}

function finalizerErrors(finalizers: string[] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of finalizers ?? []) {
    for (const text of isQualifiedName(name)) errors.push(invalidValue('metadata.finalizers', name, text));
  }
  if (finalizers?.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(invalidValue('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

function commonErrors(metadata: ObjectMeta): FieldError[] {
  const errors = [...labelErrors(metadata.labels), ...annotationErrors(metadata.annotations), ...ownerErrors(metadata.ownerReferences)];
  if ((metadata.generation ?? 0) < 0) errors.push(invalidValue('metadata.generation', metadata.generation, 'must be greater than or equal to 0'));
  return errors;
}

/** Findings about the metadata of a new object, whose name is already made. */
export function validateNewMetadata(metadata: ObjectMeta, namespaced: boolean, rule: NameRule): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.generateName) {
    // A prefix may end with a dash, which the suffix then covers.
    for (const text of rule(`${metadata.generateName}x`)) errors.push(invalidValue('metadata.generateName', metadata.generateName, text));
  }
  if (!metadata.name) errors.push(required('metadata.name', 'name or generateName is required'));
  else for (const text of rule(metadata.name)) errors.push(invalidValue('metadata.name', metadata.name, text));
  if (!namespaced) {
    if (metadata.namespace) errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  } else if (!metadata.namespace) {
    errors.push(required('metadata.namespace', ''));
  } else {
    for (const text of isDnsLabel(metadata.namespace)) errors.push(invalidValue('metadata.namespace', metadata.namespace, text));
  }
  return [...errors, ...commonErrors(metadata), ...finalizerErrors(metadata.finalizers)];
}

/** Findings about changed metadata: what may never change, and what may not be added while an object is being deleted. */
export function validateChangedMetadata(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (metadata.finalizers ?? []).filter((name) => !old.finalizers?.includes(name)).sort();
    if (added.length) {
      const shown = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
      errors.push(forbiddenField('metadata.finalizers', `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`));
    }
  }
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) errors.push(invalidValue('metadata.generation', metadata.generation, 'must not be decremented'));
  for (const key of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if ((metadata[key] ?? null) !== (old[key] ?? null)) errors.push(invalidValue(`metadata.${key}`, metadata[key] ?? null, 'field is immutable'));
  }
  return [...errors, ...commonErrors(metadata), ...finalizerErrors(metadata.finalizers)];
}
