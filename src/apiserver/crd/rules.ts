import type { KindRules } from '../../api/kind-rules.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { FieldError } from '../../api/status.ts';
import { goPrinted } from '../verbs/restore.ts';
import type { RegisteredDefinition } from './registered.ts';
import type { JSONSchemaProps, VersionEntry } from './types.ts';
import { applyDefaults } from './values/defaults.ts';
import { embeddedErrors } from './values/embedded.ts';
import { listTypeErrors } from './values/list-types.ts';
import { hasRules } from './values/rule-programs.ts';
import { validateRules } from './values/validate-rules.ts';
import { validateValue, type Before } from './values/validate-value.ts';

/** Findings after which expressions could not rely on the shape of the object. */
const BLOCKING = new Set(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);
const NOT_CHECKED: FieldError = {
  type: 'FieldValueInvalid', field: '<nil>',
  detail: 'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};
const MAXIMUM_REPLICAS = 2 ** 31 - 1;

/** The rules of a custom kind: those of the schema of the version that an object is of. */
export function customKindRules(registered: RegisteredDefinition): KindRules {
  const entryOf = (object: KubernetesObject): VersionEntry | undefined => registered.entryOf(object.apiVersion);
  const withRules = new Map([...registered.versions.values()].map((entry) => [entry, hasRules(entry.schema.source)]));

  function check(object: KubernetesObject, old: KubernetesObject | undefined): FieldError[] {
    const entry = entryOf(object);
    if (!entry) return [];
    const before: Before = old && { value: old };
    const errors = validateValue(entry.schema.source as JSONSchemaProps, object, before);
    errors.push(...scaleErrors(entry, object, ['specReplicasPath', 'statusReplicasPath']), ...embeddedErrors(entry.schema, object));
    // Lists that were wrong before may stay so.
    if (!old || listTypeErrors(entry.schema, old).length === 0) errors.push(...listTypeErrors(entry.schema, object));
    if (!withRules.get(entry)) return errors;
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, NOT_CHECKED];
    return [...errors, ...checkRules(entry, object, before)];
  }

  function checkStatus(object: KubernetesObject, old: KubernetesObject): FieldError[] {
    const entry = entryOf(object);
    const source = (entry?.schema.source as JSONSchemaProps | undefined)?.properties?.['status'];
    const errors: FieldError[] = [];
    if (source && object['status'] !== undefined) errors.push(...validateValue(source, object['status'], old['status'] === undefined ? undefined : { value: old['status'] }, 'status'));
    if (!entry) return errors;
    errors.push(...scaleErrors(entry, object, ['statusReplicasPath']));
    if (!withRules.get(entry)) return errors;
    if (errors.some(({ type }) => BLOCKING.has(type))) return [...errors, NOT_CHECKED];
    return [...errors, ...checkRules(entry, object, { value: old })];
  }

  /** Rules broken by parts that did not change, by the object whose check has found them. */
  const ratcheted = new WeakMap<KubernetesObject, string[]>();

  function checkRules(entry: VersionEntry, object: KubernetesObject, before: Before): FieldError[] {
    const warnings: string[] = [];
    const errors = validateRules(entry.schema, object, before, '', true, warnings);
    if (warnings.length > 0) ratcheted.set(object, warnings);
    return errors;
  }

  return {
    default(object) {
      const entry = entryOf(object);
      if (entry) applyDefaults(object, entry.schema);
    },
    validate: (object) => check(object, undefined),
    validateUpdate: (object, old) => check(object, old),
    validateStatusUpdate: checkStatus,
    warnings: (object, old) => [...finalizerWarnings(object, old), ...ratcheted.get(object) ?? []],
  };
}

/** The numbers of replicas must be what a Scale can say. */
function scaleErrors(entry: VersionEntry, object: KubernetesObject, which: ('specReplicasPath' | 'statusReplicasPath')[]): FieldError[] {
  const scale = entry.info?.subresources.get('scale') as Record<string, string> | undefined;
  if (!scale) return [];
  const errors: FieldError[] = [];
  for (const key of which) {
    const path = scale[key] ?? '';
    const value = path.replace(/^\./, '').split('.').reduce<unknown>((inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step], object);
    if (value === undefined) continue;
    const add = (text: string, shown = value): void => { errors.push({ type: 'FieldValueInvalid', field: path, detail: `Invalid value: ${shown}: ${text}` }); };
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      add(`${path} accessor error: ${goPrinted(value)} is of the type ${goType(value)}, expected int64`, 0);
      continue;
    }
    if (value < 0) add('should be a non-negative integer');
    else if (value > MAXIMUM_REPLICAS) add(`should be less than or equal to ${MAXIMUM_REPLICAS}`);
  }
  return errors;
}

function goType(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  return { string: 'string', boolean: 'bool', number: 'float64' }[typeof value as string] ?? 'map[string]interface {}';
}

const STANDARD_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function finalizerWarnings(object: KubernetesObject, old: KubernetesObject | undefined): string[] {
  const warnings: string[] = [];
  object.metadata?.finalizers?.forEach((name) => {
    if (old?.metadata?.finalizers?.includes(name) || name.includes('/') || STANDARD_FINALIZERS.has(name)) return;
    const advice = name.includes('.') ? 'including a path (/) to avoid accidental conflicts' : 'to avoid accidental conflicts';
    warnings.push(`metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name ${advice} with other finalizer writers`);
  });
  return warnings;
}
