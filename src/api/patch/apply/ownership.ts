/** How a change of an object changes who owns its fields. */
import type { KubernetesObject } from '../../object.ts';
import { difference, intersection, isEmpty, overlaps, recursiveDifference, union, type FieldSet } from './field-set.ts';
import { setFields, type Manager, type Managers } from './managers.ts';
import { mergeTypeOf, type MergeType } from './merge-type.ts';
import { builtInVersions, inVersion, type KindVersions } from './versions.ts';
import { compare, type Comparison } from './walk.ts';
import type { Schema } from '../../schema.ts';

export interface ApplyContext {
  /** Group and version of the request. */
  apiVersion: string;
  kind: string;
  /** Of the kind in that version. */
  schema: Schema;
  /** '' for the object itself. */
  subresource: string;
  /** Name of whoever writes; see `managerName`. */
  manager: string;
  /** Milliseconds since the epoch. */
  time: number;
  /** What the endpoint ignores of a written object; see `resetFields`. */
  resetFields?: FieldSet;
  /** Other versions of the kind; of the built-in kinds by default. */
  versions?: KindVersions;
}

const FIELDS_OF_THE_SERVER = ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'clusterName', 'generation', 'managedFields', 'resourceVersion'];
/** Nobody owns these. */
export const SERVER_SET: FieldSet = {
  'f:apiVersion': {}, 'f:kind': {}, 'f:metadata': { '.': {}, ...Object.fromEntries(FIELDS_OF_THE_SERVER.map((name) => [`f:${name}`, {}])) },
};

export function typeOfContext(context: ApplyContext): MergeType {
  return mergeTypeOf(context.schema);
}

/** The object without its managedFields, which are not compared. */
export function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  if (object.metadata?.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function filtered(comparison: Comparison, reset: FieldSet | undefined): Comparison {
  if (!reset) return comparison;
  return { removed: recursiveDifference(comparison.removed, reset), modified: recursiveDifference(comparison.modified, reset), added: recursiveDifference(comparison.added, reset) };
}

export interface OwnershipChange {
  /** In the version of the request. */
  comparison: Comparison;
  /** Fields that others own and that were changed: manager's key -> fields. */
  conflicts: Map<string, FieldSet>;
  /** Takes from all others what they lost; nothing happens before it is called. */
  settle(): void;
}

/** Compares two states of an object as each manager sees them. `self`: the manager that is not asked. */
export function compareForManagers(before: KubernetesObject, after: KubernetesObject, managers: Managers, self: string | undefined, context: ApplyContext): OwnershipChange {
  const own = { apiVersion: context.apiVersion, kind: context.kind, type: typeOfContext(context) };
  const versions = context.versions ?? builtInVersions;
  const comparisons = new Map<string, Comparison | undefined>();
  const comparisonIn = (apiVersion: string): Comparison | undefined => {
    if (comparisons.has(apiVersion)) return comparisons.get(apiVersion);
    const [left, right] = [inVersion(before, apiVersion, own, versions), inVersion(after, apiVersion, own, versions)];
    const result = left && right && filtered(compare(left.value, right.value, right.type), apiVersion === context.apiVersion ? context.resetFields : undefined);
    comparisons.set(apiVersion, result);
    return result;
  };
  const conflicts = new Map<string, FieldSet>();
  const losses = new Map<string, FieldSet | undefined>();
  const comparison = comparisonIn(context.apiVersion) as Comparison;
  for (const [key, manager] of managers) {
    if (key === self) continue;
    const seen = comparisonIn(manager.apiVersion);
    if (!seen) { losses.set(key, undefined); continue; }
    const changed = union(seen.modified, seen.added);
    if (overlaps(manager.set, changed)) conflicts.set(key, intersection(manager.set, changed));
    const lost = union(changed, seen.removed);
    if (overlaps(manager.set, lost)) losses.set(key, lost);
  }
  return {
    comparison, conflicts,
    settle() {
      for (const [key, lost] of losses) {
        if (lost) setFields(managers, key, difference((managers.get(key) as Manager).set, lost));
        else managers.delete(key);
      }
    },
  };
}

export const nothingChanged = ({ removed, modified, added }: Comparison): boolean => isEmpty(removed) && isEmpty(modified) && isEmpty(added);
