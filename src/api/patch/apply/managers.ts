/** Who owns which fields: `metadata.managedFields` read, written, sorted and kept bounded. */
import type { ManagedFieldsEntry } from '../../object.ts';
import { formatTime, parseTime } from '../../../base/clock.ts';
import { EMPTY_SET, sorted, union, type FieldSet } from './field-set.ts';

export interface Manager {
  manager: string; operation: 'Apply' | 'Update'; apiVersion: string; subresource: string;
  set: FieldSet;
  time: string | undefined;
  /** The entry this was read from, as long as nothing changed. */
  entry: ManagedFieldsEntry | undefined;
}
export type Managers = Map<string, Manager>;

export const MAX_UPDATE_MANAGERS = 10;
const ANCIENT = 'ancient-changes';

/** Tells managers apart. An applier is one manager through all versions. */
export function managerKey(manager: string, operation: string, apiVersion: string, subresource: string): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Undefined when an entry is malformed: then ownership starts anew. */
export function readManagers(entries: ManagedFieldsEntry[] | null | undefined): Managers | undefined {
  const managers: Managers = new Map();
  for (const entry of entries ?? []) {
    const { manager = '', operation, apiVersion, subresource = '', fieldsType, fieldsV1, time } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || !apiVersion || fieldsType !== 'FieldsV1') return undefined;
    managers.set(managerKey(manager, operation, apiVersion, subresource), {
      manager, operation, apiVersion, subresource, set: (fieldsV1 ?? EMPTY_SET) as FieldSet, time, entry,
    });
  }
  return managers;
}

const seconds = (time: string | undefined): number => (time ? Math.floor(parseTime(time) / 1000) : 0);

const textOrder = (left = '', right = ''): number => (left < right ? -1 : left > right ? 1 : 0);

/** The order in which entries stand. */
export function compareEntries(left: ManagedFieldsEntry, right: ManagedFieldsEntry): number {
  return textOrder(left.operation, right.operation) || seconds(left.time) - seconds(right.time) || textOrder(left.manager, right.manager)
    || textOrder(left.apiVersion, right.apiVersion) || textOrder(left.subresource, right.subresource);
}

export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  const list = [...managers.values()];
  list.sort(compareEntries);
  return list.map((manager) => manager.entry ?? {
    manager: manager.manager, operation: manager.operation, apiVersion: manager.apiVersion, ...(manager.time ? { time: manager.time } : {}),
    fieldsType: 'FieldsV1', fieldsV1: sorted(manager.set), ...(manager.subresource ? { subresource: manager.subresource } : {}),
  });
}

/** Replaces a manager's set; an empty one is forgotten. */
export function setFields(managers: Managers, key: string, set: FieldSet): void {
  const manager = managers.get(key) as Manager;
  for (const _ in set) {
    managers.set(key, { ...manager, set, entry: undefined });
    return;
  }
  managers.delete(key);
}

/** Above the limit the oldest updaters of one version become one entry. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update');
  let count = updaters.length;
  if (count <= MAX_UPDATE_MANAGERS) return;
  updaters.sort(([leftKey, left], [rightKey, right]) => seconds(left.time) - seconds(right.time) || (leftKey < rightKey ? -1 : 1));
  const firsts = new Map<string, string>();
  for (const [key, manager] of updaters) {
    if (count <= MAX_UPDATE_MANAGERS) return;
    const first = firsts.get(manager.apiVersion);
    if (first === undefined) { firsts.set(manager.apiVersion, key); continue; }
    const bucketKey = managerKey(ANCIENT, 'Update', manager.apiVersion, '');
    const bucket = managers.get(bucketKey) ?? (managers.get(first) as Manager);
    managers.delete(first);
    managers.delete(key);
    managers.set(bucketKey, { manager: ANCIENT, operation: 'Update', apiVersion: manager.apiVersion, subresource: '', set: union(bucket.set, manager.set), time: manager.time, entry: undefined });
    count--;
  }
}

export { formatTime };
