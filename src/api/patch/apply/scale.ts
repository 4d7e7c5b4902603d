/** Owners of an object's number of replicas, as the object's Scale shows them and as writes through it change them. */
import type { ManagedFieldsEntry } from '../../object.ts';
import { difference, isEmpty, isMember, sorted, type FieldSet } from './field-set.ts';
import { compareEntries, managerKey } from './managers.ts';

const SCALE_VERSION = 'autoscaling/v1';
const REPLICAS_OF_SCALE: FieldSet = { 'f:spec': { 'f:replicas': {} } };

/** Names of the fields that lead to the replicas in a version of the kind; undefined: such a version is not known. */
export type ReplicasPath = (apiVersion: string) => string[] | undefined;

const keyOf = ({ manager = '', operation = '', apiVersion = '', subresource = '' }: ManagedFieldsEntry): string => managerKey(manager, operation, apiVersion, subresource);
const setAt = (path: string[]): FieldSet => path.reduceRight<FieldSet>((inner, name) => ({ [`f:${name}`]: inner }), {});

function owns(entry: ManagedFieldsEntry, path: string[]): boolean {
  let node = entry.fieldsV1 as FieldSet | undefined;
  for (const name of path) node = node?.[`f:${name}`];
  return isMember(node);
}

/** Those who own the replicas, in the words of a Scale. */
export function scaleManagers(entries: ManagedFieldsEntry[], pathOf: ReplicasPath): ManagedFieldsEntry[] {
  return entries.filter((entry) => {
    const path = pathOf(entry.apiVersion ?? '');
    return path !== undefined && owns(entry, path);
  }).map((entry) => ({ ...entry, apiVersion: SCALE_VERSION, fieldsV1: REPLICAS_OF_SCALE }));
}

/** The owners of the object after a write of its Scale. `apiVersion`: of the object. */
export function withScaleManagers(entries: ManagedFieldsEntry[], ofScale: ManagedFieldsEntry[], pathOf: ReplicasPath, apiVersion: string): ManagedFieldsEntry[] {
  const remaining = new Map(ofScale.map((entry) => [keyOf(entry), entry]));
  const times = new Map(entries.map((entry) => [keyOf(entry), entry.time]));
  const result: ManagedFieldsEntry[] = [];
  for (const entry of entries) {
    const path = pathOf(entry.apiVersion ?? '');
    if (!path) continue;
    if (!owns(entry, path) || remaining.delete(keyOf(entry))) {
      result.push(entry);
      continue;
    }
    const rest = difference(entry.fieldsV1 as FieldSet, setAt(path));
    if (!isEmpty(rest)) result.push({ ...entry, fieldsV1: sorted(rest) });
  }
  const path = pathOf(apiVersion);
  for (const [key, { manager, operation, subresource, fieldsV1 }] of remaining) {
    if (!path || !isMember((fieldsV1 as FieldSet | undefined)?.['f:spec']?.['f:replicas'])) continue;
    const time = times.get(key);
    result.push({ manager, operation, apiVersion, ...(time ? { time } : {}), fieldsType: 'FieldsV1', fieldsV1: setAt(path), ...(subresource ? { subresource } : {}) } as ManagedFieldsEntry);
  }
  return result.sort(compareEntries);
}
