/** Tracks who owns which field through creates, updates and patches. */
import { asGiven } from '../../codec/given-empty.ts';
import { emptyObject } from '../../codec/zero.ts';
import type { KubernetesObject, ManagedFieldsEntry } from '../../object.ts';
import { jsonEqual } from '../json-patch.ts';
import type { Schema } from '../../schema.ts';
import { difference, isEmpty, recursiveDifference, union, type FieldSet } from './field-set.ts';
import { capUpdaters, formatTime, managerKey, readManagers, setFields, writeManagers, type Managers } from './managers.ts';
import { compareForManagers, nothingChanged, SERVER_SET, withoutManagedFields, type ApplyContext } from './ownership.ts';

/** The manager's name of a request: `fieldManager`, else what stands before the first `/` of the User-Agent. */
export function managerName(fieldManager: string | null | undefined, userAgent: string | undefined): string {
  if (fieldManager) return fieldManager;
  return [...((userAgent ?? '').split('/')[0] as string)].slice(0, 128).filter((character) => !/[\p{C}]/u.test(character)).join('');
}

/** One empty entry asks for a new beginning; of built-in kinds also none at all. */
function isReset(entries: ManagedFieldsEntry[] | null | undefined, schema: Schema): boolean {
  if (!Array.isArray(entries)) return false;
  return entries.length === 0 ? schema.source === undefined : entries.length === 1 && isEmpty(entries[0] as FieldSet);
}

/** The managers to start from: those the client sent, unless it sent none. */
function managersBefore(live: KubernetesObject | undefined, object: KubernetesObject, { subresource, schema }: ApplyContext): Managers {
  const fromLive = (): Managers => readManagers(live?.metadata?.managedFields) ?? new Map();
  const sent = object.metadata?.managedFields;
  if (subresource !== '') return fromLive();
  if (isReset(sent, schema)) return new Map();
  const managers = jsonEqual(sent, live?.metadata?.managedFields) ? undefined : readManagers(sent);
  return managers?.size ? managers : fromLive();
}

const blanks = new WeakMap<Schema, KubernetesObject>();

/** What a new object is compared with: the zero value of its kind. Shared: do not change it. */
export function blankObject({ schema, apiVersion, kind }: Pick<ApplyContext, 'schema' | 'apiVersion' | 'kind'>): KubernetesObject {
  const known = blanks.get(schema);
  if (known?.apiVersion === apiVersion && known.kind === kind) return known;
  const blank = { apiVersion, kind, ...(schema.name ? emptyObject(schema) : {}) };
  blanks.set(schema, blank);
  return blank;
}

/**
 * `managedFields` after a create (`live` undefined), update or patch: to be set on `object` before admission runs. Always
 * call it for these writes: it also handles a client that resets or removes managedFields. Undefined: no managedFields.
 */
export function trackUpdate(live: KubernetesObject | undefined, object: KubernetesObject, context: ApplyContext): ManagedFieldsEntry[] | undefined {
  const managers = managersBefore(live, object, context);
  // Objects that were never tracked stay so until somebody applies.
  if (managers.size === 0 && live?.metadata?.uid) return undefined;
  recordUpdate(live ?? blankObject(context), asGiven(object, true), managers, context);
  const entries = live?.metadata?.managedFields;
  if (entries?.length === managers.size) {
    const kept = new Set([...managers.values()].map(({ entry }) => entry));
    if (entries.every((entry) => kept.has(entry))) return entries;
  }
  return writeManagers(managers);
}

/** Changes `managers` to what holds after an update. */
export function recordUpdate(before: KubernetesObject, after: KubernetesObject, managers: Managers, context: ApplyContext): void {
  const change = compareForManagers(withoutManagedFields(before), withoutManagedFields(after), managers, undefined, context);
  const { comparison } = change;
  if (nothingChanged(comparison)) return;
  change.settle();
  let mine = union(comparison.modified, comparison.added);
  if (context.resetFields) mine = recursiveDifference(mine, context.resetFields);
  mine = difference(mine, SERVER_SET);
  if (!isEmpty(mine)) {
    const name = context.manager || 'unknown';
    const key = managerKey(name, 'Update', context.apiVersion, context.subresource);
    const previous = managers.get(key);
    managers.set(key, { manager: name, operation: 'Update', apiVersion: context.apiVersion, subresource: context.subresource, set: mine, time: formatTime(context.time), entry: undefined });
    if (previous) setFields(managers, key, union(mine, previous.set));
  }
  capUpdaters(managers);
}
